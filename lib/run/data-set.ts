import { ShacError } from '../errors.js';
import type { DatasetRow } from '../exchange/csv.js';
import type { ParamsOf, SpaceDefinition } from '../space/index.js';
import { resultOf } from '../study/results.js';
import type { StudyView } from '../study/study.js';
import { isFinished, objectiveValue } from '../study/trial.js';
import { logParameters } from './batch-logs.js';
import type { Run } from './run.js';
import type { ResolvedRunOptions } from './run-options.js';

/** Learns from results that exist already, batch by batch. */
export async function fitRows<D extends SpaceDefinition>(
  run: Run<D>,
  rows: readonly DatasetRow<ParamsOf<D>>[],
  options: ResolvedRunOptions,
): Promise<void> {
  const { study, settings } = run;
  const { batchSize } = study.settings.budget;
  await run.between(async () => {
    // Of a data set that was stopped, whole batches are there; a training may be due.
    await run.train(options);
    if (run.stoppedEarly) return 'dataset';
    const begun = Math.floor(study.trials.length / batchSize);
    for (let batch = begun; batch * batchSize < rows.length && !run.stoppedEarly; batch++) {
      options.signal?.throwIfAborted();
      const logs = run.newLogs();
      await settings.watchers.tell({ type: 'batchBegan', batch, logs });
      addRows(run, rows.slice(study.trials.length, (batch + 1) * batchSize));
      await settings.kept.save();
      logParameters(study, batch, logs);
      await run.endBatch(batch, logs, options);
    }
    return 'dataset';
  });
}

/**
 * Makes sure that the trials are the first of these rows: a data set that was stopped goes on.
 *
 * @throws ERR_STUDY_BUSY
 */
export function requireBeginning<D extends SpaceDefinition>(
  study: StudyView<D>,
  rows: readonly DatasetRow<ParamsOf<D>>[],
): void {
  if (isBeginningOf(study, rows)) return;
  const message = `the study has ${study.trials.length} trials already, which are not those of the data set; make a new SHAC for it`;
  throw new ShacError('ERR_STUDY_BUSY', message);
}

function isBeginningOf<D extends SpaceDefinition>(
  { space, trials }: StudyView<D>,
  rows: readonly DatasetRow<ParamsOf<D>>[],
): boolean {
  const textOf = (params: ParamsOf<D>) => space.toText(params).join('\0');
  return trials.every((trial, i) => {
    const row = rows[i];
    return isFinished(trial) && row?.value === objectiveValue(trial) && textOf(row.params) === textOf(trial.params);
  });
}

function addRows<D extends SpaceDefinition>({ study }: Run<D>, rows: readonly DatasetRow<ParamsOf<D>>[]): void {
  const first = study.trials.length;
  const candidates = rows.map(({ params }) => study.candidate(params));
  study.record({ type: 'drawn', batch: undefined, candidates });
  study.record({ type: 'issued', count: rows.length });
  rows.forEach(({ value }, i) => {
    study.record(resultOf(first + i, value ?? { error: 'no value in the data set' }, { attempts: 1 }));
  });
}
