import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import {
  formatBytes,
  formatDate,
  formatNumber,
  formatTime
} from '../../ui/format';
import { useSignalUpdate } from '../../ui/hooks';
import { cloudOffIcon, warningIcon } from '../../ui/panelicons';
import { Notice, Skeleton, StateMessage } from '../../ui/StateMessage';
import {
  CARD_GROUPS,
  type CardGroup,
  type ICardDifference,
  type IHduDifference
} from '../compare';
import type { CompareModel, CompareProblem } from '../comparemodel';

/** What the parts of the dialog share. */
export interface ICompareDialogProps {
  readonly model: CompareModel;
  readonly trans: TranslationBundle;
  readonly locale: string;
}

/** Cards of a group that are drawn before somebody asks for all. */
const CARDS = 200;

/** The same of HDUs. */
const HDUS = 50;

/** With so many differences in all, everything is open at first. */
const FEW = 20;

/** What is open at first, however much there is. */
const TELLING: readonly CardGroup[] = ['calibration', 'references'];

/**
 * The content of "Compare with archive": which versions there are, what
 * differs in their headers, and what an update would cost.
 */
export function CompareDialog(props: ICompareDialogProps): React.ReactElement {
  const { model, trans } = props;
  useSignalUpdate(model.changed);
  const { phase, problem } = model;
  if (phase === 'failed' && problem !== null) {
    return (
      <StateMessage
        icon={problem.side === 'archive' ? cloudOffIcon : warningIcon}
        title={problemTitle(problem, props)}
        text={problem.message}
        actions={[
          { label: trans.__('Try again'), run: () => void model.read() }
        ]}
      />
    );
  }
  return (
    <>
      <Headline {...props} />
      <UpdateNote {...props} />
      <div
        className="mast-CompareDialog-scroll"
        role="region"
        aria-label={trans.__('Differences')}
        tabIndex={0}
      >
        <Versions {...props} />
        <Headers {...props} />
      </div>
    </>
  );
}

/** The words of the button that updates. */
export function updateLabel({ model, trans }: ICompareDialogProps): string {
  switch (model.step) {
    case 'verifying':
      return trans.__('Reading your file …');
    case 'asking':
      return trans.__('Replace my file');
    default:
      return trans.__('Update');
  }
}

function problemTitle(
  { side, missing }: CompareProblem,
  { model, trans }: ICompareDialogProps
): string {
  return side === 'mine'
    ? missing
      ? trans.__('%1 is not there any more', model.path)
      : trans.__('%1 cannot be read', model.path)
    : missing
      ? trans.__('The archive does not have this file any more')
      : trans.__('The archive’s version cannot be read');
}

/** A date with its time; empty for `null`. */
function moment(date: Date | null): string {
  return date === null ? '' : `${formatDate(date)} ${formatTime(date)}`;
}

/** Which version is of when. */
function Headline(props: ICompareDialogProps): React.ReactElement {
  const { model, trans } = props;
  const { copy, mine, archive, version, touched } = model;
  if (mine === null || archive === null) {
    return (
      <p role="status">{trans.__('Asking the archive for its version …')}</p>
    );
  }
  const made = new Date(copy.time * 1000);
  // Of one day, the time tells them apart.
  const day = formatDate(archive.lastModified);
  const when =
    day === formatDate(touched ? made : mine.modified) ? moment : formatDate;
  const copied = when(made);
  const changed = when(mine.modified);
  const theirs = when(archive.lastModified);
  // An untouched copy has the date that its object had.
  const another = () =>
    theirs === ''
      ? trans.__('The archive has another version than you copied.')
      : touched
        ? trans.__(
            'Reprocessed in the archive on %1; yours was copied on %2.',
            theirs,
            copied
          )
        : trans.__(
            'Reprocessed in the archive on %1; yours is of %2.',
            theirs,
            changed
          );
  const text =
    version === 'same'
      ? trans.__('The archive still has the version that you copied.')
      : version === 'unknown'
        ? trans.__(
            'Nobody can tell whether the archive still has the version that you copied: there is no ETag to compare.'
          )
        : another();
  return (
    <p role="status">
      <b>{text}</b> {touched && trans.__('You changed yours on %1.', changed)}
    </p>
  );
}

/** What stands in the way of an update, or what it would cost. */
function UpdateNote(props: ICompareDialogProps): React.ReactElement | null {
  const { model, trans } = props;
  const { verdict, updateProblem, step, name } = model;
  if (step === 'asking') {
    const day = formatDate(new Date(model.copy.time * 1000));
    const title =
      verdict === null
        ? trans.__('Your file could not be looked at.')
        : verdict.same === false
          ? trans.__('%1 was changed since it was copied on %2.', name, day)
          : trans.__('%1 was written to since it was copied on %2.', name, day);
    return (
      <div className="mast-Notice" role="alert">
        <warningIcon.react tag="span" width="16px" height="16px" />
        <div>
          <b>{title}</b> {updateProblem}{' '}
          {verdict === null
            ? trans.__(
                'If you changed it, an update loses your changes for good. Keep both copies the archive’s version beside it.'
              )
            : trans.__(
                'An update replaces it, and your changes are lost for good. Keep both copies the archive’s version beside it.'
              )}
        </div>
      </div>
    );
  }
  if (updateProblem !== null) {
    return (
      <Notice
        icon={warningIcon}
        title={trans.__('The copy could not be started.')}
        text={updateProblem}
      />
    );
  }
  return model.mayDiffer && !model.namedAsObject ? (
    <p className="mast-secondary">
      {trans.__(
        '%1 has another name than the file in the archive, so it cannot be updated in its place. Keep both copies the archive’s version beside it.',
        name
      )}
    </p>
  ) : null;
}

/** Sizes, dates and versions of both sides. */
function Versions(props: ICompareDialogProps): React.ReactElement | null {
  const { model, trans, locale } = props;
  const { copy, mine, archive } = model;
  if (mine === null || archive === null) {
    return null;
  }
  const size = (bytes: number) =>
    trans.__(
      '%1 (%2 bytes)',
      formatBytes(bytes, locale),
      formatNumber(bytes, locale)
    );
  const rows = [
    [trans.__('Changed'), moment(mine.modified), moment(archive.lastModified)],
    [trans.__('Size'), size(mine.size), size(archive.size)],
    [trans.__('Version (ETag)'), copy.etag, archive.etag]
  ];
  return (
    <div>
      <table className="mast-CompareDialog-table">
        <caption className="mast-sr">{trans.__('The two versions')}</caption>
        <Columns first={trans.__('Property')} trans={trans} />
        <tbody>
          {rows.map(([name, here, there]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{here}</td>
              <td>{there}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="mast-secondary">{checkedText(props)}</p>
    </div>
  );
}

function checkedText({ model, trans }: ICompareDialogProps): string {
  const { check, algorithm, time } = model.copy;
  const day = formatDate(new Date(time * 1000));
  switch (check) {
    case 'checksum':
      return trans.__(
        'Yours was copied on %1 and checked by checksum (%2).',
        day,
        algorithm
      );
    case 'version':
      return trans.__(
        'Yours was copied on %1 and checked by size and version.',
        day
      );
    case 'size':
      return trans.__('Yours was copied on %1 and checked by size alone.', day);
    default:
      return trans.__('Yours was copied on %1.', day);
  }
}

function Columns(props: {
  readonly first: string;
  readonly trans: TranslationBundle;
}): React.ReactElement {
  const { first, trans } = props;
  return (
    <thead>
      <tr>
        <th scope="col">{first}</th>
        <th scope="col">{trans.__('Yours')}</th>
        <th scope="col">{trans.__('Archive')}</th>
      </tr>
    </thead>
  );
}

/** What differs in the headers, or why that cannot be told. */
function Headers(props: ICompareDialogProps): React.ReactElement | null {
  const { model, trans, locale } = props;
  const { phase, differences, headerProblem } = model;
  const [all, setAll] = React.useState(false);
  if (phase === 'reading') {
    return <Skeleton rows={4} />;
  }
  if (headerProblem !== null) {
    return (
      <Notice
        icon={warningIcon}
        title={
          headerProblem.side === 'mine'
            ? trans.__('The headers of your file could not be read.')
            : trans.__('The headers in the archive could not be read.')
        }
        text={headerProblem.message}
        action={{
          label: trans.__('Try again'),
          run: () => void model.read()
        }}
      />
    );
  }
  if (differences === null) {
    return (
      <p>
        {trans.__(
          'Only headers of FITS files can be compared; of this one size, date and version tell all there is.'
        )}
      </p>
    );
  }
  if (differences.length === 0) {
    return (
      <p>
        {model.mayDiffer || model.touched
          ? trans.__('The headers do not differ. The data may.')
          : trans.__('The headers do not differ.')}
      </p>
    );
  }
  const count = differences.reduce((sum, { cards }) => sum + cards.length, 0);
  const shown = all ? differences : differences.slice(0, HDUS);
  return (
    <>
      <p role="status">
        {trans._n(
          '%2 card differs.',
          '%2 cards differ.',
          count,
          formatNumber(count, locale)
        )}
      </p>
      {shown.map(hdu => (
        <Hdu
          key={`${hdu.mine}/${hdu.archive}`}
          {...props}
          hdu={hdu}
          few={count <= FEW}
        />
      ))}
      {shown.length < differences.length && (
        <p>
          <button
            type="button"
            className="mast-link"
            onClick={() => setAll(true)}
          >
            {trans._n(
              'Show the other HDU',
              'Show the other %2 HDUs',
              differences.length - shown.length,
              formatNumber(differences.length - shown.length, locale)
            )}
          </button>
        </p>
      )}
    </>
  );
}

function Hdu(
  props: ICompareDialogProps & {
    readonly hdu: IHduDifference;
    readonly few: boolean;
  }
): React.ReactElement {
  const { hdu, trans } = props;
  const { mine, archive } = hdu;
  const number =
    mine === null || archive === null || mine === archive
      ? `${mine ?? archive}`
      : trans.__('%1, in the archive %2', mine, archive);
  const title =
    hdu.name === ''
      ? trans.__('HDU %1', number)
      : trans.__('HDU %1 · %2', number, hdu.name);
  if (mine === null || archive === null) {
    return (
      <p>
        <b>{title}</b>{' '}
        {mine === null
          ? trans.__('is in the archive’s version only.')
          : trans.__('is in your file only.')}
      </p>
    );
  }
  return (
    <table className="mast-CompareDialog-table">
      <caption>{title}</caption>
      <Columns first={trans.__('Card')} trans={trans} />
      {CARD_GROUPS.map(group => (
        <Group
          key={group}
          {...props}
          group={group}
          cards={hdu.cards.filter(card => card.group === group)}
        />
      ))}
    </table>
  );
}

/** The cards of one group, behind its name. */
function Group(
  props: ICompareDialogProps & {
    readonly group: CardGroup;
    readonly cards: readonly ICardDifference[];
    readonly few: boolean;
  }
): React.ReactElement | null {
  const { group, cards, few, trans, locale } = props;
  const [open, setOpen] = React.useState(few || TELLING.includes(group));
  const [all, setAll] = React.useState(false);
  if (cards.length === 0) {
    return null;
  }
  const names: Record<CardGroup, string> = {
    calibration: trans.__('Software that made it'),
    references: trans.__('Reference files and calibration steps'),
    dates: trans.__('Dates'),
    other: trans.__('Other cards'),
    comments: trans.__('Only the comment differs')
  };
  const Caret = open ? caretDownIcon : caretRightIcon;
  const shown = !open ? [] : all ? cards : cards.slice(0, CARDS);
  const rest = cards.length - shown.length;
  return (
    <tbody>
      <tr className="mast-CompareDialog-group">
        <th scope="rowgroup" colSpan={3}>
          <button
            type="button"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            <Caret.react tag="span" width="14px" height="14px" />
            {names[group]}{' '}
            <span className="mast-secondary mast-number">
              {formatNumber(cards.length, locale)}
            </span>
          </button>
        </th>
      </tr>
      {shown.map((card, i) => (
        <tr key={i} title={card.comment || undefined}>
          <th scope="row" className="mast-mono">
            {card.keyword || trans.__('(no keyword)')}
          </th>
          <Value text={card.mine} trans={trans} />
          <Value text={card.archive} trans={trans} />
        </tr>
      ))}
      {open && rest > 0 && (
        <tr>
          <td colSpan={3}>
            <button
              type="button"
              className="mast-link"
              onClick={() => setAll(true)}
            >
              {trans.__('Show the other %1', formatNumber(rest, locale))}
            </button>
          </td>
        </tr>
      )}
    </tbody>
  );
}

function Value(props: {
  readonly text: string | null;
  readonly trans: TranslationBundle;
}): React.ReactElement {
  const { text, trans } = props;
  return text === null ? (
    <td className="mast-secondary">{trans.__('not there')}</td>
  ) : (
    <td className="mast-mono">{text || trans.__('(empty)')}</td>
  );
}
