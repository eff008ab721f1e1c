import { extname } from 'node:path';
import { readStart } from './files.js';

/** The formats of files that hold results. */
export type SourceFormat = 'csv' | 'jsonl' | 'sqlite' | 'journal';

const SQLITE_MAGIC = 'SQLite format 3\0';

/**
 * Which format a file has, by its first bytes: whatever it is called.
 *
 * @throws ERR_FILE when it cannot be read.
 */
export async function recognise(file: string): Promise<SourceFormat> {
  const start = (await readStart(file, 4096)).toString('latin1');
  if (start.startsWith(SQLITE_MAGIC)) return 'sqlite';
  const text = start.replace(/^ï»¿/, '').trimStart(); // a byte order mark
  if (text === '' && extname(file) === '.jsonl') return 'jsonl';
  // The name of a column may begin with a brace as well.
  if (!text.startsWith('{') || extname(file) === '.csv') return 'csv';
  return /^\{[^{}]*"op_code"\s*:/.test(text) ? 'journal' : 'jsonl';
}
