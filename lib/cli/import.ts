import { readFileSync } from 'node:fs';
import { parse } from 'node:path';
import type { RunOptions } from '../api/call-options.js';
import { loadStudy } from '../api/define-study.js';
import type { ShacOptions } from '../api/options.js';
import { SHAC } from '../api/shac.js';
import { ShacError, ShacTypeError, show } from '../errors.js';
import { reasonsOf } from '../exchange/imported.js';
import { recognise } from '../exchange/source.js';
import { Progress } from '../observe/progress.js';
import type { SpaceDefinition } from '../space/index.js';
import { sqlite } from '../store/sqlite/sqlite-storage.js';
import type { Store } from '../store/store.js';
import { isFinished } from '../study/trial.js';
import { continuation } from './continuation.js';
import { DEFAULT_DATABASE } from './default-database.js';
import { exitNow } from './exit.js';
import { tellFailure } from './failure.js';
import { Interrupt } from './interrupt.js';
import { statusLine, tell } from './lines.js';
import type { Output } from './output.js';
import { summary } from './summary.js';

/** The flags of `shac import`. */
export interface ImportFlags {
  db?: string;
  study?: string;
  from?: string;
  presort: boolean;
  fitting?: true;
  missing?: string;
}

/**
 * `shac import`: makes a study from results that exist already; `shac run` goes on with it.
 *
 * @throws ERR_STUDY_EXISTS when there is a study of that name, and what `fitDataset` throws; nothing is kept then.
 */
export async function importStudy(file: string, studyFile: string, flags: ImportFlags, output: Output): Promise<void> {
  const progress = new Progress(statusLine);
  const pause = () => progress.stop();
  const more = ['nothing is imported; what is there of the study is to be deleted: shac studies delete'];
  const tellEnd = (error: ShacError) => {
    pause();
    tellFailure(error, output, { more });
  };
  const interrupt = new Interrupt({ subject: 'the study file', whatIsKept: more, pause, tellEnd }, output);
  const started = performance.now();
  let begun: Import | undefined;
  try {
    const study = await interrupt.orEnd(loadStudy(studyFile));
    const { storage, studyName } = await interrupt.orEnd(placeOf(study.options, studyFile, flags));
    const search = await interrupt.orEnd(SHAC.open(study.space, { ...study.options, storage, studyName }));
    const onTrainBegin = () => {
      begun = { storage, studyName }; // from then on the study is ours
    };
    const { skipCvChecks = false } = study.fitOptions;
    const callbacks = [progress, { onTrainBegin }];
    const skipped = await learn(search, file, flags, { skipCvChecks, callbacks, signal: interrupt.signal });
    pause();
    if (skipped !== undefined) tell(`shac: left out: ${skipped}`);
    await search.close();
    begun = undefined; // it is whole, and stays
    const seconds = (performance.now() - started) / 1000;
    if (!output.show(summary({ search, seconds, interrupted: false }))) return;
    if (search.trials.filter(isFinished).length < search.budget.totalBudget) {
      const names = [...flagOf('--db', flags.db), ...flagOf('--study', flags.study)];
      tell(`study ${show(studyName)} is in ${storage.place}; to go on:`);
      tell(`  ${continuation(['run', studyFile, ...names], ['--resume'])}`);
    }
  } catch (error) {
    pause();
    // Half of the results would look like all of them to the run that goes on.
    await begun?.storage.deleteStudy(begun.studyName);
    if (interrupt.exitCode === undefined) throw error;
    interrupt.hush();
    const { message } = interrupt.signal.reason;
    tellFailure(new ShacError('ERR_INTERRUPTED', `${message}; nothing is imported`), output);
    await exitNow(interrupt.exitCode);
  } finally {
    interrupt.dispose();
  }
}

/** @returns what was left out, in words; undefined when nothing was. */
async function learn(
  search: SHAC<SpaceDefinition>,
  file: string,
  { presort, from, fitting, missing }: ImportFlags,
  run: RunOptions,
): Promise<string | undefined> {
  const options = { ...run, presort, ...(from !== undefined && { studyName: from }) };
  if (!fitting && missing === undefined) {
    await search.fitDataset(file, options);
    return undefined;
  }
  const defaults = missing === undefined ? {} : readJson(missing);
  if ((await recognise(file)) === 'csv') throw needsWholeRows(file, fitting, missing);
  const { skipped } = await search.importFrom(file, { ...options, missing: defaults as never });
  return Object.keys(skipped).length === 0 ? undefined : reasonsOf(Object.entries(skipped));
}

/** The columns of a CSV are those of the space that it was written of. */
function needsWholeRows(file: string, fitting?: true, missing?: string): ShacTypeError {
  const given = [fitting && '--fitting', missing !== undefined && '--missing'].filter(Boolean).join(' and ');
  return new ShacTypeError(
    'ERR_INVALID_ARGUMENT',
    `${file} is CSV, which must have all columns of the space, and no others: leave ${given} out`,
  );
}

function readJson(file: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw new ShacError('ERR_FILE', `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

interface Import {
  readonly storage: Store;
  readonly studyName: string;
}

/** @throws ERR_STUDY_EXISTS */
async function placeOf(options: ShacOptions, studyFile: string, flags: ImportFlags): Promise<Import> {
  const place = flags.db ?? options.storage ?? DEFAULT_DATABASE;
  const storage = typeof place === 'string' ? sqlite(place) : place;
  const studyName = flags.study ?? options.studyName ?? parse(studyFile).name;
  if (!(await has(storage, studyName))) return { storage, studyName };
  throw new ShacError(
    'ERR_STUDY_EXISTS',
    `${storage.place} has a study ${show(studyName)} already; choose another name with --study, or delete it: ` +
      'shac studies delete',
  );
}

async function has(storage: Store, studyName: string): Promise<boolean> {
  return (await storage.studies()).some(({ name }) => name === studyName);
}

function flagOf(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [name, value];
}
