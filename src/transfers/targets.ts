import { PathExt } from '@jupyterlab/coreutils';
import type { Contents } from '@jupyterlab/services';
import { Signal, type ISignal } from '@lumino/signaling';
import type { IRoot } from './types';

/** A folder to copy into, as the server is told of it. */
export interface IPlace {
  /** The id of a root. */
  readonly root: string;
  /** Below the root, with `/` between; `''` is the root itself. */
  readonly path: string;
}

/** The root that there always is: JupyterLab's own. */
export const HOME = 'home';

/**
 * The place that a folder of the file browser is: below the innermost root
 * that the administrator lists.
 *
 * @param folder - Without a drive, as `Contents` has it.
 */
export function placeOf(folder: string, roots: readonly IRoot[]): IPlace {
  const path = tidy(folder);
  let best: IPlace = { root: HOME, path };
  let length = -1;
  for (const root of roots) {
    const at = root.path === null ? null : tidy(root.path);
    if (at !== null && at.length > length && Private.within(path, at)) {
      best = { root: root.id, path: tidy(path.slice(at.length)) };
      length = at.length;
    }
  }
  return best;
}

/** The folder of the file browser at a place; `null` where it shows none. */
export function folderAt(
  { root, path }: IPlace,
  roots: readonly IRoot[]
): string | null {
  const at =
    root === HOME ? '' : (roots.find(one => one.id === root)?.path ?? null);
  return at === null ? null : tidy(`${at}/${path}`);
}

/** A path without empty parts, and without slashes at its ends. */
export function tidy(path: string): string {
  return path
    .split('/')
    .filter(part => part !== '' && part !== '.')
    .join('/');
}

/** The folder that all of some paths lie in, however deep; `''` for none. */
export function deepestFolder(paths: readonly string[]): string {
  const folders = paths.map(path => path.split('/').slice(0, -1));
  const [first = [], ...others] = folders;
  let depth = first.length;
  for (const folder of others) {
    while (!first.slice(0, depth).every((part, i) => part === folder[i])) {
      depth--;
    }
  }
  return first.slice(0, depth).join('/');
}

/** A folder of a {@link FolderTree}. */
export interface IFolderNode extends IPlace {
  readonly name: string;
  /** From 1, for the roots. */
  readonly level: number;
  readonly open: boolean;
  /** `null` while it is not known whether there are folders in it. */
  readonly children: number | null;
}

/**
 * The folders below the roots, as far as they were opened. They are listed
 * by the contents manager, each when it is opened.
 */
export class FolderTree {
  constructor(
    private readonly _contents: Pick<Contents.IManager, 'get'>,
    roots: readonly IRoot[],
    /** What the home folder is called, where the roots are not known. */
    home: string
  ) {
    this._roots =
      roots.length > 0
        ? roots
        : [{ id: HOME, title: home, path: '', absolute: '' }];
  }

  get changed(): ISignal<FolderTree, void> {
    return this._changed;
  }

  get roots(): readonly IRoot[] {
    return this._roots;
  }

  /** What is in sight, from top to bottom. */
  get rows(): readonly IFolderNode[] {
    const rows: IFolderNode[] = [];
    const add = (place: IPlace, name: string, level: number) => {
      const id = Private.id(place);
      const names = this._folders.get(id);
      const open = this._open.has(id) && names !== undefined;
      rows.push({
        ...place,
        name,
        level,
        open,
        children:
          folderAt(place, this._roots) === null ? 0 : (names?.length ?? null)
      });
      if (open) {
        for (const child of names) {
          add(
            { root: place.root, path: tidy(`${place.path}/${child}`) },
            child,
            level + 1
          );
        }
      }
    };
    for (const root of this._roots) {
      add({ root: root.id, path: '' }, root.title, 1);
    }
    return rows;
  }

  /** Why a folder could not be listed, of the last one that was asked for. */
  get problem(): string | null {
    return this._problem;
  }

  /** Whether a folder is there; `null` while that is not known. */
  has(place: IPlace): boolean | null {
    const { root, path } = place;
    if (path === '') {
      return true;
    }
    const above = this._folders.get(
      Private.id({ root, path: tidy(PathExt.dirname(path)) })
    );
    if (above !== undefined) {
      return above.includes(PathExt.basename(path));
    }
    // Below a folder that is not there.
    return this.has({ root, path: tidy(PathExt.dirname(path)) }) === false
      ? false
      : null;
  }

  /** Open a folder; it is listed anew. Never throws: see {@link problem}. */
  async open(place: IPlace): Promise<void> {
    const folder = folderAt(place, this._roots);
    if (folder === null) {
      return;
    }
    const id = Private.id(place);
    this._open.add(id);
    try {
      const { content } = (await this._contents.get(folder, {
        type: 'directory',
        content: true
      })) as { content: Contents.IModel[] };
      this._folders.set(
        id,
        content
          .filter(item => item.type === 'directory')
          .map(item => item.name)
          .sort((a, b) => a.localeCompare(b, undefined, { numeric: true }))
      );
      this._problem = null;
    } catch (error) {
      this._open.delete(id);
      this._problem = error instanceof Error ? error.message : String(error);
    }
    this._changed.emit();
  }

  close(place: IPlace): void {
    this._open.delete(Private.id(place));
    this._changed.emit();
  }

  /** Open the folders above a place, as far as they are there. */
  async reveal({ root, path }: IPlace): Promise<void> {
    const parts = path === '' ? [] : path.split('/');
    for (let i = 0; i < parts.length; i++) {
      const above = { root, path: parts.slice(0, i).join('/') };
      if (this.has(above) === false) {
        return;
      }
      const id = Private.id(above);
      if (!this._folders.has(id) || !this._open.has(id)) {
        await this.open(above);
      }
    }
  }

  private readonly _roots: readonly IRoot[];
  private readonly _folders = new Map<string, readonly string[]>();
  private readonly _open = new Set<string>();
  private _problem: string | null = null;
  private readonly _changed = new Signal<this, void>(this);
}

namespace Private {
  export function id({ root, path }: IPlace): string {
    return `${root}:${path}`;
  }

  export function within(path: string, folder: string): boolean {
    return folder === '' || path === folder || path.startsWith(`${folder}/`);
  }

  /** The same for a prefix: known where it is the folder of an observation. */
}
