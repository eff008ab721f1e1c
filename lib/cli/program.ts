import { Command, InvalidArgumentError, Option } from 'commander';
import { IF_EXISTS } from '../api/if-exists.js';
import { EVALUATOR_BACKENDS } from '../dispatch/backends.js';
import { PRESETS } from '../study/presets.js';
import { DEFAULT_DATABASE } from './default-database.js';
import type { Output } from './output.js';
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

/**
 * Runs a command line.
 *
 * @param version What `--version` prints.
 * @param args Those after the name of the program.
 */
export async function runCommandLine(version: string, args: readonly string[], output: Output): Promise<void> {
  const program = new Command('shac')
    .description('Hyper-parameter search by Successive Halving and Classification')
    .version(version, '-V, --version', 'print the versions')
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
    .option('--enqueue <file>', 'evaluate the params of this JSON file first: an object, or an array of them')
    .option('--skip-cv-checks', 'take classifiers without the cross-validation check')
    .option('--early-stop', 'stop when a batch gives no classifier')
    .option('--relax-checks', 'let more classifiers reject when draws find nothing')
    .option('--json', 'print nothing on stdout but one JSON object with the result')
    .action(async (file: string, flags: RunFlags) => {
      const { runStudy } = await import('./run.js');
      await runStudy(file, flags, args, output);
    });
  addStudies(program, output);
  addLooking(program, output);
  addTransferCommands(program, output);
  program
    .command('build')
    .description('compile the native addon on this machine, where there is no package for its platform')
    .action(async () => (await import('./build.js')).buildAddon());

  await program.parseAsync(args, { from: 'user' });
}

interface DatabaseFlag {
  db: string;
}

/** `shac studies`, and what it can do with them. */
function addStudies(program: Command, output: Output): void {
  const studies = program
    .command('studies')
    .description('list, copy, rename, delete and unlock the studies of a database');
  const database = () => new Option('--db <file>', 'the SQLite file').default(DEFAULT_DATABASE);
  studies
    .command('list', { isDefault: true })
    .description('print what is there')
    .addOption(database())
    .option('--json', 'as JSON')
    .action(async (flags: { db: string; json?: true }) => (await import('./studies.js')).listStudies(flags, output));
  studies
    .command('copy')
    .description('copy a study, its classifiers and all')
    .argument('<study>')
    .argument('<name>', 'of the copy')
    .addOption(database())
    .action(async (from: string, to: string, flags: DatabaseFlag) =>
      (await import('./studies.js')).copyStudy(from, to, flags),
    );
  studies
    .command('rename')
    .description('give a study another name')
    .argument('<study>')
    .argument('<name>')
    .addOption(database())
    .action(async (from: string, to: string, flags: DatabaseFlag) =>
      (await import('./studies.js')).renameStudy(from, to, flags),
    );
  studies
    .command('delete')
    .description('delete a study for good')
    .argument('<study>')
    .addOption(database())
    .action(async (name: string, flags: DatabaseFlag) => (await import('./studies.js')).deleteStudy(name, flags));
  studies
    .command('unlock')
    .description(
      'free a study from a search that is dead, and looks alive; one that does live is ended by its next write',
    )
    .argument('<study>')
    .addOption(database())
    .action(async (name: string, flags: DatabaseFlag) =>
      (await import('./studies.js')).unlockStudy(name, flags, output),
    );
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
