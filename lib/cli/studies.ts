import { existsSync } from 'node:fs';
import { ShacError, show } from '../errors.js';
import { databasePath } from '../store/sqlite/database.js';
import { sqlite } from '../store/sqlite/sqlite-storage.js';
import type { StudySummary } from '../store/store.js';
import { DEFAULT_DATABASE } from './default-database.js';
import type { Output } from './output.js';
import { aligned } from './table.js';

/** `shac studies`: what a database holds, as a table or as JSON. */
export function listStudies({ db, json }: { db: string; json?: true }, output: Output): void {
  // The default one need not be there yet; one that is named is misspelt then.
  if (db !== DEFAULT_DATABASE && !existsSync(databasePath(db))) {
    throw new ShacError('ERR_STORAGE', `there is no database ${db}`);
  }
  const studies = sqlite(db).studies();
  output.show(json ? JSON.stringify(studies) : studies.length === 0 ? `no studies in ${db}` : table(studies));
}

export function copyStudy(from: string, to: string, { db }: { db: string }): void {
  sqlite(db).copyStudy(from, to);
}

export function renameStudy(from: string, to: string, { db }: { db: string }): void {
  sqlite(db).renameStudy(from, to);
}

export function deleteStudy(name: string, { db }: { db: string }): void {
  sqlite(db).deleteStudy(name);
}

/** `shac studies unlock`: ends the hold of a search that is dead and looks alive. */
export function unlockStudy(name: string, { db }: { db: string }, output: Output): void {
  const owner = sqlite(db).unlockStudy(name);
  output.show(
    owner === undefined ? `nobody searches ${show(name)}` : `${show(name)} was searched by ${owner}; it is free now`,
  );
}

function table(studies: readonly StudySummary[]): string {
  const rows = studies.map(({ name, objective, trials, finished, totalBudget, classifiers, best, owner }) => [
    name,
    objective ?? 'several',
    totalBudget === undefined ? String(trials.COMPLETE + trials.FAIL + trials.PRUNED) : `${finished} of ${totalBudget}`,
    String(trials.FAIL),
    String(classifiers),
    best === undefined ? '-' : String(best),
    owner ?? '-',
  ]);
  return aligned([['study', 'objective', 'trials', 'failed', 'classifiers', 'best', 'searched by'], ...rows]);
}
