#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { EVALUATOR_BACKENDS } from '../dispatch/backends.js';
import { PRESETS } from '../study/presets.js';
import { DEFAULT_DATABASE } from './default-database.js';
import { exitNow } from './exit.js';
import { tellFailure } from './failure.js';
import { tell } from './lines.js';
import { Output } from './output.js';
import type { RunFlags } from './run.js';
import type { LookFlags } from './show.js';
import { addTransferCommands } from './transfer.js';

/** Reads a flag's number; what it throws, commander shows with the name of the flag. */
function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    throw new InvalidArgumentError(`It must be a whole number ${range}.`);
  };
}

/** The command line. `args` are those after the name of the program. */
async function main(args: readonly string[], output: Output): Promise<void> {
  // Loaded here and not at the top, so that a missing addon is an error message like any other.
  const { addon } = await import('../native/addon.js');
  output.take(addon.takeOutput);
  tellWarnings();
  const [{ IF_EXISTS }, { runStudy }, studies] = await Promise.all([
    import('../api/options.js'),
    import('./run.js'),
    import('./studies.js'),
  ]);
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

  const program = new Command('shac')
    .description('Hyper-parameter search by Successive Halving and Classification')
    .version(`shac ${version} (XGBoost ${addon.xgboostVersion()})`, '-V, --version', 'print the versions')
    .configureOutput({
      writeOut: (text) => output.show(text.trimEnd()),
      outputError: (text, write) => write(text.replace(/^error: /, 'shac: ')),
    })
    .exitOverride();

  program
    .command('run')
    .description('run the search that a study file (.ts, .js, .mjs) defines, to its end')
    .argument('<study>', 'the file; its default export is defineStudy({ … })')
    .option('--budget <N>', "trials in all, instead of the study's totalBudget", wholeNumber(1))
    .option('--batches <M>', "batches, instead of the study's numBatches", wholeNumber(1))
    .addOption(
      new Option('--preset <name>', "the variant of the algorithm, instead of the study's (default: default)").choices(
        PRESETS,
      ),
    )
    .option('--seed <S>', "the seed, instead of the study's", wholeNumber(0))
    .option('--evaluators <n>', 'evaluations at once (default: cores, at most a batch)', wholeNumber(1, 256))
    .addOption(
      new Option(
        '--backend <where>',
        'where the objective is evaluated (default: inline; with an engine of the study, processes)',
      ).choices(EVALUATOR_BACKENDS),
    )
    .option('--async', 'let no evaluator wait for the slowest of its batch')
    .option('--generators <n>', 'threads that draw and train (default: cores)', wholeNumber(1, 256))
    .option('--db <file>', "keep the study in this SQLite file (default: the study's storage, else shac.db)")
    .option('--study <name>', "the study's name there (default: the study's own, else that of the file)")
    .addOption(
      new Option(
        '--if-exists <what>',
        'what becomes of a study of this name that is there, whatever its state',
      ).choices(IF_EXISTS),
    )
    .option('--resume', 'go on with the study that is there, and with no other')
    .option('--skip-cv-checks', 'take classifiers without the cross-validation check')
    .option('--early-stop', 'stop when a batch gives no classifier')
    .option('--relax-checks', 'let more classifiers reject when draws find nothing')
    .option('--json', 'print nothing on stdout but one JSON object with the result')
    .action((file: string, flags: RunFlags) => runStudy(file, flags, args, output));
  addStudies(program, studies, output);
  addLooking(program, output);
  addTransferCommands(program, output);

  await program.parseAsync(args, { from: 'user' });
}

type StudyCommands = typeof import('./studies.js');

/** `shac studies`, and what it can do with them. */
function addStudies(
  program: Command,
  { copyStudy, deleteStudy, listStudies, renameStudy, unlockStudy }: StudyCommands,
  output: Output,
): void {
  const studies = program
    .command('studies')
    .description('list, copy, rename, delete and unlock the studies of a database');
  const database = () => new Option('--db <file>', 'the SQLite file').default(DEFAULT_DATABASE);
  studies
    .command('list', { isDefault: true })
    .description('print what is there')
    .addOption(database())
    .option('--json', 'as JSON')
    .action((flags: { db: string; json?: true }) => listStudies(flags, output));
  studies
    .command('copy')
    .description('copy a study, its classifiers and all')
    .argument('<study>')
    .argument('<name>', 'of the copy')
    .addOption(database())
    .action(copyStudy);
  studies
    .command('rename')
    .description('give a study another name')
    .argument('<study>')
    .argument('<name>')
    .addOption(database())
    .action(renameStudy);
  studies
    .command('delete')
    .description('delete a study for good')
    .argument('<study>')
    .addOption(database())
    .action(deleteStudy);
  studies
    .command('unlock')
    .description(
      'free a study from a search that is dead, and looks alive; one that does live is ended by its next write',
    )
    .argument('<study>')
    .addOption(database())
    .action((name: string, flags: { db: string }) => unlockStudy(name, flags, output));
}

/** `shac show` and `shac best`. */
function addLooking(program: Command, output: Output): void {
  const looking = (name: string) =>
    program
      .command(name)
      .argument('[study]', 'its name in the database (default: the only one), or its study file')
      .option('--db <file>', 'the SQLite file that holds the study; also one of Optuna', DEFAULT_DATABASE)
      .option('--json', 'print nothing on stdout but one JSON object');
  looking('show')
    .description('show a study: how far it is, its parameters, its best and its newest trials')
    .action(async (name: string | undefined, flags: LookFlags) => {
      const { showStudy } = await import('./show.js');
      await showStudy(name, flags, output);
    });
  looking('best')
    .description('print the best trial of a study')
    .action(async (name: string | undefined, flags: LookFlags) => {
      const { showBest } = await import('./show.js');
      await showBest(name, flags, output);
    });
}

/** Whether the result is asked for as JSON; also of a command line that is wrong. */
function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).includes('--json');
}

/** The library's own warnings as messages of the program; that a search has nothing to do, the run says itself. */
function tellWarnings(): void {
  const listeners = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning: Error & { code?: string }) => {
    if (warning.name !== 'ShacWarning') for (const listener of listeners) listener(warning);
    else if (warning.code !== 'SHAC_NOTHING_TO_DO') tell(`shac: ${warning.message}`);
  });
}

const args = process.argv.slice(2);
const output = new Output(asksForJson(args));
try {
  await main(args, output);
} catch (error) {
  const code = error instanceof CommanderError ? error.exitCode : 1;
  if (code !== 0) tellFailure(error, output); // else it is the help that was asked for
  await exitNow(code);
}
