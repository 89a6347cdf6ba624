import * as React from 'react';
import { upIcon } from '../../ui/icons';
import { MiddleText } from '../../ui/MiddleText';
import { visible } from '../../ui/names';
import { ToolButton } from '../../ui/ToolButton';
import { kindClass } from '../kinds';
import { readable } from '../places';
import {
  layOut,
  tileFor,
  worthOpening,
  type ITile,
  type ITreemap
} from '../treemap';
import type { IUsageActs } from '../usageacts';
import { enter, pressInMap } from '../usagekeys';
import type { UsageSentences } from '../usagesentences';
import type { UsageState } from '../usagestate';

const NOTHING: ITreemap = { tiles: [], groups: [] };

/**
 * What is in a folder, by area: the same selection as the tree. One tab stop:
 * the arrows go to the tile in that direction.
 */
export function Treemap(props: {
  readonly state: UsageState;
  readonly say: UsageSentences;
  readonly acts: IUsageActs;
}): React.ReactElement | null {
  const { state, say, acts } = props;
  const { trans } = say;
  const { tree, root, current } = state;
  const id = React.useId();
  const box = React.useRef<HTMLDivElement>(null);
  const { width, height } = useSize(box);
  const zoom = tree?.zoom ?? '';
  const folder = tree?.folderOf(zoom) ?? null;
  React.useEffect(() => {
    if (tree && folder && width > 0) {
      for (const inside of worthOpening(folder, width, height)) {
        void tree.need(inside, true);
      }
    }
  }, [tree, folder, width, height]);
  const map =
    tree && folder
      ? layOut(folder, one => tree.folderOf(one), width, height)
      : NOTHING;
  const selected = tileFor(map, current);
  const at = selected === null ? -1 : map.tiles.indexOf(selected);
  const place =
    zoom === '' ? (root?.title ?? '') : `${root?.title}/${readable(zoom)}`;
  const menu = () => {
    const { entry } = state;
    const element = box.current;
    if (entry !== null && element) {
      const { left, top } = element.getBoundingClientRect();
      acts.menu(entry, {
        x: left + (selected?.x ?? 0) + 8,
        y: top + (selected?.y ?? 0) + 24
      });
    }
  };
  const tileOf = (target: EventTarget): ITile | undefined => {
    const element = (target as Element).closest<HTMLElement>('.mast-Tile');
    return map.tiles.find(tile => tile.id === element?.dataset.id);
  };
  return (
    <section className="mast-Usage-map" aria-label={trans.__('Map')}>
      <div className="mast-Usage-mapHead">
        <ToolButton
          icon={upIcon}
          label={trans.__('Go up')}
          enabled={zoom !== ''}
          run={() => tree?.up()}
        />
        <b className="mast-clip" title={place}>
          <MiddleText text={place} tail={18} />
        </b>
        <span className="mast-grow" />
        <span className="mast-secondary mast-ellipsis mast-Usage-hint">
          {trans.__('Arrow keys move, Enter opens a folder, Backspace goes up')}
        </span>
      </div>
      <div
        ref={box}
        className="mast-Treemap"
        role="listbox"
        aria-label={trans.__('Map of %1', place)}
        aria-activedescendant={at < 0 ? undefined : `${id}-${at}`}
        tabIndex={0}
        onKeyDown={event => {
          if (pressInMap(event, map, { state, acts, menu })) {
            event.preventDefault();
            event.stopPropagation();
          }
        }}
        onMouseDown={event => {
          const tile = tileOf(event.target);
          if (tile) {
            state.reveal(tile.id);
          }
        }}
        onDoubleClick={event => {
          if (tileOf(event.target)) {
            enter({ state, acts, menu });
          }
        }}
        onContextMenu={event => {
          const tile = tileOf(event.target);
          if (tile?.entry) {
            event.preventDefault();
            event.stopPropagation();
            state.reveal(tile.id);
            acts.menu(tile.entry, { x: event.clientX, y: event.clientY });
          }
        }}
      >
        {map.tiles.map((tile, i) => (
          <TileView key={tile.id} {...props} tile={tile} id={`${id}-${i}`} />
        ))}
        {selected && (
          <div
            className="mast-Treemap-selected"
            aria-hidden="true"
            style={styleOf(selected)}
          />
        )}
      </div>
      <p className="mast-secondary mast-Usage-mapFoot">
        {trans.__(
          'The tile edge has the colour of the kind; area is allocated bytes. 1 GB = 1,000,000,000 bytes.'
        )}
      </p>
    </section>
  );
}

function TileView(props: {
  readonly tile: ITile;
  readonly id: string;
  readonly state: UsageState;
  readonly say: UsageSentences;
}): React.ReactElement {
  const { tile, id, state, say } = props;
  const { entry } = tile;
  const said = say.tile(tile);
  return (
    <div
      id={id}
      role="option"
      aria-selected={tile.id === state.current}
      title={said}
      data-id={tile.id}
      className={`mast-Tile ${tile.label === 'none' ? 'mast-mod-plain ' : ''}${
        entry === null ? 'mast-mod-kind-rest' : kindClass(entry.kind)
      }`}
      style={styleOf(tile)}
    >
      <span className="mast-sr">{said}</span>
      {tile.label !== 'none' && (
        <b aria-hidden="true">
          {entry ? visible(entry.name) : say.rest(tile.files)}
        </b>
      )}
      {tile.label === 'name-and-size' && (
        <span className="mast-number" aria-hidden="true">
          {say.bytes(tile.allocated)}
        </span>
      )}
    </div>
  );
}

function styleOf(tile: ITile): React.CSSProperties {
  return {
    left: tile.x,
    top: tile.y,
    width: tile.width,
    height: tile.height
  };
}

/** Size of an element in px, as it changes; 0 before it is laid out. */
function useSize(ref: React.RefObject<HTMLElement>): {
  readonly width: number;
  readonly height: number;
} {
  const [size, setSize] = React.useState({ width: 0, height: 0 });
  React.useLayoutEffect(() => {
    const element = ref.current;
    if (!element) {
      return;
    }
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = element;
      setSize(old =>
        old.width === width && old.height === height ? old : { width, height }
      );
    };
    measure();
    if (typeof ResizeObserver === 'undefined') {
      return;
    }
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return size;
}
