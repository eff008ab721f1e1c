import { parse } from 'node:path';
import { loadStudy, type Study } from '../api/define-study.js';
import { openSearch } from '../api/engines.js';
import type { ShacOptions } from '../api/options.js';
import type { SHAC } from '../api/shac.js';
import type { EvaluatorBackend } from '../dispatch/backends.js';
import type { Framework } from '../dispatch/dispatch-run.js';
import type { ObjectiveSource } from '../dispatch/registry.js';
import { ShacError, ShacRangeError, show } from '../errors.js';
import { Progress } from '../observe/progress.js';
import type { SpaceDefinition } from '../space/index.js';
import type { Preset } from '../study/presets.js';
import { isFinished } from '../study/trial.js';
import { exitNow } from './exit.js';
import { Interrupt } from './interrupt.js';
import { choosePlace, continuation, type Place, type PlaceFlags, rescue } from './place.js';
import { jsonResult, summary } from './summary.js';

type AnyStudy = Study<SpaceDefinition, Framework | undefined>;

/** The flags of `shac run`, checked one by one. */
export interface RunFlags extends PlaceFlags {
  budget?: number;
  batches?: number;
  preset?: Preset;
  seed?: number;
  evaluators?: number;
  backend?: EvaluatorBackend;
  async?: true;
  generators?: number;
  skipCvChecks?: true;
  earlyStop?: true;
  relaxChecks?: true;
  json?: true;
}

/**
 * `shac run`: runs a study file to its end and prints the result.
 *
 * @param args The command line, to tell how the run is continued.
 * After an interruption the process is ended here, since what is being evaluated would hold it.
 *
 * @throws what is wrong with the file, the flags or the run, after what is finished has been saved.
 */
export async function runStudy(file: string, flags: RunFlags, args: readonly string[]): Promise<void> {
  const study = await loadStudy(file);
  const { storage, studyName = parse(file).name } = study.options;
  const place = await choosePlace(flags, { storage, studyName });
  const search = await open(study, flags, place);
  if (place.note !== undefined) console.error(`shac: ${place.note}`);
  const interrupt = new Interrupt();
  const started = performance.now();
  try {
    await runSearch(search, study, file, flags, interrupt);
  } catch (error) {
    const { exitCode } = interrupt;
    if (search.trials.some(isFinished)) {
      if (!isLost(error)) tellKept(search, place, args);
      else console.error(`the trials that are finished are saved in ${await rescue(search)}`);
    }
    if (exitCode === undefined) throw error;
    console.error(`shac: ${interrupt.signal.reason.message}`);
    print(search, started, flags, true);
    await exitNow(exitCode);
  } finally {
    interrupt.dispose();
  }
  print(search, started, flags, false);
  if (!flags.json) await study.report?.(search);
}

/** The search, with the study's options but where a flag says otherwise. */
async function open(study: AnyStudy, flags: RunFlags, { storage, studyName }: Place): Promise<SHAC<SpaceDefinition>> {
  const options: ShacOptions = { ...study.options, storage, studyName };
  if (flags.budget !== undefined) options.totalBudget = flags.budget;
  if (flags.batches !== undefined) options.numBatches = flags.batches;
  if (flags.preset !== undefined) options.preset = flags.preset;
  if (flags.seed !== undefined) options.seed = flags.seed;
  const search = await openSearch(study.engine, study.space, options);
  // What is resumed goes on with the seed that it began with.
  if (flags.seed !== undefined && search.seed !== flags.seed) {
    throw new ShacRangeError(
      'ERR_RESTORE_MISMATCH',
      `--seed ${flags.seed} is not the seed of study ${show(studyName)} in ${storage.place}, which is ${search.seed}; leave --seed out, or begin another with --study`,
    );
  }
  if (flags.evaluators !== undefined) search.setNumParallelEvaluators(flags.evaluators);
  if (flags.generators !== undefined) search.setNumParallelGenerators(flags.generators);
  return search;
}

async function runSearch(
  search: SHAC<SpaceDefinition>,
  study: AnyStudy,
  file: string,
  { backend, async, skipCvChecks, earlyStop, relaxChecks }: RunFlags,
  interrupt: Interrupt,
): Promise<void> {
  const progress = new Progress();
  if (backend !== undefined) search.evaluatorBackend = backend;
  // Workers load the study file themselves: a function cannot be sent to them. Frameworks are looked for from there.
  const fromFile = search.evaluatorBackend !== 'inline' || study.engine !== undefined;
  const objective = fromFile && typeof study.evaluate === 'function' ? { module: file } : study.evaluate;
  try {
    await search.fit(objective as ObjectiveSource<Record<string, unknown>>, {
      ...study.fitOptions,
      ...(async && { batches: 'async' }),
      ...(skipCvChecks && { skipCvChecks }),
      ...(earlyStop && { earlyStop }),
      ...(relaxChecks && { relaxChecks }),
      callbacks: [progress, { onTrialEnd: () => interrupt.breathe() }],
      signal: interrupt.signal,
    });
  } finally {
    progress.stop();
  }
}

/** Whether the storage does not have what was found. */
function isLost(error: unknown): boolean {
  return error instanceof ShacError && ['ERR_STORAGE', 'ERR_STUDY_NOT_FOUND'].includes(error.code);
}

function tellKept(search: SHAC<SpaceDefinition>, place: Place, args: readonly string[]): void {
  const kept = search.trials.filter(isFinished).length;
  const { storage, studyName } = place;
  console.error(
    `${kept} of ${search.budget.totalBudget} trials are kept in ${storage.place}, study ${show(studyName)}; to continue:`,
  );
  console.error(`  ${continuation(args)}`);
}

function print(search: SHAC<SpaceDefinition>, started: number, { json }: RunFlags, interrupted: boolean): void {
  const end = { search, seconds: (performance.now() - started) / 1000, interrupted };
  console.log(json ? jsonResult(end) : summary(end));
}
