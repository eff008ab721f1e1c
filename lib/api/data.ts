import type { DatasetRow } from '../exchange/csv.js';
import type { ImportedSearch } from '../exchange/imported.js';
import type { KeptStudy } from '../run/kept-study.js';
import type { Serial } from '../run/serial.js';
import type { ParamsOf, SearchSpace, SpaceDefinition } from '../space/index.js';
import type { Direction } from '../study/direction.js';
import { text } from '../validate.js';
import type { ResolvedDataset, resolveImportOptions } from './call-options.js';

/** The rows of a data set. What reads files is loaded when it is needed. */
export async function datasetRows<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  source: string | readonly DatasetRow<ParamsOf<D>>[],
  options: ResolvedDataset & { readonly objective: Direction },
): Promise<readonly DatasetRow<ParamsOf<D>>[]> {
  const { loadDataset } = await import('../exchange/dataset.js');
  return loadDataset(space, source, options);
}

/** The trials of another study that fit a space, and how many do not, by the reason. */
export async function fittingRows<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  source: ImportedSearch | string,
  options: ReturnType<typeof resolveImportOptions> & { readonly objective: Direction },
) {
  const { fittingTrials } = await import('../exchange/imported.js');
  return fittingTrials(space, source, options);
}

/** Replaces a study by one of a directory. @param refuse Throws while the study must not change. */
export async function restoreFrom<D extends SpaceDefinition>(
  dir: string,
  kept: KeptStudy<D>,
  calls: Serial,
  refuse: () => void,
): Promise<void> {
  refuse();
  text('dir', dir);
  const { readStudy } = await import('../exchange/directory/restore.js');
  const { snapshot, settings } = await readStudy(kept.study, dir);
  refuse(); // since it was read
  await kept.hold(() =>
    calls.run(async () => {
      kept.replace(snapshot, settings);
      await kept.save();
    }),
  );
}
