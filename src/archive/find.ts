import type { TranslationBundle } from '@jupyterlab/translation';
import { ArchiveError } from './errors';
import type { ArchiveModel } from './model';
import { nearestPlace } from './resolve';
import type { ArchiveService } from './service';

/**
 * Lead the panel to what a text means, as if typed into "Go to".
 *
 * @param archive - The id of the archive that is meant; else any.
 * @throws ArchiveError when nothing is found there; then the nearest folder is
 *   shown.
 */
export async function find(
  text: string,
  archive: string | null,
  service: ArchiveService,
  model: ArchiveModel,
  trans: TranslationBundle
): Promise<void> {
  const current = service.meant(archive);
  const found = await service.locate(text, archive);
  if (found !== null) {
    await model.goTo(found);
    return;
  }
  const archives = archive === null ? service.archives : [current];
  const nearest = nearestPlace(text, current, archives);
  if (nearest !== null) {
    await model.goTo(nearest);
  }
  throw new ArchiveError(
    'not-found',
    trans.__('Nothing found for "%1" in %2.', text, current.title)
  );
}
