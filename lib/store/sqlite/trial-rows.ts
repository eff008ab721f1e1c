import type { ParamsOf, SpaceDefinition } from '../../space/index.js';
import type { Report, TrialRecord } from '../../study/trial.js';
import type { CandidatePacker } from './candidates.js';
import { replaced, type TrialCells, trialChecksum } from './checksums.js';
import type { Database } from './driver/database.js';
import { MEMORY_KEY } from './stored-trial.js';

/** The user attribute of a trial that failed; no custom parameter may be called so. */
const FAIL_REASON = 'fail_reason';

/** The system attribute by which Optuna tells trials that were enqueued: the params that were given, by column. */
const FIXED_PARAMS = 'fixed_params';

/** Writes trials of one study to Optuna's tables and to our own beside them. Runs inside its caller's transaction. */
export class TrialRows<D extends SpaceDefinition> {
  readonly #packer: CandidatePacker<D>;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: Database, packer: CandidatePacker<D>) {
    this.#packer = packer;
    this.#statements = prepare(database);
  }

  /**
   * A trial as it is now. One that waits, and was never begun, has no row yet.
   *
   * @param sum Of the checksums of all trials of the study.
   * @returns the sum after that.
   */
  write(studyId: number, trial: TrialRecord<ParamsOf<D>>, sum: number): number {
    const { find, updateTrial, updateOwn } = this.#statements;
    const found = find.get(studyId, trial.id) as { trial_id: number; checksum: number } | undefined;
    if (found === undefined && trial.state === 'WAITING' && trial.workerId === undefined) return sum;
    const reals = this.#packer.reals(trial.params);
    const trialId = found?.trial_id ?? this.#insert(studyId, trial, reals);
    const { id, state, workerId = null, duration = null, stderr = null, attempts, startedAt, endedAt } = trial;
    // Optuna wants both of a trial that ended; one that comes from a file may have none.
    const ended = state === 'COMPLETE' || state === 'FAIL' ? (endedAt ?? Date.now()) : undefined;
    const begun = state === 'WAITING' ? undefined : (startedAt ?? ended ?? Date.now());
    const cells: TrialCells = {
      ...{ id, state, attempts, workerId, duration, stderr },
      started: begun ? utc(begun) : null,
      ended: ended ? utc(ended) : null,
      value: trial.values?.[0] ?? null,
      error: trial.error ? JSON.stringify(trial.error) : null,
      memory: trial.memory ? JSON.stringify(trial.memory) : null,
    };
    const checksum = trialChecksum(
      cells,
      reals.filter((real) => !Number.isNaN(real)),
    );
    updateTrial.run(state, cells.started, cells.ended, trialId);
    updateOwn.run(attempts, workerId, duration, cells.error, stderr, checksum, trialId);
    if (cells.memory !== null) this.#statements.attribute.run(trialId, MEMORY_KEY, cells.memory);
    trial.values?.forEach((value, objective) => {
      this.#statements.value.run(trialId, objective, value);
    });
    if (trial.error !== undefined) {
      this.#statements.attribute.run(
        trialId,
        FAIL_REASON,
        JSON.stringify(`${trial.error.name}: ${trial.error.message}`),
      );
    }
    return replaced(sum, found?.checksum ?? 0, checksum);
  }

  /** An intermediate value. */
  report(studyId: number, { trialId: id, value, step }: Report): void {
    const found = this.#statements.find.get(studyId, id) as { trial_id: number } | undefined;
    if (found !== undefined) {
      this.#statements.intermediate.run(found.trial_id, step, Number.isFinite(value) ? value : null, valueType(value));
    }
  }

  #insert(studyId: number, { id, params, fixed }: TrialRecord<ParamsOf<D>>, reals: readonly number[]): number {
    const { insert, insertOwn, param, attribute } = this.#statements;
    const trialId = Number(insert.run(studyId, studyId).lastInsertRowid);
    insertOwn.run(trialId, studyId, id);
    const { columns } = this.#packer;
    columns.forEach(({ name, distribution }, i) => {
      // As in Optuna's own studies, a parameter that is not there has no row.
      if (!Number.isNaN(reals[i])) param.run(trialId, name, reals[i] as number, distribution);
    });
    for (const [column, json] of this.#packer.attributes(params)) attribute.run(trialId, column, json);
    if (fixed !== undefined) {
      const given = this.#packer.external(params, fixed);
      this.#statements.systemAttribute.run(trialId, FIXED_PARAMS, JSON.stringify(given));
    }
    return trialId;
  }
}

function prepare(database: Database) {
  return {
    find: database.prepare('SELECT trial_id, checksum FROM shac_trials WHERE study_id = ? AND id = ?'),
    // Optuna numbers the trials of a study in the order of their row ids; another program may have added some.
    insert: database.prepare(
      `INSERT INTO trials (study_id, state, number) VALUES (?, 'RUNNING',
        coalesce((SELECT number FROM trials WHERE study_id = ? ORDER BY trial_id DESC LIMIT 1), -1) + 1)`,
    ),
    insertOwn: database.prepare('INSERT INTO shac_trials (trial_id, study_id, id, attempts) VALUES (?, ?, ?, 0)'),
    param: database.prepare(
      'INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) VALUES (?, ?, ?, ?)',
    ),
    updateTrial: database.prepare(
      'UPDATE trials SET state = ?, datetime_start = ?, datetime_complete = ? WHERE trial_id = ?',
    ),
    updateOwn: database.prepare(
      'UPDATE shac_trials SET attempts = ?, worker_id = ?, duration = ?, error = ?, stderr = ?, checksum = ? WHERE trial_id = ?',
    ),
    value: database.prepare(
      "INSERT OR REPLACE INTO trial_values (trial_id, objective, value, value_type) VALUES (?, ?, ?, 'FINITE')",
    ),
    attribute: database.prepare(
      'INSERT OR REPLACE INTO trial_user_attributes (trial_id, key, value_json) VALUES (?, ?, ?)',
    ),
    systemAttribute: database.prepare(
      'INSERT INTO trial_system_attributes (trial_id, key, value_json) VALUES (?, ?, ?)',
    ),
    intermediate: database.prepare(
      `INSERT OR REPLACE INTO trial_intermediate_values (trial_id, step, intermediate_value, intermediate_value_type)
        VALUES (?, ?, ?, ?)`,
    ),
  };
}

/** The name of Optuna's TrialIntermediateValueType. */
function valueType(value: number): string {
  if (Number.isFinite(value)) return 'FINITE';
  return Number.isNaN(value) ? 'NAN' : value > 0 ? 'INF_POS' : 'INF_NEG';
}

/** As Optuna 5 writes dates: in UTC, without saying so. */
function utc(time: number): string {
  return new Date(time).toISOString().replace('T', ' ').replace('Z', '000');
}
