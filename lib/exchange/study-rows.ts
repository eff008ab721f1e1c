import { ShacRangeError, show } from '../errors.js';
import { LEVELS, type Parameter, type ParamsOf, type SearchSpace, type SpaceDefinition } from '../space/index.js';
import type { Direction } from '../study/direction.js';
import type { DatasetRow } from './csv.js';
import { customValue, OwnSpace } from './own-space.js';
import type { ExchangeStudy, ExchangeTrial } from './study.js';

/**
 * The finished trials of a study as rows: COMPLETE ones with a finite value, and as failed evaluations those that failed,
 * were pruned or are infinite, unless they lack a param of the space or have a value outside it.
 *
 * @throws ERR_DATASET_MISMATCH for a study of the other direction, and, naming trial and column, for a COMPLETE trial
 *   that does not fit the space.
 */
export async function studyRows<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  study: ExchangeStudy,
  objective: Direction,
  file: string,
): Promise<DatasetRow<ParamsOf<D>>[]> {
  const own = new OwnSpace(study);
  const rows: DatasetRow<ParamsOf<D>>[] = [];
  for await (const { trial, value } of finishedTrials(study, objective, file)) {
    try {
      rows.push({ params: paramsOf(space, trial, own), value });
    } catch (cause) {
      if (value === null) continue;
      const message = `trial ${trial.number} of ${placeOf(study, file)}: ${(cause as Error).message}`;
      throw new ShacRangeError('ERR_DATASET_MISMATCH', message, { cause });
    }
  }
  return rows;
}

/**
 * The finished trials of a study; a value of null is a failed evaluation.
 *
 * @throws ERR_DATASET_MISMATCH for a study of the other direction.
 */
export async function* finishedTrials(
  study: ExchangeStudy,
  objective: Direction,
  file: string,
): AsyncGenerator<{ readonly trial: ExchangeTrial; readonly value: number | null }> {
  if (study.objective !== undefined && study.objective !== objective) {
    const own = show(study.objective);
    const message = `the objective of ${placeOf(study, file)} is ${own}, that of this study ${show(objective)}`;
    throw new ShacRangeError('ERR_DATASET_MISMATCH', message);
  }
  for await (const trial of study.trials()) {
    if (trial.state === 'RUNNING' || trial.state === 'WAITING') continue;
    yield { trial, value: trial.state === 'COMPLETE' && Number.isFinite(trial.value) ? trial.value : null };
  }
}

function placeOf({ name }: ExchangeStudy, file: string): string {
  return `the study ${show(name)} in ${file}`;
}

/** @throws when they are not in the space. */
function paramsOf<D extends SpaceDefinition>(space: SearchSpace<D>, trial: ExchangeTrial, own: OwnSpace): ParamsOf<D> {
  const unknown = [...trial.params.keys()].find((column) => !space.columns.includes(column));
  if (unknown !== undefined) {
    throw new RangeError(
      `it has the param ${show(unknown)}, which is not in the space, whose columns are ${space.columns.join(', ')}`,
    );
  }
  const values = space.coordinates.map(({ column, parameter }, i) => {
    const param = trial.params.get(column);
    if (param === undefined && space.conditions[i] !== null) return undefined;
    if (param === undefined) throw new RangeError(`it has no param ${show(column)}`);
    if (parameter.kind !== 'custom') return own.valueOf(column, param);
    const known = customValue(trial, column);
    return known === undefined ? valueAt(parameter, param.stored.real) : known.value;
  });
  const params = space.fromValues(values);
  space.encode(params);
  return params;
}

/** The value of a custom parameter at a place in [0, 1], where another program chose the place. */
export function valueAt(parameter: Parameter<unknown>, place: number): unknown {
  const code = Math.min(LEVELS - 1, Math.max(0, Math.floor(place * LEVELS)));
  return parameter.decode(code, Math.min(1 - 2 ** -53, Math.max(0, place * LEVELS - code)));
}
