import type { IArchiveInfo, IPlace } from '../tokens';
import { rootOf } from './config';

/**
 * A place that somebody wants to come back to.
 */
export interface IBookmark {
  readonly archive: string;
  readonly prefix: string;
  /** ISO date, such as `2026-11-02`. */
  readonly added: string;
}

/** The same folder of the same archive. */
export function samePlace(
  a: { archive: string; prefix: string },
  b: { archive: string; prefix: string }
): boolean {
  return a.archive === b.archive && a.prefix === b.prefix;
}

/**
 * The folder above a place, or `null` at a root: what lies above a root is
 * not ours to show.
 */
export function above(info: IArchiveInfo, prefix: string): string | null {
  const root = rootOf(info, prefix);
  if (root === null || prefix === root.prefix) {
    return null;
  }
  const up = prefix.slice(0, prefix.replace(/\/$/, '').lastIndexOf('/') + 1);
  return up.length < root.prefix.length ? root.prefix : up;
}

/**
 * A step of the path from a root to a folder.
 */
export interface ICrumb {
  readonly title: string;
  readonly prefix: string;
}

/**
 * The path of a folder as steps, the root first, the folder itself last.
 */
export function crumbs(info: IArchiveInfo, prefix: string): ICrumb[] {
  const root = rootOf(info, prefix) ?? info.roots[0];
  const steps: ICrumb[] = [{ title: root.title, prefix: root.prefix }];
  let at = root.prefix.length;
  for (;;) {
    const slash = prefix.indexOf('/', at);
    if (slash === -1) {
      return steps;
    }
    steps.push({
      title: prefix.slice(at, slash),
      prefix: prefix.slice(0, slash + 1)
    });
    at = slash + 1;
  }
}

/**
 * Where one was: back and forward, as in a browser.
 */
export class History {
  /** Go on to a new place; what was ahead is forgotten. */
  push(place: IPlace): void {
    const current = this._places[this._at];
    if (current && samePlace(current, place)) {
      return;
    }
    this._places.splice(this._at + 1, Infinity, place);
    if (this._places.length > 100) {
      this._places.shift();
    }
    this._at = this._places.length - 1;
  }

  get canBack(): boolean {
    return this._at > 0;
  }

  get canForward(): boolean {
    return this._at < this._places.length - 1;
  }

  back(): IPlace | null {
    return this.canBack ? this._places[--this._at] : null;
  }

  forward(): IPlace | null {
    return this.canForward ? this._places[++this._at] : null;
  }

  private readonly _places: IPlace[] = [];
  private _at = -1;
}
