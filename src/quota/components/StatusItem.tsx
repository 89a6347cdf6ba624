import * as React from 'react';
import { createPortal } from 'react-dom';
import { useNow, useSignalUpdate } from '../../ui/hooks';
import { quotaIcon } from '../../ui/icons';
import { errorIcon, warningIcon } from '../../ui/panelicons';
import { levelOf, type QuotaModel } from '../model';
import type { QuotaSentences } from '../sentences';
import type { IToasts } from '../../ui/toasts';
import type { IRootUsage } from '../types';
import '../../../style/ui.css';
import '../../../style/quota-status.css';

/** What the item needs. */
export interface IStatusItemProps {
  readonly model: QuotaModel;
  readonly say: QuotaSentences;
  readonly toasts: IToasts;
  /** Show where the space is. */
  show(): void;
}

/** Milliseconds between two looks at how old the figures are. */
const AGING = 30_000;

/** The item of the status bar. */
export default function StatusItem(
  props: IStatusItemProps
): React.ReactElement | null {
  const { model, say, toasts } = props;
  const { trans } = say;
  const button = React.useRef<HTMLButtonElement>(null);
  const [above, setAbove] = React.useState<DOMRect | null>(null);
  const [said, announce] = React.useState('');
  const tooltip = React.useId();
  useSignalUpdate(model.changed);
  const now = (useNow(true, AGING) - model.ahead) / 1000;
  React.useEffect(() => {
    const tell = (_: unknown, root: IRootUsage) => {
      if (!toasts.appear) {
        announce(say.passedOf(root, model));
      }
    };
    model.passed.connect(tell);
    return () => {
      model.passed.disconnect(tell);
    };
  }, [model, say, toasts]);
  const { home, level } = model;
  if (home === null) {
    return null;
  }
  const open = () => setAbove(button.current?.getBoundingClientRect() ?? null);
  const close = () => setAbove(null);
  // The bar is the home's; others speak up when they are full.
  const full = model.roots
    .slice(1)
    .filter(one => levelOf(one, model.thresholds) === 'critical');
  const text = [
    say.short(home, model.thresholds, now),
    ...full.map(one => `${one.title} ${say.level(one, model.thresholds)}`)
  ].join(' · ');
  const Icon =
    level === 'critical' ||
    full.length > 0 ||
    (home.problem !== null && home.measured === null)
      ? errorIcon
      : level === 'warning' || home.problem !== null
        ? warningIcon
        : home.limit === null || home.measured === null
          ? quotaIcon
          : null;
  return (
    <>
      <button
        ref={button}
        className={`mast-StatusItem mast-QuotaStatus-item mast-mod-${level} ${
          full.length > 0 ? 'mast-mod-full' : ''
        }`}
        aria-label={trans.__('Used space: %1', text)}
        aria-describedby={above === null ? undefined : tooltip}
        onClick={() => props.show()}
        onMouseEnter={open}
        onMouseLeave={close}
        onFocus={open}
        onBlur={close}
        onKeyDown={event => {
          if (event.key === 'Escape') {
            close();
          }
        }}
      >
        {Icon !== null && <Icon.react tag="span" width="14px" height="14px" />}
        {home.limit !== null && home.measured !== null && (
          <Bar root={home} className="mast-QuotaStatus-bar" />
        )}
        <span className="mast-number">{text}</span>
      </button>
      <span className="mast-sr" role="status" aria-live="polite">
        {said}
      </span>
      {above !== null &&
        createPortal(
          <Tooltip
            {...props}
            id={tooltip}
            root={home}
            now={now}
            above={above}
          />,
          document.body
        )}
    </>
  );
}

/** How much of the limit is used, and what copies will use. */
export function Bar(props: {
  readonly root: IRootUsage;
  readonly className: string;
  readonly reserved?: boolean;
}): React.ReactElement {
  const { root } = props;
  const limit = Math.max(1, root.limit ?? 1);
  const share = (bytes: number) => `${Math.min(100, (100 * bytes) / limit)}%`;
  return (
    <span className={`mast-QuotaBar ${props.className}`} aria-hidden="true">
      <span
        className="mast-QuotaBar-used"
        style={{ width: share(root.used) }}
      />
      {props.reserved && root.reserved > 0 && (
        <span
          className="mast-QuotaBar-reserved"
          style={{ width: share(Math.min(root.reserved, limit - root.used)) }}
        />
      )}
    </span>
  );
}

/** What the tooltip says of a root that is not the home. */
function Other(
  props: IStatusItemProps & { readonly other: IRootUsage }
): React.ReactElement {
  const { model, say, other } = props;
  const level = levelOf(other, model.thresholds);
  const Icon = level === 'critical' ? errorIcon : warningIcon;
  const word = say.level(other, model.thresholds);
  return (
    <div
      className={`mast-QuotaTooltip-row mast-QuotaTooltip-other mast-mod-${level}`}
    >
      <span>
        {level !== 'normal' && (
          <Icon.react tag="span" width="14px" height="14px" />
        )}
        {other.title}
      </span>
      <span>
        <span className="mast-number">
          {other.measured === null ? say.counting(other) : say.used(other)}
        </span>
        {word !== '' && (
          <>
            {' '}
            <span className="mast-number">· {word}</span>
          </>
        )}
      </span>
    </div>
  );
}

function Tooltip(
  props: IStatusItemProps & {
    readonly id: string;
    readonly root: IRootUsage;
    readonly now: number;
    readonly above: DOMRect;
  }
): React.ReactElement {
  const { model, say, root, above } = props;
  const { trans } = say;
  return (
    <div
      id={props.id}
      role="tooltip"
      className={`mast-QuotaTooltip mast-mod-${model.level}`}
      style={{
        right: Math.max(4, window.innerWidth - above.right),
        bottom: window.innerHeight - above.top + 4
      }}
    >
      {root.problem !== null && (
        <p>{trans.__('%1 cannot be counted: %2', root.title, root.problem)}</p>
      )}
      {root.measured !== null && (
        <>
          <div className="mast-QuotaTooltip-row">
            <strong>{say.used(root)}</strong>
            <span className="mast-secondary">{say.percent(root)}</span>
          </div>
          {root.limit !== null && (
            <Bar root={root} className="mast-QuotaTooltip-bar" reserved />
          )}
          {root.reserved > 0 && (
            <div className="mast-QuotaTooltip-row">
              <span>{say.reserved(root)}</span>
              <span className="mast-number">{say.bytes(root.reserved)}</span>
            </div>
          )}
          {root.free !== null && (
            <div className="mast-QuotaTooltip-row">
              <span>{trans.__('Free')}</span>
              <span className="mast-number">{say.bytes(root.free)}</span>
            </div>
          )}
        </>
      )}
      {model.roots.slice(1).map(other => (
        <Other key={other.id} {...props} other={other} />
      ))}
      {root.limit_problem !== null && <p>{say.limitProblem(root)}</p>}
      <p className="mast-secondary">
        {say.age(root, props.now)} {say.included(root, props.now)}{' '}
        {model.failure !== null &&
          trans.__('The Jupyter server does not answer.')}
      </p>
      {root.unreadable > 0 && (
        <p className="mast-secondary">{say.unreadable(root)}</p>
      )}
      <p className="mast-secondary">
        {root.counts === 'allocated'
          ? trans.__('On disk, with trash and hidden folders.')
          : trans.__(
              'Lengths of all files, with trash and hidden folders.'
            )}{' '}
        {trans.__('1 GB = 1,000,000,000 bytes.')}
      </p>
      <p className="mast-secondary">{trans.__('Click: where the space is')}</p>
    </div>
  );
}
