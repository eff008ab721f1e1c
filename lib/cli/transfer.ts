import type { Command } from 'commander';
import { DEFAULT_DATABASE } from './default-database.js';
import type { ExportFlags } from './export.js';
import type { ImportFlags } from './import.js';
import type { Output } from './output.js';

/** Adds the commands that move studies from one program to another. */
export function addTransferCommands(program: Command, output: Output): void {
  program
    .command('export')
    .description('write a study for other programs; also while a search writes to it')
    .argument('[out]', 'the file or directory, which must not be there yet (default: standard output)')
    .option('--db <file>', 'the SQLite file that holds the study; also one of Optuna', DEFAULT_DATABASE)
    .option('--study <name>', 'which study (default: the only one)')
    .option('--csv', "PySHAC's data set: id, one column a param, scores")
    .option('--jsonl', 'one JSON object a trial, with all that is known of it')
    .option('--optuna-journal', "a file of Optuna's JournalStorage")
    .option('--dir', "a directory in PySHAC's layout, with the classifiers, as saveData writes it")
    .option('--snapshot', 'a copy of the whole database in one file, for readers that cannot follow a write-ahead log')
    .action(async (out: string | undefined, flags: ExportFlags) => {
      const { exportStudy } = await import('./export.js');
      await exportStudy(out, flags, output);
    });

  program
    .command('import')
    .description("make a study of a study file's space from results that exist already")
    .argument('<file>', "PySHAC's CSV, JSONL, or an SQLite file or journal of Optuna")
    .argument('<study>', 'the study file; shac run goes on with it')
    .option('--db <file>', "the SQLite file to make the study in (default: the study's storage, else shac.db)")
    .option('--study <name>', "the new study's name, instead of the study file's")
    .option('--from <name>', 'which study of an Optuna file (default: the only one)')
    .option('--fitting', 'leave out results that do not fit the space of the study file, and say how many')
    .option('--missing <json>', 'the same, with values in a JSON file for params that the results lack')
    .option('--no-presort', 'learn in the order of the file instead of from the worst results first')
    .action(async (file: string, study: string, flags: ImportFlags) => {
      const { importStudy } = await import('./import.js');
      await importStudy(file, study, flags, output);
    });
}
