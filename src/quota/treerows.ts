import type { RequestFailure } from '../rest/failure';
import type { IEntry, IFolder } from './types';
import { contentOf, restOf, type UsageRow } from './usagerows';

/** What rows are made of. */
export interface ITreeContent {
  folderOf(id: string): IFolder | null;
  failureOf(id: string): RequestFailure | null;
  sortedOf(id: string): readonly IEntry[];
  isExpanded(id: string): boolean;
}

/** The lines of a tree, top to bottom, with those of open folders. */
export function rowsOf(tree: ITreeContent): readonly UsageRow[] {
  const rows: UsageRow[] = [];
  if (tree.folderOf('') !== null) {
    add('', 1);
  }
  return rows;

  function add(folder: string, level: number): void {
    const known = tree.folderOf(folder);
    if (known === null) {
      const failure = tree.failureOf(folder);
      const row = {
        id: contentOf(folder),
        parent: folder,
        level,
        position: 1,
        siblings: 1
      };
      rows.push(
        failure === null
          ? { ...row, type: 'loading' }
          : { ...row, type: 'failure', message: failure.message }
      );
      return;
    }
    const entries = tree.sortedOf(folder);
    const rest = known.rest_allocated > 0 || known.rest_files > 0;
    const siblings = entries.length + (rest ? 1 : 0);
    entries.forEach((entry, i) => {
      const expanded = entry.folder && tree.isExpanded(entry.id);
      rows.push({
        type: 'entry',
        id: entry.id,
        parent: folder,
        level,
        position: i + 1,
        siblings,
        entry,
        expanded
      });
      if (expanded) {
        add(entry.id, level + 1);
      }
    });
    if (rest) {
      rows.push({
        type: 'rest',
        id: restOf(folder),
        parent: folder,
        level,
        position: siblings,
        siblings,
        allocated: known.rest_allocated,
        files: known.rest_files
      });
    }
  }
}
