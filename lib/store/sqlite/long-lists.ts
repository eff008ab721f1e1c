import type { OptunaColumn } from './distribution.js';
import type { Database } from './driver/database.js';

/**
 * Has a study that was begun when each row held the whole of a list, however long, hold ordinals as those do that are
 * begun now: Optuna wants one distribution of a parameter. The numbers stay, since a category's is its ordinal. Runs
 * inside its caller's transaction, and costs next to nothing where there is nothing to do.
 */
export function shortenLists(database: Database, studyId: number, columns: readonly OptunaColumn[]): void {
  const long = columns.filter(({ isOrdinal }) => isOrdinal);
  if (long.length === 0) return;
  const first = database
    .prepare(
      `SELECT distribution_json FROM trial_params WHERE param_name = ? AND
        trial_id = (SELECT min(trial_id) FROM trials WHERE study_id = ?)`,
    )
    .pluck();
  const ofStudy = 'param_name = ? AND trial_id IN (SELECT trial_id FROM trials WHERE study_id = ?)';
  for (const { name, distribution, fromReal, toAttribute } of long) {
    if (!isWhole(String(first.get(name, studyId)))) continue;
    database.prepare(`UPDATE trial_params SET distribution_json = ? WHERE ${ofStudy}`).run(distribution, name, studyId);
    if (toAttribute === undefined) continue;
    const add = database.prepare(
      'INSERT OR IGNORE INTO trial_user_attributes (trial_id, key, value_json) VALUES (?, ?, ?)',
    );
    const rows = database.prepare(`SELECT trial_id, param_value FROM trial_params WHERE ${ofStudy}`).all(name, studyId);
    for (const { trial_id, param_value } of rows as { trial_id: number; param_value: number }[]) {
      const value = fromReal(param_value);
      if (value !== undefined) add.run(trial_id, name, toAttribute(value));
    }
  }
}

function isWhole(distribution: string): boolean {
  return distribution.includes('"CategoricalDistribution"');
}
