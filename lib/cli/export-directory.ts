import { existsSync } from 'node:fs';
import type { ShacOptions } from '../api/options.js';
import { SHAC } from '../api/shac.js';
import { ShacError, show } from '../errors.js';
import type { Sampler } from '../native/sampler.js';
import {
  discrete,
  flatDescription,
  integer,
  type MultiParameterDescription,
  multi,
  normal,
  type Parameter,
  type ParameterDescription,
  type SpaceDefinition,
  type SpaceDescription,
  uniform,
} from '../space/index.js';
import { sqlite } from '../store/sqlite/sqlite-storage.js';
import type { StudyIdentity } from '../study/identity.js';
import type { PresetOptions } from '../study/presets.js';

/**
 * Writes a study to a directory in PySHAC's layout, classifiers and all, as `saveData` does.
 *
 * @param identity What the database says of the study; undefined for one that another program made.
 * @throws ERR_FILE when `out` is there already, ERR_STORAGE for a study that cannot be opened without its study file.
 */
export async function saveDirectory(
  db: string,
  studyName: string,
  identity: StudyIdentity | undefined,
  out: string,
): Promise<void> {
  if (existsSync(out)) throw new ShacError('ERR_FILE', `${out} is there already; remove it, or choose another name`);
  if (identity === undefined) {
    throw new ShacError('ERR_STORAGE', `the study ${show(studyName)} is another program's; export it with --csv`);
  }
  const { budget, space, sampler, constraints = 0, growth: _, ...own } = identity as unknown as StoredIdentity;
  const { totalBudget, numBatches } = budget;
  const maxClassifiers = Math.max(1, budget.totalClassifiers); // there is none in a budget that is too small
  const storage = sqlite(db);
  try {
    const search = new SHAC(rebuilt(space, studyName), {
      ...own,
      sampler: sampler.method === 'exact' ? 'exact' : sampler,
      totalBudget,
      numBatches,
      maxClassifiers,
      constraints: Array.from({ length: constraints }, () => () => true), // only its study file has them; none is asked
      storage,
      studyName,
    });
    await search.saveData(out);
  } finally {
    storage.close();
  }
}

type StoredIdentity = Pick<ShacOptions, 'objective' | 'samplerMemory' | 'distinct'> & {
  [K in keyof PresetOptions]-?: NonNullable<PresetOptions[K]>;
} & {
  space: SpaceDescription;
  sampler: Sampler;
  constraints?: number;
  growth?: unknown;
  budget: { totalBudget: number; numBatches: number; totalClassifiers: number };
};

function rebuilt(space: SpaceDescription, studyName: string): SpaceDefinition {
  return Object.fromEntries(
    Object.entries(flatDescription(space)).map(([name, description]) => {
      const parameter = parameterOf(description.kind === 'multi' ? description.of : description);
      if (parameter === undefined) {
        throw new ShacError(
          'ERR_STORAGE',
          `the study ${show(studyName)} has the custom parameter ${show(name)}, whose functions only its study file has; ` +
            'call saveData there, or export it with --csv',
        );
      }
      return [name, description.kind === 'multi' ? multi(parameter, description.sampleCount) : parameter];
    }),
  );
}

function parameterOf(description: Exclude<ParameterDescription | MultiParameterDescription, { kind: 'multi' }>) {
  const { kind } = description;
  if (kind === 'custom') return undefined;
  if (kind === 'discrete') return discrete(description.values) as Parameter<unknown>;
  if (kind === 'normal') return normal(description.mean, description.std) as Parameter<unknown>;
  const make = kind === 'integer' ? integer : uniform;
  return make(description.min, description.max, { log: description.log, step: description.step }) as Parameter<unknown>;
}
