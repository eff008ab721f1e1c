import { createWriteStream, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ShacTypeError } from '../errors.js';
import { csvLines } from '../exchange/csv-writer.js';
import { cannotWrite } from '../exchange/files.js';
import { journalLines } from '../exchange/journal-writer.js';
import { jsonlLines } from '../exchange/jsonl-writer.js';
import { OptunaTables } from '../exchange/optuna-tables.js';
import type { ExchangeStudy } from '../exchange/study.js';
import { databasePath } from '../store/sqlite/database.js';
import { saveDirectory } from './export-directory.js';
import { tell } from './lines.js';
import type { Output } from './output.js';

/** The flags of `shac export`. */
export interface ExportFlags {
  db: string;
  study?: string;
  csv?: true;
  jsonl?: true;
  optunaJournal?: true;
  dir?: true;
  snapshot?: true;
}

type Lines = (study: ExchangeStudy, onLeftOut: (why: string) => void) => AsyncIterable<string>;

const WRITERS = { csv: csvLines, jsonl: jsonlLines, optunaJournal: journalLines } satisfies Record<string, Lines>;
const FLAG_NAMES = {
  csv: '--csv',
  jsonl: '--jsonl',
  optunaJournal: '--optuna-journal',
  dir: '--dir',
  snapshot: '--snapshot',
} as const;

/**
 * `shac export`: writes a study in another form.
 *
 * @throws what is wrong with the flags, the database or the place; nothing is left of a file that is not whole.
 */
export async function exportStudy(out: string | undefined, flags: ExportFlags, output: Output): Promise<void> {
  const [form, ...others] = (Object.keys(FLAG_NAMES) as (keyof typeof FLAG_NAMES)[]).filter((name) => flags[name]);
  if (form === undefined || others.length > 0) {
    throw invalid(`say in which one form to export: ${Object.values(FLAG_NAMES).join(', ')}`);
  }
  if (out === undefined && (form === 'dir' || form === 'snapshot')) {
    throw invalid(`${FLAG_NAMES[form]} needs the name of what to write: shac export ${FLAG_NAMES[form]} OUT`);
  }
  if (form === 'snapshot' && flags.study !== undefined) {
    throw invalid('--snapshot copies all studies; leave --study out');
  }
  const file = databasePath(flags.db);
  const tables = new OptunaTables(file);
  try {
    if (form === 'snapshot') tables.snapshot(out as string);
    else {
      const study = tables.study(flags.study);
      if (form === 'dir') await saveDirectory(file, study.name, tables.identity(study.name), out as string);
      else {
        const leftOut: string[] = [];
        const lines = WRITERS[form](study, (why) => leftOut.push(why));
        if (out === undefined) await writeToStandardOutput(lines, output);
        else await writeFile(lines, out);
        if (leftOut.length > 0)
          tell(`shac: trials that are left out: ${leftOut.length}. The first: ${leftOut[0]}; --jsonl has all of them`);
      }
    }
  } finally {
    tables.close();
  }
}

async function writeFile(lines: AsyncIterable<string>, out: string): Promise<void> {
  try {
    await pipeline(Readable.from(lines), createWriteStream(out, { flags: 'wx' }));
  } catch (cause) {
    const { code, syscall } = cause as NodeJS.ErrnoException;
    if (code !== 'EEXIST') rmSync(out, { force: true });
    throw syscall === undefined ? cause : cannotWrite(out, cause);
  }
}

async function writeToStandardOutput(lines: AsyncIterable<string>, output: Output): Promise<void> {
  for await (const line of lines) if (!output.show(line.replace(/\n$/, ''))) return;
}

function invalid(message: string): ShacTypeError {
  return new ShacTypeError('ERR_INVALID_ARGUMENT', message);
}
