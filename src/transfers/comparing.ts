import { FileSource } from '../ui/filesource';
import type { ICompareCommandOptions } from './comparecommand';
import { CompareModel } from './comparemodel';
import {
  showCompareDialog,
  type Decided
} from './components/CompareDialogWindow';
import type { ICopyRecord } from './types';

/** A copy, and the file that it is. */
interface ICompared {
  readonly archiveId: string;
  readonly copy: ICopyRecord;
  readonly path: string;
}

/** Compare a file of the workspace with what it is a copy of. */
export async function comparePath(
  path: string,
  options: ICompareCommandOptions
): Promise<Decided> {
  const { copied, trans } = options;
  await copied.load();
  const origin = copied.at(path);
  if (!origin) {
    throw new Error(trans.__('%1 was not copied from an archive.', path));
  }
  // What other capabilities know of a copy is a part of the record.
  return show(
    {
      archiveId: origin.archive,
      copy: origin.copy as ICopyRecord,
      path
    },
    options
  );
}

/** Compare the latest copy of an object that the file browser shows. */
export async function compareKey(
  archiveId: string,
  key: string,
  options: ICompareCommandOptions
): Promise<Decided> {
  const { archive, transfers, trans } = options;
  const etag = archive.selection.find(one => one.key === key)?.etag;
  const copies = (await transfers.copies(archiveId, key))
    .filter(copy => copy.key === key)
    .sort(
      (a, b) =>
        // One that the archive has replaced is what is worth comparing.
        Number(a.etag === etag) - Number(b.etag === etag) || b.time - a.time
    );
  const copy = copies.find(one => one.path !== null);
  if (copy === undefined || copy.path === null) {
    throw new Error(
      copies.length === 0
        ? trans.__('%1 is not in your workspace.', key)
        : trans.__(
            'Your copy %1 lies where the file browser cannot show it.',
            copies[0].absolute
          )
    );
  }
  return show({ archiveId, copy, path: copy.path }, options);
}

function show(
  { archiveId, copy, path }: ICompared,
  options: ICompareCommandOptions
): Promise<Decided> {
  const { archive, contents, serverSettings, transfers, trans, locale } =
    options;
  return showCompareDialog({
    model: new CompareModel({
      archive,
      archiveId,
      copy,
      path,
      contents,
      transfers,
      open: file => new FileSource(file, contents, serverSettings)
    }),
    trans,
    locale
  });
}
