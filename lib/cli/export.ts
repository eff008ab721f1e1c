import { createWriteStream, rmSync } from 'node:fs';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ShacError, ShacTypeError } from '../errors.js';
import { csvLines } from '../storage/exchange/csv-writer.js';
import { journalLines } from '../storage/exchange/journal-writer.js';
import { jsonlLines } from '../storage/exchange/jsonl-writer.js';
import { OptunaTables } from '../storage/exchange/optuna-tables.js';
import type { ExchangeStudy } from '../storage/exchange/study.js';
import { databasePath } from '../storage/sqlite/database.js';

/** The flags of `shac export`. */
export interface ExportFlags {
  db: string;
  study?: string;
  csv?: true;
  jsonl?: true;
  optunaJournal?: true;
  snapshot?: true;
}

const WRITERS: Readonly<Record<'csv' | 'jsonl' | 'optunaJournal', (study: ExchangeStudy) => AsyncIterable<string>>> = {
  csv: csvLines,
  jsonl: jsonlLines,
  optunaJournal: journalLines,
};
const FORMS = [...(Object.keys(WRITERS) as (keyof typeof WRITERS)[]), 'snapshot'] as const;
const NAMES = '--csv, --jsonl, --optuna-journal or --snapshot';

/**
 * `shac export`: writes a study in another form.
 *
 * @throws what is wrong with the flags, the database or the place; nothing is left of a file that is not whole.
 */
export async function exportStudy(out: string | undefined, flags: ExportFlags): Promise<void> {
  const [form, ...others] = FORMS.filter((name) => flags[name]);
  if (form === undefined || others.length > 0) {
    throw new ShacTypeError('ERR_INVALID_ARGUMENT', `say in which form to export: one of ${NAMES}`);
  }
  const tables = new OptunaTables(databasePath(flags.db));
  try {
    if (form === 'snapshot') writeSnapshot(tables, out, flags);
    else await writeLines(WRITERS[form](tables.study(flags.study)), out);
  } finally {
    tables.close();
  }
}

function writeSnapshot(tables: OptunaTables, out: string | undefined, { study }: ExportFlags): void {
  if (study !== undefined) {
    throw new ShacTypeError('ERR_INVALID_ARGUMENT', '--snapshot copies all studies; leave --study out');
  }
  if (out === undefined) {
    throw new ShacTypeError('ERR_INVALID_ARGUMENT', '--snapshot needs the name of a file to write: shac export --snapshot OUT');
  }
  tables.snapshot(out);
}

async function writeLines(lines: AsyncIterable<string>, out: string | undefined): Promise<void> {
  if (out === undefined) return toStandardOutput(lines);
  const stream = createWriteStream(out, { flags: 'wx' });
  try {
    await pipeline(Readable.from(lines), stream);
  } catch (cause) {
    const { code, syscall, message } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') {
      throw new ShacError('ERR_FILE', `${out} is there already; remove it, or choose another name`, { cause });
    }
    rmSync(out, { force: true });
    if (syscall === undefined) throw cause;
    throw new ShacError('ERR_FILE', `${out} cannot be written: ${message}`, { cause });
  }
}

/** Ends quietly when its reader, `head` for example, has seen enough. */
async function toStandardOutput(lines: AsyncIterable<string>): Promise<void> {
  try {
    await pipeline(Readable.from(lines), process.stdout as Writable, { end: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}
