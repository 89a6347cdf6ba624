import type { TranslationBundle } from '@jupyterlab/translation';
import { folderIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { starIcon } from '../../ui/icons';
import { starFilledIcon } from '../../ui/panelicons';
import { ToolButton } from '../../ui/ToolButton';
import type { ArchiveModel } from '../model';
import { crumbs } from '../places';

/**
 * The way from the root to the folder shown, and its bookmark.
 */
export function Crumbs(props: {
  readonly model: ArchiveModel;
  readonly trans: TranslationBundle;
}): React.ReactElement {
  const { model, trans } = props;
  const { archive } = model;
  const steps = archive ? crumbs(archive, model.prefix) : [];
  const [root, ...below] = steps;
  const hidden = below.length > 2 ? below.slice(0, -2) : [];
  const shown = below.slice(hidden.length);
  const go = (prefix: string) =>
    archive && void model.goTo({ archive: archive.id, prefix });
  return (
    <nav className="mast-Crumbs" aria-label={trans.__('Path')}>
      {root && (
        <button
          className="mast-Crumbs-root"
          aria-current={below.length === 0 ? 'location' : undefined}
          aria-label={root.title}
          title={root.prefix || root.title}
          onClick={() => go(root.prefix)}
        >
          <folderIcon.react tag="span" width="16px" height="16px" />
          {below.length === 0 && <b className="mast-ellipsis">{root.title}</b>}
        </button>
      )}
      {hidden.length > 0 && (
        <>
          <span aria-hidden="true">/</span>
          <button
            title={trans.__(
              'Hidden levels: %1',
              hidden.map(one => one.title).join(' / ')
            )}
            aria-label={trans.__('Up to %1', hidden[hidden.length - 1].title)}
            onClick={() => go(hidden[hidden.length - 1].prefix)}
          >
            …
          </button>
        </>
      )}
      {shown.map((step, i) => (
        <React.Fragment key={step.prefix}>
          <span aria-hidden="true">/</span>
          <button
            className={`mast-ellipsis ${i === shown.length - 1 ? 'mast-mod-here' : ''}`}
            aria-current={i === shown.length - 1 ? 'location' : undefined}
            title={step.prefix}
            onClick={() => go(step.prefix)}
          >
            {step.title || trans.__('(empty name)')}
          </button>
        </React.Fragment>
      ))}
      <span className="mast-grow" />
      <ToolButton
        icon={model.isBookmarked ? starFilledIcon : starIcon}
        label={
          model.isBookmarked
            ? trans.__('Remove the bookmark of this place')
            : trans.__('Bookmark this place')
        }
        pressed={model.isBookmarked}
        enabled={archive !== null}
        run={() => model.toggleBookmark()}
      />
    </nav>
  );
}
