import type { TranslationBundle } from '@jupyterlab/translation';
import {
  caretDownIcon,
  caretRightIcon,
  folderIcon,
  homeIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';
import { useSignalUpdate } from '../../ui/hooks';
import { listTarget } from '../../ui/keys';
import {
  tidy,
  type FolderTree,
  type IFolderNode,
  type IPlace
} from '../targets';

/**
 * The folders of the workspace to choose one from, and a box to type one: the
 * way to a folder that is not there yet.
 *
 * One stop of the tab key; arrows move, Left and Right close and open.
 */
export function FolderPicker(props: {
  readonly tree: FolderTree;
  readonly place: IPlace;
  readonly trans: TranslationBundle;
  readonly labelledBy: string;
  choose(place: IPlace, soon: boolean): void;
}): React.ReactElement {
  const { tree, place, trans, labelledBy, choose } = props;
  useSignalUpdate(tree.changed);
  const self = React.useRef<HTMLDivElement>(null);
  // What is typed, with the slash that a next folder follows.
  const [text, setText] = React.useState(place.path);
  const box = React.useRef<HTMLInputElement>(null);
  React.useEffect(() => {
    // While somebody types, this may be of some letters ago.
    if (document.activeElement !== box.current) {
      setText(now => (tidy(now) === place.path ? now : place.path));
    }
  }, [place.path]);
  const { rows } = tree;
  const at = rows.findIndex(
    row => row.root === place.root && row.path === place.path
  );
  React.useEffect(() => {
    self.current
      ?.querySelector('[aria-selected="true"]')
      ?.scrollIntoView?.({ block: 'nearest' });
  }, [at, rows.length]);

  // The first choice of the dialog: its button may not be ready yet.
  React.useEffect(() => self.current?.focus(), []);

  const fold = (row: IFolderNode, open: boolean) =>
    open ? void tree.open(row) : tree.close(row);
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    const row: IFolderNode | undefined = rows[at];
    const to = listTarget(event.key, at, rows.length);
    if (to !== null) {
      choose(rows[to], true);
    } else if (row && event.key === 'ArrowRight' && row.children !== 0) {
      if (!row.open) {
        fold(row, true);
      } else if (rows[at + 1]?.level > row.level) {
        choose(rows[at + 1], true);
      }
    } else if (row && event.key === 'ArrowLeft') {
      const above = rows.slice(0, at).filter(one => one.level < row.level);
      if (row.open) {
        fold(row, false);
      } else if (above.length > 0) {
        choose(above[above.length - 1], true);
      }
    } else if (row && (event.key === 'Enter' || event.key === ' ')) {
      fold(row, !row.open);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const nodeId = (index: number) => `mast-FolderPicker-${index}`;
  return (
    <div className="mast-FolderPicker">
      <div
        ref={self}
        role="tree"
        tabIndex={0}
        className="mast-FolderPicker-tree"
        aria-labelledby={labelledBy}
        aria-activedescendant={at >= 0 ? nodeId(at) : undefined}
        onKeyDown={onKeyDown}
      >
        {rows.map((row, index) => {
          const Icon = row.level === 1 ? homeIcon : folderIcon;
          const Caret = row.open ? caretDownIcon : caretRightIcon;
          return (
            <div
              key={`${row.root}:${row.path}`}
              id={nodeId(index)}
              role="treeitem"
              aria-level={row.level}
              aria-selected={index === at}
              aria-expanded={row.children === 0 ? undefined : row.open}
              className={
                'mast-FolderPicker-row' +
                (index === at ? ' mast-mod-selected' : '')
              }
              style={{ paddingLeft: row.level * 16 - 8 }}
              onClick={() => choose(row, false)}
            >
              <span
                className="mast-FolderPicker-caret"
                aria-hidden="true"
                onClick={event => {
                  event.stopPropagation();
                  fold(row, !row.open);
                }}
              >
                {row.children !== 0 && (
                  <Caret.react tag="span" width="14px" height="14px" />
                )}
              </span>
              <Icon.react tag="span" width="16px" height="16px" />
              <span className="mast-ellipsis">{row.name}</span>
            </div>
          );
        })}
      </div>
      <div className="mast-FolderPicker-path">
        <div className="mast-Input mast-grow">
          <input
            ref={box}
            aria-label={trans.__('Folder; a new one is made')}
            spellCheck={false}
            placeholder={trans.__('Type a new folder')}
            value={text}
            onChange={event => {
              setText(event.target.value);
              choose({ root: place.root, path: event.target.value }, true);
            }}
          />
        </div>
        <span className="mast-secondary" role="status">
          {tree.has(place) === false
            ? trans.__('New folder, made by the copy')
            : (tree.problem ?? '')}
        </span>
      </div>
    </div>
  );
}
