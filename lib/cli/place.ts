import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { IfExists } from '../api/if-exists.js';
import type { SHAC } from '../api/shac.js';
import { ShacError, show } from '../errors.js';
import type { SpaceDefinition } from '../space/index.js';
import { sqlite } from '../store/sqlite/sqlite-storage.js';
import type { Store } from '../store/store.js';
import type { StoredBudget } from './budget.js';
import { DEFAULT_DATABASE } from './default-database.js';

/** Where a run keeps its study. */
export interface Place {
  readonly storage: Store;
  readonly studyName: string;
  /** What becomes of a study that is there. */
  readonly ifExists: IfExists;
  /** Of the study that goes on; undefined where none does. */
  readonly stored?: StoredBudget;
  /** What the user should know of the choice. */
  readonly note: string | undefined;
}

export interface PlaceFlags {
  db?: string;
  study?: string;
  ifExists?: IfExists;
  resume?: true;
}

/**
 * Chooses the study of a run. One that is not finished goes on, and so does one whose budget is smaller than what is wanted
 * now. Beside a finished one a new one begins, `branin-2` after `branin`, so that nothing is overwritten. Of a space that
 * is used up the result is shown. `ifExists` says otherwise, and `--resume` is stronger than that.
 *
 * @param own What the study file says; its name is that of the file unless it has one. `totalBudget`: what is wanted.
 * @throws ERR_STUDY_NOT_FOUND when there is nothing to resume, ERR_STUDY_EXISTS when the study that `--study` names is
 *   finished.
 */
export async function choosePlace(
  { db, study, resume, ifExists: flag }: PlaceFlags,
  own: {
    file: string;
    totalBudget: number;
    storage?: string | Store | undefined;
    studyName: string;
    ifExists?: IfExists | undefined;
  },
): Promise<Place> {
  const given = db ?? own.storage ?? DEFAULT_DATABASE;
  const storage = typeof given === 'string' ? sqlite(given) : given;
  const first = study ?? own.studyName;
  const ifExists = resume ? undefined : (flag ?? own.ifExists);
  if (ifExists !== undefined && ifExists !== 'resume') return { storage, studyName: first, ifExists, note: undefined };
  const studies = new Map((await storage.studies()).map((summary) => [summary.name, summary]));
  let name = first;
  // The newest of its line; a name that was asked for stands for itself alone, and so does that of another study file.
  if (study === undefined && studies.has(first)) {
    for (let n = 2; studies.has(`${first}-${n}`) && !isOfFile(`${first}-${n}`, own.file); n++) name = `${first}-${n}`;
  }
  const place = { storage, ifExists: 'resume' } as const;
  const found = studies.get(name);
  if (found === undefined) {
    if (!resume) return { ...place, studyName: name, note: undefined };
    throw new ShacError(
      'ERR_STUDY_NOT_FOUND',
      `there is no study ${show(name)} to resume in ${storage.place}; run without --resume to begin it`,
    );
  }
  const { finished, totalBudget, batchSize, spaceUsedUp } = found;
  // There is nothing left to try, beside it either.
  const isUsedUp = spaceUsedUp && (finished ?? 0) < own.totalBudget;
  const grows = totalBudget !== undefined && own.totalBudget > totalBudget;
  const isFinished = totalBudget !== undefined && finished === totalBudget && !grows;
  const there = `study ${show(name)} in ${storage.place}`;
  if (resume || ifExists === 'resume' || isUsedUp || !isFinished) {
    const growth = grows ? `; its budget grows to ${own.totalBudget}` : '';
    const end = isUsedUp ? `${there} is finished: every point of the space was tried` : `${there} is finished`;
    const progress = `going on with ${there}: ${finished} of ${totalBudget} trials are there${growth}`;
    const stored = totalBudget === undefined || batchSize === undefined ? {} : { stored: { totalBudget, batchSize } };
    return { ...place, studyName: name, ...stored, note: isUsedUp || isFinished ? end : progress };
  }
  if (study !== undefined) {
    throw new ShacError(
      'ERR_STUDY_EXISTS',
      `${there} is finished; --resume shows what it found, another --study or --if-exists new begins anew`,
    );
  }
  let n = name === first ? 2 : Number(name.slice(first.length + 1)) + 1;
  while (studies.has(`${first}-${n}`) || isOfFile(`${first}-${n}`, own.file)) n++;
  const next = `${first}-${n}`;
  return { ...place, studyName: next, note: `${there} is finished; this is study ${show(next)}` };
}

/** Whether a study file beside this one has that name. */
function isOfFile(name: string, file: string): boolean {
  return ['.ts', '.js', '.mjs', '.mts'].some((extension) => existsSync(join(dirname(file), `${name}${extension}`)));
}

/**
 * Saves a study whose storage failed: to a directory here, else to one for temporary files.
 *
 * @returns the directory.
 */
export async function rescue(search: SHAC<SpaceDefinition>): Promise<string> {
  const name = `${search.studyName.replaceAll(/[^\w.-]/g, '_')}.shac`;
  try {
    return await saveFree(search, name);
  } catch {
    return saveFree(search, join(tmpdir(), name));
  }
}

async function saveFree(search: SHAC<SpaceDefinition>, standard: string): Promise<string> {
  let dir = standard;
  for (let n = 2; existsSync(dir); n++) dir = standard.replace(/\.shac$/, `-${n}.shac`);
  await search.saveData(dir);
  return dir;
}
