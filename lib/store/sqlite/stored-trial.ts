import type { TrialCells } from './checksums.js';
import type { Database, Statement } from './driver/database.js';
import { bytesOf, textOf } from './text.js';

/** Optuna's user attribute that holds a trial's memory, as JSON. */
export const MEMORY_KEY = 'shac:memory';

/** A row of shac_trials, with what Optuna's tables say of it. */
export interface StoredTrial {
  readonly trial_id: number;
  readonly id: number;
  readonly attempts: number;
  readonly worker_id: number | null;
  readonly duration: number | null;
  readonly error: string | null;
  readonly stderr_bytes: Uint8Array | null;
  /** Not there in files of before there were checksums. */
  readonly checksum?: number | null;
  readonly state: string;
  readonly started: string | null;
  readonly ended: string | null;
  readonly value: number | null;
  readonly memory: string | null;
}

/** Those of a study, by id. */
export function storedTrials(database: Database): Statement {
  return database.prepare(
    `SELECT own.*, ${bytesOf('stderr')} AS stderr_bytes, trials.state, datetime_start AS started, datetime_complete AS ended, trial_values.value,
      memory.value_json AS memory
      FROM shac_trials own JOIN trials USING (trial_id)
      LEFT JOIN trial_values ON trial_values.trial_id = own.trial_id AND trial_values.objective = 0
      LEFT JOIN trial_user_attributes memory ON memory.trial_id = own.trial_id AND memory.key = '${MEMORY_KEY}'
      WHERE own.study_id = ? ORDER BY own.id`,
  );
}

export function cellsOf({ worker_id: workerId, stderr_bytes: stderr, ...row }: StoredTrial): TrialCells {
  return { ...row, workerId, stderr: stderr && textOf(stderr) };
}
