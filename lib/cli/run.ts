import { parse } from 'node:path';
import { loadStudy, type Study } from '../api/define-study.js';
import { openSearch } from '../api/engines.js';
import type { ShacOptions } from '../api/options.js';
import type { SHAC } from '../api/shac.js';
import type { EvaluatorBackend } from '../dispatch/backends.js';
import type { Framework } from '../dispatch/dispatch-run.js';
import type { ObjectiveSource } from '../dispatch/registry.js';
import type { Progress } from '../observe/progress.js';
import type { SpaceDefinition } from '../space/index.js';
import type { Preset } from '../study/presets.js';
import { takeBudget } from './budget.js';
import { exitNow } from './exit.js';
import { tellFailure, toJson } from './failure.js';
import { Interrupt } from './interrupt.js';
import { tell } from './lines.js';
import { cannotPrint, type Output } from './output.js';
import { choosePlace, type PlaceFlags } from './place.js';
import { RunReport } from './run-report.js';
import { enqueuePoints, readStartingPoints } from './starting-points.js';
import { resultOf, summary } from './summary.js';

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
  enqueue?: string;
  json?: true;
}

/**
 * `shac run`: runs a study file to its end and prints the result. A run that does not come to its end is told of here,
 * and ends the process, since what is being evaluated would hold it.
 *
 * @param args The command line, to tell how the run is continued.
 */
export async function runStudy(file: string, flags: RunFlags, args: readonly string[], output: Output): Promise<void> {
  const report = new RunReport(args, flags, output);
  const interrupt = new Interrupt(report, output);
  try {
    const study = await interrupt.orEnd(loadStudy(file));
    const points = flags.enqueue === undefined ? undefined : await readStartingPoints(flags.enqueue);
    report.subject = 'the storage';
    const { search, notes } = await interrupt.orEnd(open(study, file, flags, report));
    if (points !== undefined) await interrupt.orEnd(enqueuePoints(search, flags.enqueue as string, points));
    report.subject = 'the objective';
    interrupt.update();
    await runSearch(search, study, file, flags, { interrupt, progress: report.progress, notes });
    report.pause();
    const end = { search, seconds: report.seconds, interrupted: false };
    output.print(output.json ? toJson(resultOf(end)) : summary(end));
    if (output.lost !== undefined) throw cannotPrint(output.lost);
    interrupt.dispose();
    if (!output.json) await study.report?.(search);
  } catch (error) {
    await end(error, report, interrupt, output);
  } finally {
    interrupt.dispose();
  }
}

/** A run that did not come to its end is told of, and ends the process. */
async function end(error: unknown, report: RunReport, interrupt: Interrupt, output: Output): Promise<never> {
  const interrupted = interrupt.exitCode !== undefined;
  const failure = interrupted ? interrupt.signal.reason : error;
  report.pause();
  const details = await report.details(failure, interrupted);
  interrupt.hush();
  tellFailure(failure, output, details);
  if (details.summary !== undefined) output.show(details.summary);
  return exitNow(interrupt.exitCode ?? 1);
}

/** The search, with the study's options but where a flag says otherwise; and what the user should know of it. */
async function open(
  study: AnyStudy,
  file: string,
  flags: RunFlags,
  report: RunReport,
): Promise<{ search: SHAC<SpaceDefinition>; notes: string[] }> {
  const { storage, studyName = parse(file).name, ifExists } = study.options;
  const { budget: totalBudget = study.options.totalBudget } = flags;
  const place = await choosePlace(flags, { file, totalBudget, storage, studyName, ifExists });
  const options: ShacOptions = {
    ...study.options,
    storage: place.storage,
    studyName: place.studyName,
    ifExists: place.ifExists,
  };
  const budget = takeBudget(options, flags, place.stored);
  if (flags.preset !== undefined) options.preset = flags.preset;
  if (flags.seed !== undefined) options.seed = flags.seed;
  const search = await openSearch(study.engine, study.space, options);
  if (flags.evaluators !== undefined) search.setNumParallelEvaluators(flags.evaluators);
  if (flags.generators !== undefined) search.setNumParallelGenerators(flags.generators);
  report.opened(search, place);
  return { search, notes: [place.note, budget].filter((note) => note !== undefined) };
}

interface RunSurroundings {
  readonly interrupt: Interrupt;
  readonly progress: Progress;
  /** Told once the study is this run's: a run that is refused says that first. */
  readonly notes: readonly string[];
}

async function runSearch(
  search: SHAC<SpaceDefinition>,
  study: AnyStudy,
  file: string,
  { backend, async, skipCvChecks, earlyStop, relaxChecks }: RunFlags,
  { interrupt, progress, notes }: RunSurroundings,
): Promise<void> {
  if (backend !== undefined) search.evaluatorBackend = backend;
  // Workers load the study file themselves: a function cannot be sent to them. Frameworks are looked for from there.
  const fromFile = search.evaluatorBackend !== 'inline' || study.engine !== undefined;
  const objective = fromFile && typeof study.evaluate === 'function' ? { module: file } : study.evaluate;
  const onTrainBegin = () => {
    for (const note of notes) tell(`shac: ${note}`);
  };
  await search.fit(objective as ObjectiveSource<Record<string, unknown>>, {
    ...study.fitOptions,
    ...(async && { batches: 'async' }),
    ...(skipCvChecks && { skipCvChecks }),
    ...(earlyStop && { earlyStop }),
    ...(relaxChecks && { relaxChecks }),
    callbacks: [{ onTrainBegin }, progress, { onTrialEnd: () => interrupt.breathe() }],
    signal: interrupt.signal,
  });
}
