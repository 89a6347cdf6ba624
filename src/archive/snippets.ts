import { describeKey, httpsUrl, mastUri, s3Uri, type Kind } from '../missions';
import type { IArchiveInfo } from '../tokens';
import { baseName } from './rows';

/**
 * Python code that reads objects of the archive, with placeholders:
 *
 * - `{{uri}}`, `{{key}}`, `{{name}}`, `{{bucket}}`, `{{url}}`, `{{mast_uri}}`:
 *   of the first object, as Python strings
 * - `{{uris}}`, `{{keys}}`, `{{names}}`, `{{urls}}`, `{{mast_uris}}`: of all
 *   of them, as a Python list
 * - `{{fsspec_kwargs}}`: how fsspec and s3fs reach this archive, as a dict
 * - `{{boto3_kwargs}}`: how `boto3.client("s3", **…)` does
 */
export interface ITemplate {
  readonly id: string;
  readonly title: string;
  /** What it can read; empty for everything. */
  readonly kinds: readonly Kind[];
  /** Ends of file names that it can read; empty for all. */
  readonly extensions: readonly string[];
  /** Code for one object. */
  readonly one: string;
  /** Code for several; without it, `one` is repeated for each. */
  readonly many?: string;
}

/** Whether a template can read an object. */
export function fits(template: ITemplate, key: string): boolean {
  const name = key.toLowerCase();
  return (
    (template.kinds.length === 0 ||
      template.kinds.includes(describeKey(key).kind)) &&
    (template.extensions.length === 0 ||
      template.extensions.some(end => name.endsWith(end)))
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
    keys.length > 1 && template.many !== undefined ? template.many : template.one;
  const of = {
    uri: (key: string) => s3Uri(info.bucket, key),
    key: (key: string) => key,
    name: (key: string) => baseName(key) || key,
    url: (key: string) => httpsUrl(info.bucket, key, info),
    mast_uri: (key: string) => mastUri(key) ?? s3Uri(info.bucket, key)
  };
  const values: Record<string, string> = {
    bucket: pythonString(info.bucket),
    fsspec_kwargs: Private.fsspec(info),
    boto3_kwargs: Private.boto3(info)
  };
  for (const [name, value] of Object.entries(of)) {
    values[name] = pythonString(value(keys[0]));
    values[`${name}s`] = pythonList(keys.map(value));
  }
  return code.replace(/\{\{(\w+)\}\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? values[name] : whole
  );
}

/**
 * A Python string literal. JSON's escapes are Python's too; lone surrogates
 * become `\ud…`, which Python reads as well.
 */
export function pythonString(text: string): string {
  return JSON.stringify(text);
}

/** A Python list of strings, one a line when there are several. */
export function pythonList(texts: readonly string[]): string {
  return texts.length === 1
    ? `[${pythonString(texts[0])}]`
    : `[\n${texts.map(text => `    ${pythonString(text)},`).join('\n')}\n]`;
}

namespace Private {
  export function fsspec(info: IArchiveInfo): string {
    return dict([
      ['anon', info.access === 'anonymous' ? 'True' : 'False'],
      ['endpoint_url', info.endpoint === null ? null : pythonString(info.endpoint)],
      // Measured: see docs/snippets.md.
      ['default_block_size', '1_000_000'],
      ['default_cache_type', '"readahead"']
    ]);
  }

  export function boto3(info: IArchiveInfo): string {
    return dict([
      ['region_name', pythonString(info.region)],
      ['endpoint_url', info.endpoint === null ? null : pythonString(info.endpoint)],
      [
        'config',
        info.access === 'anonymous' ? 'Config(signature_version=UNSIGNED)' : null
      ]
    ]);
  }

  function dict(items: readonly (readonly [string, string | null])[]): string {
    return `{${items
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `"${name}": ${value}`)
      .join(', ')}}`;
  }
}
