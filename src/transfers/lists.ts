/**
 * Lists of files of archives, as CSV (RFC 4180): what a colleague needs to
 * have the same files to the byte.
 *
 * The first line names the columns: archive, key, size (bytes), etag (with
 * its quotes, as S3 gives it).
 */

/** One file of a list. */
export interface IListed {
  readonly archive: string;
  readonly key: string;
  /** Bytes; `null` where the list does not say. */
  readonly size: number | null;
  /** With its quotes; `''` where the list does not say. */
  readonly etag: string;
}

/**
 * Why a list cannot be read.
 */
export type ListProblem =
  | { readonly kind: 'no-header' }
  | {
      readonly kind: 'no-archive' | 'no-key' | 'size' | 'etag';
      readonly line: number;
    }
  | { readonly kind: 'quote'; readonly line: number };

/** A list that cannot be read. */
export class ListError extends Error {
  constructor(readonly problem: ListProblem) {
    super(problem.kind);
    this.name = 'ListError';
  }
}

const COLUMNS = ['archive', 'key', 'size', 'etag'] as const;

/**
 * The CSV text of a list, with CRLF at the end of every line.
 *
 * Source: https://www.rfc-editor.org/rfc/rfc4180
 */
export function writeList(files: Iterable<IListed>): string {
  const lines = [COLUMNS.join(',')];
  for (const { archive, key, size, etag } of files) {
    lines.push(
      [archive, key, size === null ? '' : String(size), etag]
        .map(Private.quoted)
        .join(',')
    );
  }
  return `${lines.join('\r\n')}\r\n`;
}

/**
 * Read the CSV text of a list. Columns may stand in any order, and there may
 * be others; lines may end as they like; a mark at the start is passed over.
 *
 * @throws ListError
 */
export function readList(text: string): IListed[] {
  const records = Private.records(text.replace(/^\ufeff/, ''));
  const [header, ...lines] = records;
  const names = (header?.fields ?? []).map(name => name.trim().toLowerCase());
  const at = (name: (typeof COLUMNS)[number]) => names.indexOf(name);
  if (at('archive') < 0 || at('key') < 0) {
    throw new ListError({ kind: 'no-header' });
  }
  return lines.map(({ fields, line }) => {
    const field = (name: (typeof COLUMNS)[number]) => fields[at(name)] ?? '';
    const archive = field('archive');
    const key = field('key');
    const size = field('size').trim();
    const etag = field('etag').trim();
    if (archive === '') {
      throw new ListError({ kind: 'no-archive', line });
    }
    if (key === '') {
      throw new ListError({ kind: 'no-key', line });
    }
    if (!/^\d*$/.test(size) || !Number.isSafeInteger(Number(size))) {
      throw new ListError({ kind: 'size', line });
    }
    if (etag !== '' && !Private.ETAG.test(etag)) {
      throw new ListError({ kind: 'etag', line });
    }
    return {
      archive,
      key,
      size: size === '' ? null : Number(size),
      etag
    };
  });
}

namespace Private {
  /**
   * An ETag, which S3's listings may have without its quotes.
   *
   * Source: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
   */
  export const ETAG = /^(?:(?:W\/)?"[!#-~\x80-\xff]*"|[!#-~\x80-\xff]+)$/;

  /** One line of the table: a quoted field may run over several of the file. */
  export interface IRecord {
    readonly fields: readonly string[];
    /** The line of the file that it begins on, from 1. */
    readonly line: number;
  }

  export function quoted(field: string): string {
    return /[",\r\n]|^\s|\s$/.test(field)
      ? `"${field.replace(/"/g, '""')}"`
      : field;
  }

  /** Lines without anything are passed over. */
  export function records(text: string): IRecord[] {
    const found: IRecord[] = [];
    // A field, and what ends it: a comma, the end of the line, of the text.
    const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y;
    let fields: string[] = [];
    let line = 1;
    let begun = 1;
    while (field.lastIndex < text.length || fields.length > 0) {
      const start = field.lastIndex;
      const match = field.exec(text);
      if (match === null) {
        throw new ListError({ kind: 'quote', line });
      }
      const [whole, inQuotes, plain, end] = match;
      fields.push(inQuotes?.replace(/""/g, '"') ?? plain);
      line += whole.match(/\r\n|\n|\r/g)?.length ?? 0;
      if (end !== ',') {
        if (fields.length > 1 || fields[0] !== '' || inQuotes !== undefined) {
          found.push({ fields, line: begun });
        }
        fields = [];
        begun = line;
        if (field.lastIndex >= text.length || field.lastIndex === start) {
          break;
        }
      }
    }
    return found;
  }
}
