import type { TranslationBundle } from '@jupyterlab/translation';
import {
  caretDownEmptyIcon,
  checkIcon,
  folderIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';
import type { IPlace } from '../../tokens';
import { archiveIcon, starIcon } from '../../ui/icons';
import { PopupList, type IPopupSection } from '../../ui/PopupList';
import type { ArchiveModel } from '../model';
import { placeTitle } from '../resolve';

/**
 * Which archive and root is shown: a button, and the list of all of them
 * with the bookmarks.
 */
export function Chooser(props: {
  readonly model: ArchiveModel;
  readonly trans: TranslationBundle;
}): React.ReactElement {
  const { model, trans } = props;
  const [open, setOpen] = React.useState(false);
  const [active, setActive] = React.useState(0);
  const button = React.useRef<HTMLButtonElement>(null);
  const { archive, root } = model;

  const places: IPlace[] = [];
  const sections: IPopupSection[] = model.archives.map(info => ({
    heading: info.title,
    headingNote:
      info.access === 'role'
        ? trans.__('signed by this server')
        : trans.__('anonymous'),
    options: info.roots.map(one => {
      places.push({ archive: info.id, prefix: one.prefix });
      const shown = info === archive && one === root;
      return {
        id: `${info.id} ${one.prefix}`,
        icon: shown ? checkIcon : folderIcon,
        title: one.title,
        detail: one.prefix || trans.__('the whole bucket'),
        note: shown ? trans.__('shown') : undefined
      };
    })
  }));
  const known = model.bookmarks.filter(mark =>
    model.archives.some(info => info.id === mark.archive)
  );
  sections.push({
    heading: trans.__('Bookmarks'),
    options: known.map(mark => {
      places.push({ archive: mark.archive, prefix: mark.prefix });
      return {
        id: `bookmark ${mark.archive} ${mark.prefix}`,
        icon: starIcon,
        title: placeTitle(mark.prefix) || '/',
        detail: mark.prefix
      };
    })
  });

  const take = (index: number) => {
    setOpen(false);
    const place = places[index];
    if (place) {
      void model.goTo(place);
    }
  };
  const show = () => {
    setActive(
      Math.max(
        0,
        places.findIndex(
          place =>
            place.archive === archive?.id && place.prefix === root?.prefix
        )
      )
    );
    setOpen(true);
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const count = places.length;
    if (!open) {
      if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        show();
        event.preventDefault();
      }
      return;
    }
    switch (event.key) {
      case 'ArrowDown':
        setActive((active + 1) % count);
        break;
      case 'ArrowUp':
        setActive((active + count - 1) % count);
        break;
      case 'Home':
        setActive(0);
        break;
      case 'End':
        setActive(count - 1);
        break;
      case 'Enter':
      case ' ':
        take(active);
        break;
      case 'Escape':
        setOpen(false);
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const title = archive
    ? `${archive.title} · ${root?.title ?? ''}`
    : trans.__('Choose an archive');
  return (
    <>
      <button
        ref={button}
        className="mast-Chooser"
        role="combobox"
        aria-haspopup="listbox"
        aria-expanded={open}
        aria-controls="mast-chooser-list"
        aria-activedescendant={open ? `mast-chooser-list-${active}` : undefined}
        aria-label={trans.__('Archive and root: %1', title)}
        title={title}
        onClick={() => (open ? setOpen(false) : show())}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      >
        <archiveIcon.react tag="span" width="16px" height="16px" />
        {archive ? (
          <span className="mast-Chooser-title">
            <span className="mast-ellipsis mast-Chooser-archive">
              {archive.title}
            </span>
            <span className="mast-Chooser-archive">·</span>
            <span className="mast-ellipsis">{root?.title}</span>
          </span>
        ) : (
          <span className="mast-ellipsis mast-grow">{title}</span>
        )}
        <caretDownEmptyIcon.react tag="span" width="14px" height="14px" />
      </button>
      {open && (
        <PopupList
          id="mast-chooser-list"
          label={trans.__('Archives and bookmarks')}
          anchor={button}
          sections={sections}
          active={active}
          select={take}
        />
      )}
    </>
  );
}
