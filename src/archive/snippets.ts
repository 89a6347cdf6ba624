import {
  describeKey,
  httpsUrl,
  mastUri,
  s3Uri,
  type Kind,
  type Mission
} from '../missions';
import type { IArchiveInfo } from '../tokens';

/**
 * Python code that reads objects of the archive, with placeholders:
 *
 * - `{{uri}}`, `{{key}}`, `{{name}}`, `{{bucket}}`, `{{url}}`, `{{mast_uri}}`:
 *   of the first object, as Python strings; `name` can name a local file
 * - `{{uris}}`, `{{keys}}`, `{{names}}`, `{{urls}}`, `{{mast_uris}}`: of all
 *   of them, as a Python list
 * - `{{files}}`: a dict from every key to the name of a local file, no two
 *   alike
 * - `{{fsspec_kwargs}}`: a dict for fsspec to read parts of a file
 *   (`fits.open(…, fsspec_kwargs=…)`), `{{fsspec_whole}}`: to read all of it
 * - `{{storage_options}}`: the same, access alone (pandas), and
 *   `{{fsspec_args}}` as arguments of a call (`fsspec.open(uri, …)`)
 * - `{{boto3_client}}`: `boto3.client("s3", …)`, which needs
 *   `{{boto3_imports}}` on a line of its own; `{{boto3_kwargs}}`: its
 *   arguments as a dict
 *
 * Where it makes a line longer than 79 columns, a list or a dict is written
 * one item a line.
 */
export interface ITemplate {
  readonly id: string;
  readonly title: string;
  /** What it can read; empty for everything. */
  readonly kinds: readonly Kind[];
  /** Ends of file names that it can read; empty for all. */
  readonly extensions: readonly string[];
  /** The missions whose products it can read; empty or absent for all. */
  readonly missions?: readonly Mission[];
  /** Code for one object. */
  readonly one: string;
  /** Code for several; without it, `one` is repeated for each. */
  readonly many?: string;
}

/**
 * Whether a template can read an object. Code that goes through fsspec cannot
 * read all keys ({@link reachable}), and a `mast:` URI is not known of all.
 */
export function fits(template: ITemplate, key: string): boolean {
  const name = key.toLowerCase();
  const product = describeKey(key);
  const code = template.one + (template.many ?? '');
  return (
    (template.kinds.length === 0 || template.kinds.includes(product.kind)) &&
    (template.extensions.length === 0 ||
      template.extensions.some(end => name.endsWith(end.toLowerCase()))) &&
    (!template.missions?.length ||
      (product.mission !== null &&
        template.missions.includes(product.mission))) &&
    (!/\{\{(?:fsspec_\w+|storage_options)\}\}/.test(code) || reachable(key)) &&
    (!/\{\{mast_uris?\}\}/.test(code) || mastUri(key) !== null)
  );
}

/**
 * Whether `fsspec.open('s3://bucket/' + key)` opens this very object: fsspec
 * drops slashes at the end, chains file systems at `::`, and s3fs takes
 * `?versionId=` for a version. Everything else it reads literally, `*`, `?`,
 * `[`, `#`, `%`, `//` and `..` too (tests/snippets runs them all).
 */
export function reachable(key: string): boolean {
  return (
    !key.endsWith('/') && !key.includes('::') && !key.includes('?versionId=')
  );
}

/** The templates that can read all of these objects, in their order. */
export function templatesFor(
  templates: readonly ITemplate[],
  keys: readonly string[]
): readonly ITemplate[] {
  return templates.filter(template => keys.every(key => fits(template, key)));
}

/**
 * The code of a template for some objects of an archive.
 *
 * @param keys - At least one key.
 */
export function fill(
  template: ITemplate,
  info: IArchiveInfo,
  keys: readonly string[]
): string {
  if (keys.length > 1 && template.many === undefined) {
    return keys.map(key => fill(template, info, [key])).join('\n\n');
  }
  const code =
    keys.length > 1 && template.many !== undefined
      ? template.many
      : template.one;
  const values = Private.values(info, keys);
  return code
    .split('\n')
    .map(line => Private.line(line, values))
    .join('\n');
}

/**
 * A Python string literal. JSON's escapes are Python's too. Characters that
 * cannot be seen, or that change how the text around them looks, are escaped;
 * so are lone surrogates.
 */
export function pythonString(text: string): string {
  return JSON.stringify(text).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, c => {
    const code = c.codePointAt(0)!;
    return code > 0xffff
      ? `\\U${code.toString(16).padStart(8, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** A Python list of strings, one a line when there are several. */
export function pythonList(texts: readonly string[]): string {
  return Private.layOut(Private.list(texts), texts.length > 1, '');
}

/**
 * A name for a local file: the last part of the key, unless that names no
 * file; its last 200 bytes, because file systems end at 255.
 */
export function localName(key: string): string {
  const base = key.slice(key.lastIndexOf('/') + 1);
  const name = /^\.{0,2}$/.test(base)
    ? key.replace(/\//g, '_').replace(/^\.*/, '_')
    : base;
  const characters = Array.from(name.replace(/\0/g, '_'));
  let bytes = 0;
  let start = characters.length;
  while (start > 0) {
    bytes += new TextEncoder().encode(characters[start - 1]).length;
    if (bytes > 200) {
      break;
    }
    start--;
  }
  return characters.slice(start).join('');
}

namespace Private {
  /** The longest line that PEP 8 allows. */
  const WIDTH = 79;

  /** Something in brackets that may be written one item a line. */
  export interface IGroup {
    readonly open: string;
    readonly items: readonly string[];
    readonly close: string;
    /** Never in one line. */
    readonly tall?: boolean;
  }

  type Value = string | IGroup;
  type Pairs = readonly (readonly [string, string | null])[];

  export function values(
    info: IArchiveInfo,
    keys: readonly string[]
  ): ReadonlyMap<string, Value> {
    const access: Pairs = [
      ['anon', info.access === 'anonymous' ? 'True' : 'False'],
      ['endpoint_url', info.endpoint && pythonString(info.endpoint)],
      [
        'client_kwargs',
        // Of the default region nothing need be said.
        info.region === 'us-east-1' || info.region === ''
          ? null
          : `{"region_name": ${pythonString(info.region)}}`
      ]
    ];
    const client: Pairs = [
      ['region_name', info.region === '' ? null : pythonString(info.region)],
      ['endpoint_url', info.endpoint && pythonString(info.endpoint)],
      [
        'config',
        info.access === 'anonymous'
          ? 'Config(signature_version=UNSIGNED)'
          : null
      ]
    ];
    const out = new Map<string, Value>([
      ['bucket', pythonString(info.bucket)],
      ['storage_options', dict(access)],
      ['fsspec_args', { open: '', items: args(access), close: '' }],
      // Measured: docs/snippets.md.
      [
        'fsspec_kwargs',
        dict([...access, ['default_block_size', '512 * 1024']])
      ],
      ['fsspec_whole', dict([...access, ['default_cache_type', '"all"']])],
      ['boto3_kwargs', dict(client)],
      [
        'boto3_client',
        { open: 'boto3.client(', items: ['"s3"', ...args(client)], close: ')' }
      ],
      [
        'boto3_imports',
        info.access === 'anonymous'
          ? 'import boto3\nfrom botocore import UNSIGNED\nfrom botocore.config import Config'
          : 'import boto3'
      ],
      [
        'files',
        {
          ...dict(
            names(keys).map((name, i) => [keys[i], pythonString(name)] as const)
          ),
          tall: keys.length > 1
        }
      ]
    ]);
    const of: Record<string, (key: string) => string> = {
      uri: key => s3Uri(info.bucket, key),
      key: key => key,
      name: localName,
      url: key => httpsUrl(info.bucket, key, info),
      mast_uri: key => mastUri(key) ?? s3Uri(info.bucket, key)
    };
    for (const [name, value] of Object.entries(of)) {
      out.set(name, pythonString(value(keys[0])));
      out.set(`${name}s`, {
        ...list(keys.map(value)),
        tall: keys.length > 1
      });
    }
    return out;
  }

  /** One line of a template with its placeholders filled, in one pass. */
  export function line(
    text: string,
    values: ReadonlyMap<string, Value>
  ): string {
    const indent = /^ */.exec(text)![0];
    const parts = text
      .split(/(\{\{\w+\}\})/)
      .map(part => values.get(/^\{\{(\w+)\}\}$/.exec(part)?.[1] ?? '') ?? part);
    const write = (tall: boolean) =>
      parts.reduce<string>(
        (before, part) =>
          typeof part === 'string'
            ? before + part.replace(/\n/g, `\n${indent}`)
            : part.open === ''
              ? before + hang(part, tall, before)
              : before + layOut(part, tall || part.tall === true, indent),
        ''
      );
    const short = write(false);
    return short.split('\n').some(one => Array.from(one).length > WIDTH)
      ? write(true)
      : short;
  }

  /** A group in one line, or one item a line. */
  export function layOut(
    { open, items, close }: IGroup,
    tall: boolean,
    indent: string
  ): string {
    return tall && items.length > 0
      ? `${open}\n${items.map(item => `${indent}    ${item},\n`).join('')}${indent}${close}`
      : `${open}${items.join(', ')}${close}`;
  }

  /** Arguments in one line, or below each other behind the bracket. */
  function hang({ items }: IGroup, tall: boolean, before: string): string {
    const column = before.lastIndexOf('(') - before.lastIndexOf('\n');
    return items.join(tall ? `,\n${' '.repeat(column)}` : ', ');
  }

  export function list(texts: readonly string[]): IGroup {
    return { open: '[', items: texts.map(pythonString), close: ']' };
  }

  function given(pairs: Pairs): readonly (readonly [string, string])[] {
    return pairs.filter(
      (pair): pair is readonly [string, string] => pair[1] !== null
    );
  }

  function dict(pairs: Pairs): IGroup {
    return {
      open: '{',
      items: given(pairs).map(
        ([name, value]) => `${pythonString(name)}: ${value}`
      ),
      close: '}'
    };
  }

  function args(pairs: Pairs): readonly string[] {
    return given(pairs).map(([name, value]) => `${name}=${value}`);
  }

  /** Names of local files, no two alike, also where case does not count. */
  function names(keys: readonly string[]): readonly string[] {
    const used = new Set<string>();
    return keys.map(key => {
      const name = localName(key);
      let free = name;
      for (let n = 2; used.has(free.toLowerCase()); n++) {
        free = `${n}_${name}`;
      }
      used.add(free.toLowerCase());
      return free;
    });
  }
}
