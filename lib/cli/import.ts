import { existsSync } from 'node:fs';
import { parse } from 'node:path';
import { Progress } from '../callbacks/progress.js';
import { ShacError, show } from '../errors.js';
import { SHAC } from '../shac.js';
import { loadDataset } from '../storage/dataset.js';
import { OptunaTables } from '../storage/exchange/optuna-tables.js';
import { databasePath } from '../storage/sqlite/database.js';
import { loadStudy } from '../study.js';

/** The flags of `shac import`. */
export interface ImportFlags {
  db: string;
  study?: string;
  from?: string;
  presort: boolean;
}

/**
 * `shac import`: makes a study from results that exist already; `shac run` goes on with it.
 *
 * @throws ERR_STUDY_EXISTS when the database has a study of that name, and what `fitDataset` throws; nothing is made then.
 */
export async function importStudy(file: string, studyFile: string, flags: ImportFlags): Promise<void> {
  const { space, options, fitOptions } = await loadStudy(studyFile);
  const { db, study: studyName = options.studyName ?? parse(studyFile).name, from, presort } = flags;
  refuseExisting(db, studyName);
  const plan = new SHAC(space, { ...options, studyName, storage: undefined });
  const rows = await loadDataset(plan.space, file, { objective: plan.objective, studyName: from });
}
