import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { formatBytes, formatDate, formatNumber } from '../../ui/format';
import { useNow, useSignalUpdate } from '../../ui/hooks';
import { cloudOffIcon, doneIcon, warningIcon } from '../../ui/panelicons';
import { MiddleText } from '../../ui/MiddleText';
import { Notice } from '../../ui/StateMessage';
import type { CopyDialogModel, Decision } from '../copydialog';
import { examplePath } from '../layouts';
import { Sentences } from '../sentences';
import type { IDiffering, Layout } from '../types';
import { Space, TooMuch } from './CopyRoom';
import { FolderPicker } from './FolderPicker';
import { Kinds } from './Kinds';

/** What the parts of the dialog share. */
export interface ICopyDialogProps {
  readonly model: CopyDialogModel;
  readonly trans: TranslationBundle;
  readonly locale: string;
  /** Go to where space can be freed; `null` where there is no such place. */
  readonly freeUp: (() => void) | null;
}

const LAYOUTS: readonly Layout[] = [
  'observation',
  'flat',
  'archive',
  'mastdownload'
];

const DECISIONS: readonly Decision[] = ['keep-both', 'replace', 'skip'];

/**
 * The content of "Copy to": what, where, how, what is in the way, what it
 * costs. What and cost stay in sight, the rest scrolls.
 */
export function CopyDialog(props: ICopyDialogProps): React.ReactElement {
  const { model, trans } = props;
  useSignalUpdate(model.changed);
  const where = React.useId();
  const scroll = React.useRef<HTMLDivElement>(null);
  // Where what had the focus is gone, or out of use, it begins anew: without
  // it the dialog gets no keys.
  React.useEffect(() => {
    const { activeElement: active } = document;
    if (
      active === document.body ||
      (active instanceof HTMLButtonElement && active.disabled)
    ) {
      scroll.current?.querySelector<HTMLElement>('[role=tree]')?.focus();
    }
  });
  const { phase, problem } = model;
  return (
    <>
      {problem !== null && phase !== 'gone' && (
        <Notice
          icon={warningIcon}
          title={trans.__('This cannot be copied so.')}
          text={problem}
          action={
            model.canChooseAgain
              ? {
                  label: trans.__('Try again'),
                  run: () => model.chooseAgain()
                }
              : undefined
          }
        />
      )}
      <Waits {...props} />
      <TooMuch {...props} />
      <What {...props} />
      <ChooseLess {...props} />
      <div ref={scroll} className="mast-CopyDialog-scroll">
        <FileList {...props} />
        <div className="mast-CopyDialog-part">
          <span id={where} className="mast-secondary">
            {trans.__('Where')}
          </span>
          <FolderPicker
            tree={model.tree}
            place={model.place}
            trans={trans}
            labelledBy={where}
            choose={(place, soon) => model.setPlace(place, soon)}
          />
        </div>
        <LayoutChoice {...props} />
        <InTheWay {...props} />
      </div>
      <Space {...props} />
    </>
  );
}

/** That the archive is out of reach, so that the plan is not there yet. */
function Waits(props: ICopyDialogProps): React.ReactElement | null {
  const { model, trans, locale } = props;
  const { waiting } = model.transfer;
  const now = useNow(waiting !== null) / 1000;
  if (waiting === null || model.phase !== 'counting') {
    return null;
  }
  const sentences = new Sentences(trans, locale);
  return (
    <Notice
      icon={cloudOffIcon}
      title={sentences.waitsFor(waiting, now)}
      ticking={sentences.nextTry(waiting, now)}
      text={sentences.whyWaiting(waiting)}
      action={{ label: trans.__('Try now'), run: () => void model.tryNow() }}
    />
  );
}

/** Count and bytes, and of which observations. */
function What(props: ICopyDialogProps): React.ReactElement {
  const { model, trans, locale } = props;
  const { plan } = model.transfer;
  const counting = model.phase === 'counting';
  const files = trans._n(
    '%2 file',
    '%2 files',
    plan.files,
    formatNumber(plan.files, locale)
  );
  const bytes = formatBytes(plan.bytes, locale);
  const total = trans.__('%1 bytes', formatNumber(plan.bytes, locale));
  return (
    <div className="mast-CopyDialog-part">
      <span className="mast-secondary">{trans.__('What')}</span>
      <div>
        {/* Progress is not read out, the result is. */}
        {counting ? (
          <b className="mast-number" title={total}>
            {trans.__('Counting: %1, %2 so far', files, bytes)}
          </b>
        ) : (
          <b role="status" className="mast-number" title={total}>
            {files}, {bytes}
          </b>
        )}{' '}
        {Private.names(model, trans, locale)}{' '}
        {plan.files > 0 && (
          <button
            type="button"
            className="mast-link"
            aria-expanded={model.list !== null}
            onClick={() =>
              model.list === null ? void model.showMore() : model.hideList()
            }
          >
            {model.list === null
              ? trans.__('Show list')
              : trans.__('Hide list')}
          </button>
        )}
      </div>
    </div>
  );
}

/** The files of the plan, some at a time. */
function FileList(props: ICopyDialogProps): React.ReactElement | null {
  const { model, trans, locale } = props;
  const { list, listTotal, listProblem } = model;
  if (list === null && listProblem === null) {
    return null;
  }
  const shown = list?.length ?? 0;
  return (
    <div className="mast-CopyDialog-part">
      <span className="mast-secondary">{trans.__('List')}</span>
      <div>
        <ul className="mast-CopyDialog-list">
          {list?.map(file => (
            <li key={file.index} title={file.key}>
              <MiddleText text={file.path} />
              <span className="mast-number">
                {formatBytes(file.size, locale)}
              </span>
            </li>
          ))}
        </ul>
        {listProblem !== null && <span role="status">{listProblem}</span>}
        {shown < listTotal && (
          <button
            type="button"
            className="mast-link"
            onClick={() => void model.showMore()}
          >
            {trans.__(
              'Show more of the other %1',
              formatNumber(listTotal - shown, locale)
            )}
          </button>
        )}
      </div>
    </div>
  );
}

function LayoutChoice(props: ICopyDialogProps): React.ReactElement {
  const { model, trans } = props;
  const id = React.useId();
  const { sample } = model;
  const labels: Record<Layout, string> = {
    observation: trans.__('By observation'),
    flat: trans.__('All in one folder'),
    archive: trans.__('As in the archive'),
    mastdownload: trans.__('As astroquery does')
  };
  const target = model.place.path === '' ? '' : `${model.place.path}/`;
  return (
    <div
      className="mast-CopyDialog-part"
      role="radiogroup"
      aria-labelledby={id}
    >
      <span id={id} className="mast-secondary">
        {trans.__('Layout')}
      </span>
      <div>
        {LAYOUTS.map(layout => {
          const path =
            sample === null
              ? ''
              : target +
                (layout === model.layout && sample.path !== null
                  ? sample.path
                  : examplePath(layout, sample.key, model.transfer.sources[0]));
          return (
            <label key={layout} className="mast-CopyDialog-radio">
              <input
                type="radio"
                name={id}
                checked={layout === model.layout}
                onChange={() => model.setLayout(layout)}
              />
              <span>{labels[layout]}</span>
              <span className="mast-secondary mast-mono" title={path}>
                <MiddleText text={path} tail={24} />
              </span>
            </label>
          );
        })}
      </div>
    </div>
  );
}

/** What is there already: identical files, and those that differ. */
function InTheWay(props: ICopyDialogProps): React.ReactElement | null {
  const { model, trans, locale } = props;
  const { plan } = model.transfer;
  const { identical_files: same, differing } = plan;
  if (same + differing === 0) {
    return null;
  }
  const listed = model.differing;
  const one = differing === 1 && listed.length === 1;
  return (
    <div className="mast-CopyDialog-part">
      <span className="mast-secondary">{trans.__('In the way')}</span>
      <div className="mast-CopyDialog-way">
        {same > 0 && (
          <div>
            <span className="mast-mod-ok">
              <doneIcon.react tag="span" width="16px" height="16px" />
            </span>
            <span className="mast-grow">
              {trans._n(
                '%2 file is there already and identical, %3',
                '%2 files are there already and identical, %3',
                same,
                formatNumber(same, locale),
                formatBytes(plan.identical_bytes, locale)
              )}
            </span>
            <span className="mast-secondary">{trans.__('skipped')}</span>
          </div>
        )}
        {differing > 0 && !one && (
          <div>
            <span className="mast-mod-warn">
              <warningIcon.react tag="span" width="16px" height="16px" />
            </span>
            <span className="mast-grow">
              {trans._n(
                '%2 file is there and differs',
                '%2 files are there and differ',
                differing,
                formatNumber(differing, locale)
              )}
              {listed.length < differing && (
                <span className="mast-secondary">
                  {' '}
                  ·{' '}
                  {trans.__(
                    'the first %1 are listed',
                    formatNumber(listed.length, locale)
                  )}
                </span>
              )}
            </span>
            <DecisionBox
              label={trans.__('What to do with all that differ')}
              value={model.forAll}
              trans={trans}
              choose={decision => model.setForAll(decision)}
            />
          </div>
        )}
        {listed.map(file => (
          <div key={file.path}>
            <span className="mast-mod-warn">
              {one && (
                <warningIcon.react tag="span" width="16px" height="16px" />
              )}
            </span>
            <span className="mast-grow mast-CopyDialog-differs">
              <span className="mast-mono mast-clip" title={file.path}>
                <MiddleText text={file.path.split('/').pop() ?? ''} />
              </span>
              <span className="mast-secondary">
                {one
                  ? trans.__('differs · changed here %1', Private.day(file))
                  : trans.__('changed here %1', Private.day(file))}
              </span>
            </span>
            <DecisionBox
              label={trans.__('What to do with %1', file.path)}
              value={model.decisionOf(file.path)}
              trans={trans}
              choose={decision => model.decide(file.path, decision)}
            />
          </div>
        ))}
      </div>
    </div>
  );
}

function DecisionBox(props: {
  readonly label: string;
  readonly value: Decision;
  readonly trans: TranslationBundle;
  choose(decision: Decision): void;
}): React.ReactElement {
  const { label, value, trans } = props;
  const labels: Record<Decision, string> = {
    'keep-both': trans.__('Keep both'),
    replace: trans.__('Replace'),
    skip: trans.__('Skip')
  };
  return (
    <select
      className="mast-Select"
      aria-label={label}
      value={value}
      onChange={event => props.choose(event.target.value as Decision)}
    >
      {DECISIONS.map(decision => (
        <option key={decision} value={decision}>
          {labels[decision]}
        </option>
      ))}
    </select>
  );
}

/** The kinds of files, of which those that are not wanted are left out. */
function ChooseLess(props: ICopyDialogProps): React.ReactElement | null {
  const { model, trans, locale } = props;
  const id = React.useId();
  const { kinds } = model;
  if (kinds.length === 0) {
    return null;
  }
  return (
    <div className="mast-CopyDialog-part" role="group" aria-labelledby={id}>
      <span id={id} className="mast-secondary">
        {trans.__('Choose less')}
      </span>
      <Kinds
        kinds={kinds}
        trans={trans}
        locale={locale}
        isWanted={kind => model.isWanted(kind)}
        setWanted={(kind, wanted) => model.setWanted(kind, wanted)}
      />
    </div>
  );
}

/**
 * The words of the dialog's button: what a press would do.
 */
export function actionOf(
  model: CopyDialogModel,
  trans: TranslationBundle,
  locale: string
): string {
  const { files, bytes, phase } = model;
  switch (phase) {
    case 'counting':
      return trans.__('Counting …');
    case 'checking':
      return trans.__('Checking …');
    case 'starting':
      return trans.__('Starting …');
    case 'nothing':
      return trans.__('Nothing to copy');
    case 'refused':
    case 'gone':
      return trans.__('Copy');
    default: {
      const count = formatNumber(files, locale);
      const size = formatBytes(bytes, locale);
      if (model.missing > 0) {
        return trans._n(
          'Wait for room for %2 file, %3',
          'Wait for room for %2 files, %3',
          files,
          count,
          size
        );
      }
      return model.over > 0
        ? trans._n(
            'Copy %2 file all the same, %3',
            'Copy %2 files all the same, %3',
            files,
            count,
            size
          )
        : trans._n('Copy %2 file, %3', 'Copy %2 files, %3', files, count, size);
    }
  }
}

namespace Private {
  /** When a file was changed here. */
  export function day({ modified }: IDiffering): string {
    return formatDate(new Date(modified * 1000));
  }

  /** "of 2 observations, ibg705080 and ibg706010". */
  export function names(
    model: CopyDialogModel,
    trans: TranslationBundle,
    locale: string
  ): string {
    const { names, observations } = model.names;
    const count = formatNumber(names.length, locale);
    switch (names.length) {
      case 0:
        return '';
      case 1:
        return trans.__('of %1', names[0]);
      case 2:
        return observations
          ? trans.__('of 2 observations, %1 and %2', names[0], names[1])
          : trans.__('of %1 and %2', names[0], names[1]);
      default:
        return observations
          ? trans._n(
              'of %2 observation',
              'of %2 observations',
              names.length,
              count
            )
          : trans._n('of %2 folder', 'of %2 folders', names.length, count);
    }
  }
}
