import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import { checkIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { formatDate } from '../../ui/format';
import { useSignalUpdate } from '../../ui/hooks';
import { isLetter, listTarget } from '../../ui/keys';
import { LiveDialog } from '../../ui/livedialog';
import { MiddleText } from '../../ui/MiddleText';
import { warningIcon } from '../../ui/panelicons';
import { Notice, Skeleton } from '../../ui/StateMessage';
import { useVirtualRows } from '../../ui/virtual';
import type { IRemovedFile, RemovedModel } from '../removed';
import type { UsageSentences } from '../usagesentences';
import { useKeptFocus } from './keptfocus';
import '../../../style/ui.css';
import '../../../style/quota-removed.css';

/** Height of a row in px, as in the style sheet. */
const ROW = 26;

interface IRemovedProps {
  readonly model: RemovedModel;
  readonly say: UsageSentences;
}

/** Show the files of a list until it is closed, or some are to come again. */
export async function showRemoved(options: IRemovedProps): Promise<void> {
  void options.model.load();
  await new RemovedWindow(options).untilClosed(options.model);
}

/** What was removed, and what of it is to come again. */
export function Removed(props: IRemovedProps): React.ReactElement {
  const { model, say } = props;
  const { trans } = say;
  // At once: what is typed must stand in its box before the next letter.
  useSignalUpdate(model.changed, true);
  const filter = React.useRef<HTMLInputElement>(null);
  const kept = useKeptFocus(() => filter.current?.focus());
  const { files, found, loading, problem, canChoose } = model;
  const all = files.length > 0 && files.every(file => model.isChosen(file));
  return (
    <div className="mast-Removed-content" {...kept}>
      <p className="mast-secondary">{say.removed(model.list)}</p>
      <div className="mast-Removed-tools">
        <input
          ref={filter}
          type="search"
          className="jp-mod-styled"
          placeholder={trans.__('Filter by name')}
          aria-label={trans.__('Filter by name')}
          value={model.filter}
          onChange={event => (model.filter = event.target.value)}
        />
        {canChoose && (
          <button
            type="button"
            className="mast-Button"
            disabled={loading || files.length === 0}
            onClick={() => model.choose(files, !all)}
          >
            {all ? trans.__('Choose none') : trans.__('Choose all')}
          </button>
        )}
      </div>
      {files.length > 0 ? (
        <Files {...props} files={files} />
      ) : (
        <div className="mast-Removed-files">
          {loading && <Skeleton rows={4} />}
        </div>
      )}
      {problem !== null && (
        <Notice
          icon={warningIcon}
          title=""
          text={problem}
          {...(found === 0
            ? {
                action: {
                  label: trans.__('Try again'),
                  run: () => void model.load()
                }
              }
            : {})}
        />
      )}
      <p role="status" className="mast-secondary">
        {say.ofRemoved(model)}
      </p>
    </div>
  );
}

/** A list box: one Tab stop; arrows go along it, Space chooses. */
function Files(
  props: IRemovedProps & { readonly files: readonly IRemovedFile[] }
): React.ReactElement {
  const { model, say, files } = props;
  const { trans } = say;
  const scroller = React.useRef<HTMLDivElement>(null);
  const [at, setAt] = React.useState(0);
  const id = React.useId();
  const current = Math.min(at, files.length - 1);
  const rows = useVirtualRows({
    count: files.length,
    heightOf: () => ROW,
    scroller,
    layout: files
  });
  const toggle = (file: IRemovedFile | undefined) => {
    if (file) {
      model.choose([file], !model.isChosen(file));
    }
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const page = Math.max(
      1,
      Math.floor((scroller.current?.clientHeight ?? ROW) / ROW) - 1
    );
    const to = listTarget(event.key, current, files.length, page);
    if (to !== null) {
      setAt(to);
      rows.scrollToIndex(to);
    } else if (event.key === ' ') {
      toggle(files[current]);
    } else if (isLetter(event, 'a') && (event.ctrlKey || event.metaKey)) {
      model.choose(files, true);
    } else {
      return;
    }
    event.preventDefault();
  };
  return (
    <div
      ref={scroller}
      className="mast-Removed-files"
      role="listbox"
      aria-label={trans.__('Removed files')}
      aria-multiselectable={model.canChoose}
      aria-activedescendant={`${id}-${current}`}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <div role="presentation" style={{ height: rows.height }}>
        {rows.items.map(item => {
          const file = files[item.index];
          return (
            file && (
              <div
                key={file.id}
                id={`${id}-${item.index}`}
                role="option"
                aria-selected={model.isChosen(file)}
                aria-posinset={item.index + 1}
                aria-setsize={files.length}
                className={`mast-Removed-file ${item.index === current ? 'mast-mod-current' : ''}`}
                style={{ top: rows.topOf(item) }}
                title={file.path}
                onClick={() => {
                  setAt(item.index);
                  toggle(file);
                }}
              >
                {model.canChoose && (
                  <span className="mast-Removed-tick">
                    {model.isChosen(file) && (
                      <checkIcon.react tag="span" width="14px" height="14px" />
                    )}
                  </span>
                )}
                <MiddleText text={file.path} tail={24} />
                <span className="mast-number">{say.bytes(file.size)}</span>
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}

class RemovedWindow extends LiveDialog {
  constructor(private readonly _options: IRemovedProps) {
    const { model, say } = _options;
    const { trans } = say;
    const body = ReactWidget.create(<Removed {..._options} />);
    body.addClass('mast-Removed');
    super({
      title: trans.__(
        'Removed on %1',
        formatDate(new Date(1000 * model.list.time))
      ),
      body,
      firstStop: '.mast-Removed input',
      focusNodeSelector: '.mast-Removed input',
      defaultButton: 0,
      changed: model.changed,
      buttons: [
        Dialog.cancelButton({ label: trans.__('Close') }),
        ...(model.canChoose
          ? [Dialog.okButton({ label: trans.__('Fetch again') })]
          : [])
      ]
    });
    this.addClass('mast-Removed-window');
    this.follow();
  }

  resolve(index = 0): void {
    if (index === 0) {
      this.reject();
    } else {
      void this._fetch();
    }
  }

  private async _fetch(): Promise<void> {
    const begun = await this._options.model.fetch();
    if (begun && !this.isDisposed) {
      super.reject();
    } else {
      // It could not be pressed meanwhile, so that it has lost the focus.
      this.buttonNodes[1]?.focus();
    }
  }

  protected follow(): void {
    const { model, say } = this._options;
    const { trans } = say;
    const fetch = this.buttonNodes[1];
    if (fetch) {
      const { chosen } = model;
      this.setLabel(
        fetch,
        chosen.length === 0
          ? trans.__('Fetch again')
          : trans._n(
              'Fetch %2 file again, %3',
              'Fetch %2 files again, %3',
              chosen.length,
              say.quota.number(chosen.length),
              say.bytes(model.chosenBytes)
            )
      );
      fetch.disabled = chosen.length === 0 || model.sending;
    }
  }
}
