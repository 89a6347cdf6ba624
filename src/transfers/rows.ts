import { spaceActsOf } from './acts';
import { hasEnded, sectionOf, SECTIONS, type Section } from './order';
import type { IActiveFile, IFailure, ITransfer } from './types';

/** Which files of an opened transfer are listed. */
export type FileFilter = 'all' | 'failed';

/** What is opened and chosen in the list. */
export interface IListState {
  /** Sections whose transfers are not shown. */
  readonly closed: ReadonlySet<Section>;
  /** Transfers all of whose files are shown, and which. */
  readonly open: ReadonlyMap<string, FileFilter>;
  /** The section in which each transfer is held; see {@link place}. */
  readonly sections: ReadonlyMap<string, Section>;
  /**
   * Whether there is no room for the state beside the counts, and for more
   * than a name in the title.
   */
  readonly narrow: boolean;
  /** How wide the list is in px; 0 before that is known. */
  readonly width: number;
  /** Whether there is a place where space can be freed. */
  readonly canFreeUp: boolean;
}

/** What is said in sentences, which may need more than one line. */
export interface IWords {
  /** What stands in the place of the target; `null` where nothing does. */
  sentence(transfer: ITransfer): string | null;
  why(failure: IFailure): string;
  /** What follows the name in the title; empty where nothing does. */
  more(transfer: ITransfer): string;
}

/** One row of the list: a part of a transfer that is drawn for itself. */
export type Row =
  | {
      readonly type: 'section';
      readonly id: string;
      readonly section: Section;
      readonly count: number;
      readonly open: boolean;
    }
  | {
      readonly type: 'head';
      readonly id: string;
      readonly transfer: ITransfer;
      readonly open: boolean;
      /** From 1, in its section. */
      readonly position: number;
      readonly siblings: number;
      /** Lines of its sentence; 0 where it has none. */
      readonly lines: number;
      /** What of the title has a line of its own; empty where nothing has. */
      readonly more: string;
    }
  | {
      readonly type: 'active';
      readonly id: string;
      readonly transfer: ITransfer;
      /** What is copied in this place now. */
      readonly file: IActiveFile | null;
    }
  | {
      readonly type: 'failure';
      readonly id: string;
      readonly transfer: ITransfer;
      readonly failure: IFailure;
      /** Lines of the reason. */
      readonly lines: number;
    }
  | {
      readonly type: 'buttons';
      readonly id: string;
      readonly transfer: ITransfer;
    }
  | {
      readonly type: 'more';
      readonly id: string;
      readonly transfer: ITransfer;
    }
  | {
      readonly type: 'filter';
      readonly id: string;
      readonly transfer: ITransfer;
    }
  | {
      readonly type: 'end';
      readonly id: string;
      readonly transfer: ITransfer;
    }
  | {
      readonly type: 'file';
      readonly id: string;
      readonly transfer: ITransfer;
      /** From 0, of those that are listed. */
      readonly index: number;
      readonly count: number;
    };

/** Files that are shown of a transfer that is not opened. */
const SOME = 3;

/** Files of so many bytes take long enough to be seen. */
const LARGE = 2_000_000;

/** Heights in px; nothing is measured. Sentences with one line. */
const HEIGHTS: Readonly<Record<Row['type'], number>> = {
  section: 26,
  head: 84,
  active: 24,
  failure: 39,
  buttons: 36,
  more: 22,
  filter: 30,
  file: 24,
  end: 9
};

/**
 * The line of its own that the state has in a narrow panel, and another one
 * for what follows the name in the title.
 */
const OWN_LINE = 20;

/** A line more of a sentence. */
const LINE = 17;

/** The width of a side bar in px, while that of the list is not known. */
const USUAL = 300;

/** Lines that a sentence has at most; the tooltip has all of it. */
const MOST_LINES = 4;

/**
 * Widths in px of the letters of second lines, in a font that is rather wide
 * (DejaVu Sans).
 */
const LETTERS: readonly (readonly [RegExp, number])[] = [
  [/[ .,;:'!|ijl]/, 3.7],
  [/[frt()-]/, 4.7],
  [/[mwMW%@]/, 10.7],
  [/[A-Z0-9]/, 7.8]
];

/** The width in px of every other letter. */
const LETTER = 7.1;

/** What of the width in px is not for a sentence: beside it, and its icon. */
const BESIDE = 24;
const BESIDE_ICON = 46;

/**
 * How many lines a text has, at most {@link MOST_LINES}, by what its letters
 * take in general.
 *
 * @param width - Of a line, in px.
 */
export function linesOf(text: string, width: number): number {
  let lines = 1;
  let used = 0;
  for (const word of text.split(' ')) {
    const needed = Private.widthOf(word);
    const space = used > 0 ? Private.widthOf(' ') : 0;
    if (used > 0 && used + space + needed > width) {
      lines++;
      used = 0;
    }
    // A word that is longer than a line is broken.
    const over = Math.max(0, Math.ceil(needed / width) - 1);
    lines += over;
    used += space + needed - over * width;
  }
  return Math.min(MOST_LINES, lines);
}

/**
 * The rows of the list. An opened transfer may have a million files: they are
 * made when they are asked for.
 */
export class Rows {
  /**
   * @param countOf - How many files of an opened transfer are listed.
   */
  constructor(
    transfers: readonly ITransfer[],
    state: IListState,
    private readonly _words: IWords,
    countOf: (transfer: ITransfer) => number
  ) {
    const { sections } = state;
    const in_ = (section: Section) =>
      transfers.filter(
        one => (sections.get(one.id) ?? sectionOf(one)) === section
      );
    for (const section of SECTIONS) {
      const here = in_(section);
      if (here.length === 0) {
        continue;
      }
      const open = !state.closed.has(section);
      this._add({
        type: 'section',
        id: `s:${section}`,
        section,
        count: here.length,
        open
      });
      if (open) {
        here.forEach((transfer, i) =>
          this._addTransfer(transfer, state, i + 1, here.length, countOf)
        );
      }
    }
    this._narrow = state.narrow;
    this.layout = this._spans
      .map(span =>
        span.row
          ? `${span.row.type}${this._heightOf(span.row)}`
          : `files${span.count}`
      )
      .join(' ');
  }

  get length(): number {
    return this._length;
  }

  /** Another one whenever heights may have changed. */
  readonly layout: string;

  at(index: number): Row | undefined {
    const span = this._spanAt(index);
    return span && (span.row ?? span.make(index - span.start));
  }

  heightOf(index: number): number {
    const span = this._spanAt(index);
    return span?.row ? this._heightOf(span.row) : HEIGHTS.file;
  }

  /** The place of a row; -1 when there is none of this id. */
  indexOf(id: string | null): number {
    if (id === null) {
      return -1;
    }
    const file = /^f:(.*):(\d+)$/.exec(id);
    for (const span of this._spans) {
      if (span.row?.id === id) {
        return span.start;
      }
      if (span.files === file?.[1] && Number(file?.[2]) < span.count) {
        return span.start + Number(file?.[2]);
      }
    }
    return -1;
  }

  /** The head of the transfer that a row belongs to, or its section. */
  parentOf(index: number): number {
    const row = this.at(index);
    const above = this._spans.filter(({ row: other, start }) =>
      start < index && row?.type !== 'head'
        ? other?.type === 'section' || other?.type === 'head'
        : start < index && other?.type === 'section'
    );
    return above[above.length - 1]?.start ?? index;
  }

  /**
   * Where somebody who is at a row of these is in other rows: at the same one
   * or, where that has gone, at its transfer; where that has gone too, at its
   * section if it was closed, else at the next transfer or section.
   */
  placeIn(now: Rows, id: string | null): string | null {
    const at = this.indexOf(id);
    if (at < 0 || now.indexOf(id) >= 0) {
      return id;
    }
    const above: Row[] = [];
    const below: Row[] = [];
    for (const { start, row } of this._spans) {
      if (row?.type === 'section' || row?.type === 'head') {
        if (start > at) {
          below.push(row);
        } else {
          above.unshift(row);
        }
      }
    }
    const [own, ...others] = above;
    const section = above.find(row => row.type === 'section');
    const left = section && now.at(now.indexOf(section.id));
    const closed = left?.type === 'section' && !left.open ? [left] : [];
    return (
      [own, ...closed, ...below, ...others].find(
        row => now.indexOf(row.id) >= 0
      )?.id ?? null
    );
  }

  private _addTransfer(
    transfer: ITransfer,
    state: IListState,
    position: number,
    siblings: number,
    countOf: (transfer: ITransfer) => number
  ): void {
    const { id } = transfer;
    const filter = state.open.get(id);
    const open = filter !== undefined;
    const failed = transfer.files.failed > 0 && !transfer.undone;
    const sentence = this._words.sentence(transfer);
    const width = state.width || USUAL;
    this._add({
      type: 'head',
      id: `t:${id}`,
      transfer,
      open,
      position,
      siblings,
      lines: sentence === null ? 0 : linesOf(sentence, width - BESIDE),
      more: state.narrow ? this._words.more(transfer) : ''
    });
    if (open) {
      this._add({ type: 'filter', id: `o:${id}`, transfer });
      this._addFiles(transfer, countOf(transfer));
    } else {
      for (let i = 0; i < slotsOf(transfer); i++) {
        const file = transfer.active[i] ?? null;
        this._add({ type: 'active', id: `a:${id}:${i}`, transfer, file });
      }
      if (failed) {
        for (const failure of transfer.failures.slice(0, SOME)) {
          this._add({
            type: 'failure',
            id: `x:${id}:${failure.index}`,
            transfer,
            failure,
            lines: linesOf(this._words.why(failure), width - BESIDE_ICON)
          });
        }
      }
      if (
        transfer.files.total > 1 &&
        (transfer.state === 'running' || transfer.files.failed > SOME)
      ) {
        this._add({ type: 'more', id: `m:${id}`, transfer });
      }
    }
    if (
      transfer.confirm ||
      spaceActsOf(transfer, state.canFreeUp).length > 0 ||
      (hasEnded(transfer) && sectionOf(transfer) === 'needs-you')
    ) {
      this._add({ type: 'buttons', id: `b:${id}`, transfer });
    }
    this._add({ type: 'end', id: `e:${id}`, transfer });
  }

  private _add(row: Row): void {
    this._spans.push({
      start: this._length,
      count: 1,
      row,
      files: null,
      make: () => row
    });
    this._length += 1;
  }

  private _addFiles(transfer: ITransfer, count: number): void {
    if (count > 0) {
      this._spans.push({
        start: this._length,
        count,
        row: null,
        files: transfer.id,
        make: index => ({
          type: 'file',
          id: `f:${transfer.id}:${index}`,
          transfer,
          index,
          count
        })
      });
      this._length += count;
    }
  }

  private _heightOf(row: Row): number {
    const height = HEIGHTS[row.type];
    switch (row.type) {
      case 'head':
        return (
          height +
          Math.max(0, row.lines - 1) * LINE +
          (this._narrow ? OWN_LINE : 0) +
          (row.more === '' ? 0 : OWN_LINE)
        );
      case 'failure':
        return height + (row.lines - 1) * LINE;
      default:
        return height;
    }
  }

  private _spanAt(index: number): ISpan | undefined {
    let low = 0;
    let high = this._spans.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this._spans[middle].start <= index) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return index >= 0 && index < this._length ? this._spans[low] : undefined;
  }

  private readonly _spans: ISpan[] = [];
  private readonly _narrow: boolean;
  private _length = 0;
}

interface ISpan {
  readonly start: number;
  readonly count: number;
  readonly row: Row | null;
  /** The transfer whose files these are. */
  readonly files: string | null;
  make(index: number): Row;
}

/**
 * How many of the files that are being copied have a row: always as many, and
 * none where they are so small that they would only flicker.
 */
function slotsOf({ state, files, bytes, elsewhere }: ITransfer): number {
  return state === 'running' &&
    !elsewhere &&
    files.total > 1 &&
    bytes.total / files.total >= LARGE
    ? Math.min(SOME, files.total)
    : 0;
}

/** Where transfers stand in the list. */
export interface IPlaces {
  readonly transfers: readonly ITransfer[];
  readonly sections: ReadonlyMap<string, Section>;
}

/**
 * Where transfers stand: each where it belongs or, while somebody is at the
 * list, where it was `before`, so that none goes away under the pointer.
 */
export function place(
  transfers: readonly ITransfer[],
  before: IPlaces | null
): IPlaces {
  const known = new Map(before?.transfers.map(({ id }, i) => [id, i]) ?? []);
  const rank = ({ id }: ITransfer) => known.get(id) ?? known.size;
  return {
    transfers: [...transfers].sort((a, b) => rank(a) - rank(b)),
    sections: new Map(
      transfers.map(one => [
        one.id,
        before?.sections.get(one.id) ?? sectionOf(one)
      ])
    )
  };
}

namespace Private {
  export function widthOf(text: string): number {
    let width = 0;
    for (const letter of text) {
      width += LETTERS.find(([re]) => re.test(letter))?.[1] ?? LETTER;
    }
    return width;
  }
}
