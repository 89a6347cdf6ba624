import type { TranslationBundle } from '@jupyterlab/translation';
import { folderIcon, searchIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { describeKey } from '../../missions';
import { clockIcon } from '../../ui/icons';
import { PopupList, type IPopupSection } from '../../ui/PopupList';
import type { ArchiveModel } from '../model';
import { classify } from '../classify';
import type { ArchiveError } from '../errors';
import { nearestPlace, placeTitle, resolve, type IFinding } from '../resolve';
import type { IPlace } from '../../tokens';
import { productIcon } from './RowView';
import { errorText } from './sentences';

export interface IGoToProps {
  readonly model: ArchiveModel;
  readonly trans: TranslationBundle;
  readonly input: React.RefObject<HTMLInputElement>;
  /** Called after a place was taken, to move the focus to the list. */
  done(): void;
}

interface ISearch {
  readonly text: string;
  readonly findings: readonly IFinding[];
  readonly looked: readonly string[];
  readonly running: boolean;
  readonly error: ArchiveError | null;
}

const NOTHING: ISearch = {
  text: '',
  findings: [],
  looked: [],
  running: false,
  error: null
};

/** Milliseconds of quiet typing before the archive is asked. */
const QUIET = 250;

/**
 * The "Go to" box: a key, `s3://`, `https://` or `mast:` address, a root or
 * file name, a TIC. Shows what is really there while one types.
 */
export function GoTo(props: IGoToProps): React.ReactElement {
  const { model, trans, input } = props;
  const [text, setText] = React.useState('');
  const [open, setOpen] = React.useState(false);
  const [active, setActive] = React.useState(0);
  // Whether `active` was chosen by keys; else Enter takes what was found.
  const [moved, setMoved] = React.useState(false);
  // What was typed, for Escape after a completion.
  const [typed, setTyped] = React.useState('');
  const [search, setSearch] = React.useState<ISearch>(NOTHING);
  const control = React.useRef<AbortController | null>(null);
  const timer = React.useRef<ReturnType<typeof setTimeout>>();
  const box = React.useRef<HTMLDivElement>(null);

  const ask = React.useCallback(
    async (query: string, first?: (finding: IFinding) => void) => {
      clearTimeout(timer.current);
      control.current?.abort();
      const current = model.archive;
      if (query.trim() === '' || current === null) {
        setSearch(NOTHING);
        return;
      }
      const stop = (control.current = new AbortController());
      const findings: IFinding[] = [];
      const looked: string[] = [];
      const show = (running: boolean, error: ArchiveError | null = null) => {
        if (!stop.signal.aborted) {
          setSearch({
            text: query,
            findings: [...findings],
            looked: [...looked],
            running,
            error
          });
        }
      };
      show(true);
      try {
        for await (const finding of resolve(query, {
          current,
          archives: model.archives,
          open: info => model.storeOf(info.id),
          trans,
          signal: stop.signal,
          looked: prefix => looked.push(prefix)
        })) {
          if (stop.signal.aborted) {
            return;
          }
          findings.push(finding);
          if (first && findings.length === 1) {
            first(finding);
            return;
          }
          show(true);
        }
        show(false);
      } catch (error) {
        show(false, classify(error, query, trans));
      }
    },
    [model, trans]
  );

  React.useEffect(() => {
    timer.current = setTimeout(() => void ask(text), QUIET);
    return () => clearTimeout(timer.current);
  }, [text, ask]);
  React.useEffect(() => () => control.current?.abort(), []);

  const write = (value: string, byHand: boolean) => {
    setText(value);
    setActive(0);
    setMoved(false);
    if (byHand) {
      setTyped(value);
    }
  };

  const take = async (place: IPlace) => {
    setOpen(false);
    write('', true);
    control.current?.abort();
    setSearch(NOTHING);
    try {
      await model.goTo(place);
      props.done();
    } catch (error) {
      write(place.prefix, true);
      setSearch({
        ...NOTHING,
        text: place.prefix,
        error: classify(error, place.prefix, trans)
      });
      setOpen(true);
    }
  };

  const current = search.text === text && text.trim() !== '';
  const findings = current ? search.findings : [];
  const needle = text.trim();
  const recent = model.recent
    .filter(place => model.archives.some(info => info.id === place.archive))
    .filter(place => !findings.some(f => f.place.prefix === place.prefix))
    .filter(place => place.prefix.includes(needle))
    .slice(0, needle === '' ? 5 : 2);
  const places: IPlace[] = [...findings.map(f => f.place), ...recent];
  const sections: IPopupSection[] = [
    {
      options: findings.map(finding => ({
        id: `${finding.kind} ${finding.place.archive} ${finding.detail}`,
        icon:
          finding.kind === 'file'
            ? productIcon(describeKey(finding.detail))
            : folderIcon,
        title: finding.title,
        detail: finding.detail,
        note: finding.kind === 'file' ? trans.__('file') : trans.__('folder')
      }))
    },
    {
      heading: trans.__('Recent places'),
      options: recent.map(place => ({
        id: `recent ${place.archive} ${place.prefix}`,
        icon: clockIcon,
        title: placeTitle(place.prefix) || '/',
        detail: place.prefix,
        note: trans.__('folder')
      }))
    }
  ];

  const onKeyDown = (event: React.KeyboardEvent) => {
    const count = places.length;
    switch (event.key) {
      case 'ArrowDown':
      case 'ArrowUp':
        if (!open) {
          setOpen(true);
        } else if (count > 0) {
          // The first one is marked already, but not chosen.
          const step =
            event.key === 'ArrowUp'
              ? count - 1
              : moved || findings.length > 0
                ? 1
                : 0;
          setActive((active + step) % count);
          setMoved(true);
        }
        break;
      case 'Enter':
        if (open && places[active] && (moved || findings.length > 0)) {
          void take(places[active]);
        } else if (text.trim() !== '') {
          // Faster than the list: take the first thing that is there.
          void ask(text, finding => void take(finding.place));
        }
        break;
      case 'Tab':
        if (open && findings[active] && text !== findings[active].detail) {
          write(findings[active].detail, false);
          break;
        }
        setOpen(false);
        return;
      case 'Escape':
        // One step back at a time: the list, what was typed, nothing, out.
        if (open) {
          setOpen(false);
        } else if (text !== typed) {
          write(typed, true);
        } else if (text !== '') {
          write('', true);
        } else {
          props.done();
        }
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className="mast-Input" ref={box}>
      <searchIcon.react tag="span" width="14px" height="14px" />
      <input
        ref={input}
        type="text"
        role="combobox"
        spellCheck={false}
        autoComplete="off"
        aria-label={trans.__('Go to')}
        aria-expanded={open}
        aria-controls="mast-goto-list"
        aria-autocomplete="list"
        aria-activedescendant={
          open && places.length > 0 ? `mast-goto-list-${active}` : undefined
        }
        placeholder={trans.__('Go to a file, TIC, s3:// or mast: URI')}
        value={text}
        onChange={event => {
          write(event.target.value, true);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onClick={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      <kbd className="mast-hide-narrow">Alt G</kbd>
      {open && (
        <PopupList
          id="mast-goto-list"
          label={trans.__('Places')}
          anchor={box}
          sections={sections}
          active={active}
          select={index => void take(places[index])}
          footer={
            text.trim() === '' ? (
              <Help trans={trans} />
            ) : current ? (
              <Outcome
                search={search}
                trans={trans}
                nearest={
                  model.archive &&
                  nearestPlace(text, model.archive, model.archives)
                }
                go={place => void take(place)}
              />
            ) : null
          }
        />
      )}
    </div>
  );
}

/** What the search says below its findings. */
function Outcome(props: {
  readonly search: ISearch;
  readonly nearest: IPlace | null;
  readonly trans: TranslationBundle;
  go(place: IPlace): void;
}): React.ReactElement {
  const { search, nearest, trans } = props;
  if (search.error !== null) {
    const { title, text } = errorText(search.error, trans);
    return (
      <p role="status">
        <b>{title}</b> {text}
      </p>
    );
  }
  if (search.running) {
    return (
      <p role="status">
        {search.looked.length > 1
          ? trans.__('Looking … %1 folders asked so far', search.looked.length)
          : trans.__('Looking …')}
      </p>
    );
  }
  if (search.findings.length > 0) {
    return (
      <p>
        <kbd>↑</kbd> <kbd>↓</kbd> {trans.__('choose')} <kbd>Enter</kbd>{' '}
        {trans.__('go')} <kbd>Tab</kbd> {trans.__('complete')} <kbd>Esc</kbd>{' '}
        {trans.__('close')}
      </p>
    );
  }
  const { looked } = search;
  return (
    <p role="status">
      {trans.__('Nothing found for “%1” in this archive.', search.text)}{' '}
      {looked.length > 0 &&
        trans.__(
          'Looked in %1.',
          looked.length > 2
            ? trans.__('%1 and %2 more', looked[0], looked.length - 1)
            : looked.join(', ')
        )}{' '}
      {nearest && (
        <button
          className="mast-link"
          onMouseDown={event => event.preventDefault()}
          onClick={() => props.go(nearest)}
        >
          {trans.__('Show %1', nearest.prefix)}
        </button>
      )}
    </p>
  );
}

/** What the box understands. */
function Help(props: {
  readonly trans: TranslationBundle;
}): React.ReactElement {
  const { trans } = props;
  const lines: [string, string][] = [
    [trans.__('Root name'), 'ibg705081'],
    [trans.__('File name'), 'ibg705081_drz.fits'],
    [trans.__('TIC and sector'), 'TIC 377780790 s14'],
    [trans.__('Key'), 'hst/public/ibg7/'],
    [trans.__('S3 URI'), 's3://stpubdata/hst/…'],
    [trans.__('MAST URI'), 'mast:HST/product/…'],
    [trans.__('Web address'), 'https://stpubdata.s3…']
  ];
  return (
    <dl className="mast-GoTo-help">
      {lines.map(([what, example]) => (
        <React.Fragment key={what}>
          <dt>{what}</dt>
          <dd>{example}</dd>
        </React.Fragment>
      ))}
    </dl>
  );
}
