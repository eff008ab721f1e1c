import { ShacError } from '../errors.js';
import { readLines } from './files.js';
import { Replay } from './journal-replay.js';
import { parsePythonJson } from './python-json.js';
import { chooseStudy, type ExchangeStudy } from './study.js';

/**
 * Reads a study from a file of Optuna's JournalStorage. A last line that is cut off, as a killed writer leaves it, is
 * ignored.
 *
 * @param wanted The name; undefined: the only one.
 * @throws ERR_STORAGE, naming the line, for a damaged file; ERR_STORAGE_VERSION for an operation of a newer Optuna;
 *   ERR_STUDY_NOT_FOUND, naming what is there; ERR_DATASET_MISMATCH for more than one objective.
 */
export async function readJournal(file: string, wanted?: string): Promise<ExchangeStudy> {
  const replay = new Replay();
  let damaged: ShacError | undefined;
  for await (const { number, text, ended } of readLines(file)) {
    if (damaged !== undefined) throw damaged; // it was not the last
    if (!ended) break;
    const place = `line ${number} of ${file}`;
    let entry: unknown;
    try {
      entry = parsePythonJson(text);
    } catch (cause) {
      damaged = new ShacError('ERR_STORAGE', `${place} is not JSON: ${(cause as Error).message}`, { cause });
      continue;
    }
    replay.apply(entry, place);
  }
  return replay.study(chooseStudy(replay.studyNames(), wanted, file));
}
