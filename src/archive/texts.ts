import type { TranslationBundle } from '@jupyterlab/translation';
import { httpsUrl, mastUri, s3Uri } from '../missions';
import type { IArchiveInfo, IChoice } from '../tokens';
import { CommandIDs } from './ids';
import {
  fill,
  pythonList,
  pythonString,
  templatesFor,
  type ITemplate
} from './snippets';

/** What is selected, and in which archive. */
export interface IChosen extends IChoice {
  readonly info: IArchiveInfo;
}

/**
 * The text that a command copies, by its id. An order that has one text for
 * each file, or folder, puts each on a line.
 *
 * @throws Error with a sentence when there is no such text for a file.
 */
export function textOf(
  command: string,
  chosen: IChosen,
  templates: readonly ITemplate[],
  trans: TranslationBundle
): string {
  const { info, objects, folders } = chosen;
  const keys = objects.map(({ key }) => key);
  const uris = keys.map(key => s3Uri(info.bucket, key));
  switch (command) {
    case CommandIDs.copyS3Uri:
      return [
        ...folders.map(prefix => s3Uri(info.bucket, prefix)),
        ...uris
      ].join('\n');
    case CommandIDs.copyHttpsUrl:
      return [...folders, ...keys]
        .map(key => httpsUrl(info.bucket, key, info))
        .join('\n');
    case CommandIDs.copyMastUri:
      return keys
        .map(key => {
          const uri = mastUri(key);
          if (uri === null) {
            throw new Error(trans.__('There is no MAST URI for %1.', key));
          }
          return uri;
        })
        .join('\n');
    case CommandIDs.copyPython: {
      const code = codeFor(chosen, templates);
      if (code === null) {
        throw new Error(
          trans.__('No code template reads all of these files together.')
        );
      }
      return code;
    }
    case CommandIDs.copyPythonString:
      return uris.length === 1 ? pythonString(uris[0]) : pythonList(uris);
    case CommandIDs.copyFileName:
      return keys.map(key => key.slice(key.lastIndexOf('/') + 1)).join('\n');
    default:
      throw new Error(`${command} copies no text.`);
  }
}

/**
 * Code that reads the files: by the template of that id, or by the first that
 * can. `null` when there is none.
 */
export function codeFor(
  { info, objects }: IChosen,
  templates: readonly ITemplate[],
  id?: unknown
): string | null {
  const keys = objects.map(({ key }) => key);
  const template = templatesFor(templates, keys).find(
    one => id === undefined || one.id === id
  );
  return template ? fill(template, info, keys) : null;
}
