import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon, copyIcon, filterIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';
import { formatCard, formatValue, type ICard, type IHdu } from '../../fits';
import type { IByteSource } from '../../tokens';
import { formatBytes, formatNumber } from '../../ui/format';
import { useSignalUpdate } from '../../ui/hooks';
import { warningIcon } from '../../ui/panelicons';
import { Notice, Skeleton, StateMessage } from '../../ui/StateMessage';
import { TextButton } from '../../ui/TextButton';
import { Toolbar } from '../../ui/Toolbar';
import { useVirtualRows } from '../../ui/virtual';
import type { HeaderModel } from '../model';

/** The command that copies a file of an archive, where it is installed. */
const COPY = 'mast:copy-to-workspace';

/** Height of a card's row in px. */
const ROW = 22;

/**
 * The HDUs of a FITS file and the header of one of them.
 */
export function HeaderView(props: {
  readonly model: HeaderModel;
  /** The object of an archive whose header this is. */
  readonly origin?: IByteSource['origin'];
  readonly trans: TranslationBundle;
  readonly locale: string;
  readonly commands: CommandRegistry;
  copyText(text: string): void;
}): React.ReactElement {
  const { model, origin, trans, locale, commands } = props;
  // At once: what is typed must stand in its box before the next letter.
  useSignalUpdate(model.changed, true);
  const copy = origin && {
    archive: origin.archive,
    sources: [{ key: origin.key }]
  };
  if (model.hdus.length === 0) {
    return model.status === 'failed' ? (
      <StateMessage
        icon={warningIcon}
        title={trans.__('The header could not be read')}
        text={model.error ?? ''}
        actions={[
          {
            label: trans.__('Try again'),
            primary: true,
            run: () => void model.read()
          }
        ]}
      />
    ) : (
      <Skeleton rows={9} />
    );
  }
  return (
    <div className="mast-Header">
      <p className="mast-secondary" role="note">
        {trans.__('No preview for this kind yet. Here is the header.')}
      </p>
      {model.status === 'failed' && (
        <Notice
          icon={warningIcon}
          title={trans.__('The file could not be read to its end.')}
          text={model.error ?? ''}
          action={{
            label: trans.__('Try again'),
            run: () => void model.read()
          }}
        />
      )}
      <HduList model={model} trans={trans} locale={locale} />
      <div className="mast-Header-tools">
        <div className="mast-Input mast-grow">
          <filterIcon.react tag="span" width="14px" height="14px" />
          <input
            type="text"
            aria-label={trans.__('Filter cards')}
            placeholder={trans.__('Filter by keyword, value or comment')}
            value={model.filter}
            onChange={event => {
              model.filter = event.target.value;
            }}
          />
          {model.filter !== '' && (
            <button
              className="mast-Input-clear"
              aria-label={trans.__('Clear filter')}
              onClick={() => {
                model.filter = '';
              }}
            >
              <closeIcon.react tag="span" width="14px" height="14px" />
            </button>
          )}
        </div>
        <Toolbar className="mast-Header-acts" label={trans.__('Header')}>
          <TextButton run={() => props.copyText(model.text)}>
            {trans.__('Copy header')}
          </TextButton>
          {copy && commands.hasCommand(COPY) && (
            <TextButton
              title={commands.caption(COPY, copy)}
              enabled={commands.isEnabled(COPY, copy)}
              run={() => void commands.execute(COPY, copy)}
            >
              {commands.label(COPY, copy)}
            </TextButton>
          )}
        </Toolbar>
      </div>
      <Cards {...props} cards={model.cards} />
    </div>
  );
}

function HduList(props: {
  readonly model: HeaderModel;
  readonly trans: TranslationBundle;
  readonly locale: string;
}): React.ReactElement {
  const { model, trans, locale } = props;
  const list = React.useRef<HTMLTableSectionElement>(null);
  const pick = (index: number) => {
    const last = model.hdus.length - 1;
    model.shown = Math.min(last, Math.max(0, index));
    list.current?.querySelectorAll<HTMLElement>('tr')[model.shown]?.focus();
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const move: Record<string, number> = {
      ArrowDown: model.shown + 1,
      ArrowUp: model.shown - 1,
      Home: 0,
      End: model.hdus.length - 1
    };
    if (event.key in move) {
      pick(move[event.key]);
      event.preventDefault();
      event.stopPropagation();
    }
  };
  return (
    <div className="mast-Header-hdus">
      <table role="grid" aria-label={trans.__('Header and data units')}>
        <thead>
          <tr>
            <th scope="col">{trans.__('No.')}</th>
            <th scope="col">{trans.__('Name')}</th>
            <th scope="col">{trans.__('Version')}</th>
            <th scope="col">{trans.__('Type')}</th>
            <th scope="col">{trans.__('Shape')}</th>
            <th scope="col">{trans.__('Data')}</th>
          </tr>
        </thead>
        <tbody ref={list} onKeyDown={onKeyDown}>
          {model.hdus.map(hdu => (
            <tr
              key={hdu.index}
              aria-selected={hdu.index === model.shown}
              tabIndex={hdu.index === model.shown ? 0 : -1}
              className={hdu.index === model.shown ? 'mast-mod-selected' : ''}
              onClick={() => pick(hdu.index)}
            >
              <td>{hdu.index}</td>
              <td>{hdu.name}</td>
              <td>{hdu.version}</td>
              <td>{hdu.type}</td>
              <td>{shapeText(hdu, trans)}</td>
              <td className="mast-number">
                {formatBytes(hdu.dataBytes, locale)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {model.status === 'reading' && (
        <p className="mast-secondary" role="status">
          {trans.__('Reading …')}
        </p>
      )}
    </div>
  );
}

function shapeText(hdu: IHdu, trans: TranslationBundle): string {
  if (hdu.columns !== null) {
    return trans.__(
      '%1 rows × %2 columns',
      formatNumber(hdu.shape[0] ?? 0),
      hdu.columns
    );
  }
  const shape = hdu.constant?.shape ?? hdu.shape;
  return shape.length === 0
    ? '–'
    : shape.join(' × ') + (hdu.constant ? ` ${trans.__('(constant)')}` : '');
}

function Cards(props: {
  readonly cards: readonly ICard[];
  readonly trans: TranslationBundle;
  copyText(text: string): void;
}): React.ReactElement {
  const { cards, trans } = props;
  const scroller = React.useRef<HTMLDivElement>(null);
  const virtual = useVirtualRows({
    count: cards.length,
    heightOf: () => ROW,
    scroller,
    layout: cards
  });
  return (
    <div
      ref={scroller}
      className="mast-Header-cards"
      role="table"
      tabIndex={0}
      aria-label={trans.__('Cards')}
      aria-rowcount={cards.length}
    >
      <div
        role="rowgroup"
        style={{ height: virtual.height, position: 'relative' }}
      >
        {virtual.items.map(item => {
          const card = cards[item.index];
          return (
            card && (
              <div
                key={item.key}
                role="row"
                aria-rowindex={item.index + 1}
                className="mast-Card"
                title={formatCard(card)}
                style={{ transform: `translateY(${virtual.topOf(item)}px)` }}
              >
                <span role="cell" className="mast-Card-keyword">
                  {card.keyword}
                </span>
                {card.type === 'commentary' ? (
                  <span
                    role="cell"
                    aria-colspan={2}
                    className="mast-Card-commentary mast-ellipsis"
                  >
                    {formatValue(card)}
                  </span>
                ) : (
                  <>
                    <span role="cell" className="mast-ellipsis">
                      {formatValue(card)}
                    </span>
                    <span role="cell" className="mast-secondary mast-ellipsis">
                      {card.comment}
                    </span>
                  </>
                )}
                <span role="cell">
                  <button
                    className="mast-ToolButton"
                    aria-label={trans.__('Copy card %1', card.keyword)}
                    title={trans.__('Copy card')}
                    onClick={() => props.copyText(formatCard(card))}
                  >
                    <copyIcon.react tag="span" width="14px" height="14px" />
                  </button>
                </span>
              </div>
            )
          );
        })}
      </div>
      {cards.length === 0 && (
        <p className="mast-secondary">{trans.__('No card contains this.')}</p>
      )}
    </div>
  );
}
