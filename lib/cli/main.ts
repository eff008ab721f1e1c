#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { EVALUATOR_BACKENDS } from '../dispatch/backends.js';
import { ShacError, ShacRangeError, ShacTypeError } from '../errors.js';
import { PRESETS } from '../study/presets.js';
import { DEFAULT_DATABASE } from './default-database.js';
import { exitNow } from './exit.js';
import type { RunFlags } from './run.js';
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
async function main(args: readonly string[]): Promise<void> {
  // Loaded here and not at the top, so that a missing addon is an error message like any other.
  const [{ addon }, { runStudy }, studies] = await Promise.all([
    import('../native/addon.js'),
    import('./run.js'),
    import('./studies.js'),
  ]);
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

  const program = new Command('shac')
    .description('Hyper-parameter search by Successive Halving and Classification')
    .version(`shac ${version} (XGBoost ${addon.xgboostVersion()})`, '-V, --version', 'print the versions')
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'shac: ')) })
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
    .option('--resume', 'go on with the study that is there, and with no other')
    .option('--skip-cv-checks', 'take classifiers without the cross-validation check')
    .option('--early-stop', 'stop when a batch gives no classifier')
    .option('--relax-checks', 'let more classifiers reject when draws find nothing')
    .option('--json', 'print nothing on stdout but one JSON object with the result')
    .action((file: string, flags: RunFlags) => runStudy(file, flags, args));
  addStudies(program, studies);
  addTransferCommands(program);

  await program.parseAsync(args, { from: 'user' });
}

type StudyCommands = typeof import('./studies.js');

/** `shac studies`, and what it can do with them. */
function addStudies(program: Command, { copyStudy, deleteStudy, listStudies, renameStudy }: StudyCommands): void {
  const studies = program.command('studies').description('list, copy, rename and delete the studies of a database');
  const database = () => new Option('--db <file>', 'the SQLite file').default(DEFAULT_DATABASE);
  studies
    .command('list', { isDefault: true })
    .description('print what is there')
    .addOption(database())
    .option('--json', 'as JSON')
    .action(listStudies);
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
}

/** What users can mend is told in one line; anything else is a fault, and needs its stack. */
function fail(error: unknown): Promise<never> {
  if (error instanceof CommanderError) return exitNow(error.exitCode); // commander printed it, or the help asked for
  const expected = [ShacError, ShacTypeError, ShacRangeError].some((kind) => error instanceof kind);
  console.error(expected ? `shac: ${(error as Error).message}` : error);
  return exitNow(1);
}

await main(process.argv.slice(2)).catch(fail);
