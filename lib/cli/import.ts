import { parse } from 'node:path';
import { loadStudy } from '../api/define-study.js';
import { SHAC } from '../api/shac.js';
import { ShacError, show } from '../errors.js';
import { Progress } from '../observe/progress.js';
import { sqlite } from '../store/sqlite/sqlite-storage.js';
import type { Store } from '../store/store.js';
import { isFinished } from '../study/trial.js';
import { DEFAULT_DATABASE } from './default-database.js';
import { exitNow } from './exit.js';
import { Interrupt } from './interrupt.js';
import { continuation } from './place.js';
import { summary } from './summary.js';

/** The flags of `shac import`. */
export interface ImportFlags {
  db?: string;
  study?: string;
  from?: string;
  presort: boolean;
}

/**
 * `shac import`: makes a study from results that exist already; `shac run` goes on with it.
 *
 * @throws ERR_STUDY_EXISTS when there is a study of that name, and what `fitDataset` throws; nothing is kept then.
 */
export async function importStudy(file: string, studyFile: string, flags: ImportFlags): Promise<void> {
  const { space, options, fitOptions } = await loadStudy(studyFile);
  const place = flags.db ?? options.storage ?? DEFAULT_DATABASE;
  const storage = typeof place === 'string' ? sqlite(place) : place;
  const studyName = flags.study ?? options.studyName ?? parse(studyFile).name;
  if (await has(storage, studyName)) {
    throw new ShacError(
      'ERR_STUDY_EXISTS',
      `${storage.place} has a study ${show(studyName)} already; choose another name with --study, or delete it: ` +
        'shac studies delete',
    );
  }
  const search = await SHAC.open(space, { ...options, storage, studyName });
  const interrupt = new Interrupt();
  const progress = new Progress();
  const started = performance.now();
  let begun = false; // from then on the study is ours
  const onTrainBegin = () => {
    begun = true;
  };
  try {
    await search.fitDataset(file, {
      presort: flags.presort,
      ...(flags.from !== undefined && { studyName: flags.from }),
      ...(fitOptions.skipCvChecks !== undefined && { skipCvChecks: fitOptions.skipCvChecks }),
      callbacks: [progress, { onTrainBegin }],
      signal: interrupt.signal,
    });
  } catch (error) {
    // Half of the results would look like all of them to the run that goes on.
    if (begun) await storage.deleteStudy(studyName);
    if (interrupt.exitCode === undefined) throw error;
    console.error(`shac: ${interrupt.signal.reason.message}; nothing is imported`);
    await exitNow(interrupt.exitCode);
  } finally {
    progress.stop();
    interrupt.dispose();
  }
  await search.close();
  console.log(summary({ search, seconds: (performance.now() - started) / 1000, interrupted: false }));
  if (search.trials.filter(isFinished).length < search.budget.totalBudget) {
    const names = [...flagOf('--db', flags.db), ...flagOf('--study', flags.study)];
    console.error(`study ${show(studyName)} is in ${storage.place}; to go on:`);
    console.error(`  ${continuation(['run', studyFile, ...names])}`);
  }
}

async function has(storage: Store, studyName: string): Promise<boolean> {
  return (await storage.studies()).some(({ name }) => name === studyName);
}

function flagOf(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [name, value];
}
