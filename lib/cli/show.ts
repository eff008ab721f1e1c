import { ShacRangeError, show } from '../errors.js';
import { databasePath } from '../store/sqlite/database.js';
import { definitionOf } from './definition-text.js';
import { toJson } from './failure.js';
import type { Output } from './output.js';
import { percent } from './percent.js';
import { type OwnFacts, readStored, type StoredStudy, type StoredTrial } from './stored-study.js';
import { bestLines } from './summary.js';
import { aligned } from './table.js';

/** The flags of `shac show` and `shac best`. */
export interface LookFlags {
  db: string;
  json?: true;
}

/**
 * `shac best`: the best trial of a study.
 *
 * @throws ERR_UNKNOWN_TRIAL when no trial is complete, and what {@link readStored} throws.
 */
export async function showBest(name: string | undefined, { db, json }: LookFlags, output: Output): Promise<void> {
  const { summary, best } = await readStored(db, name);
  if (best === undefined) {
    throw new ShacRangeError('ERR_UNKNOWN_TRIAL', `no trial of the study ${show(summary.name)} is complete yet`);
  }
  output.show(json ? toJson(resultOf(best)) : bestLines(best).join('\n'));
}

/**
 * `shac show`: what a study is, how far it is, and what it has found.
 *
 * @throws what {@link readStored} throws.
 */
export async function showStudy(name: string | undefined, { db, json }: LookFlags, output: Output): Promise<void> {
  const stored = await readStored(db, name);
  output.show(json ? toJson(jsonOf(stored)) : textOf(stored, databasePath(db)));
}

function resultOf({ id, params, value }: StoredTrial): Record<string, unknown> {
  return { id, params, value };
}

/** Undefined for another program's study: only its own program knows how long it goes on. */
function stateOf({ owner, finished, totalBudget, spaceUsedUp }: StoredStudy['summary']): string | undefined {
  if (owner !== undefined) return 'running';
  if (totalBudget === undefined) return undefined;
  return finished === totalBudget || spaceUsedUp ? 'finished' : 'unfinished';
}

function jsonOf({ summary, own, best, newest }: StoredStudy): Record<string, unknown> {
  return { ...summary, state: stateOf(summary), ...own, best: best ? resultOf(best) : null, newest };
}

function textOf({ summary, own, best, newest, firstFailed }: StoredStudy, place: string): string {
  const { name, objective, trials, totalBudget, finished, classifiers, owner, spaceUsedUp } = summary;
  const why = owner === undefined && spaceUsedUp ? ', every point of the space was tried' : '';
  const counts = Object.entries(trials).filter(([, count]) => count > 0);
  const inAll = totalBudget === undefined ? '' : `${finished} of ${totalBudget} finished; `;
  const lines = [
    `study: ${name}, in ${place}`,
    `state: ${owner === undefined ? (stateOf(summary) ?? "another program's") : `being searched by ${owner}`}${why}`,
    `objective: ${objective}`,
    `trials: ${inAll}${counts.map(([state, count]) => `${count} ${state}`).join(', ') || 'none'}`,
  ];
  if (firstFailed?.error !== undefined)
    lines.push(`failed: the first, trial ${firstFailed.id}, with ${firstFailed.error.split('\n', 1)[0]}`);
  if (own !== undefined) {
    lines.push(
      `batches: ${own.numBatches}`,
      `classifiers: ${classifiers}`,
      `preset: ${own.preset}`,
      `seed: ${own.seed}`,
    );
    if (own.constraints !== undefined) lines.push(`constraints: ${own.constraints}${ofSpace(own)}`);
    lines.push('parameters:', indented(definitionOf(own.space)));
  }
  lines.push(...(best ? bestLines(best) : ['best: none, no trial is complete']));
  if (newest.length > 0) lines.push('newest trials:', indented(newest.map(rowOf)));
  return lines.join('\n');
}

function ofSpace({ admitted, drawn = 0 }: OwnFacts): string {
  if (admitted === undefined) return '';
  if (admitted === 1) return `, which admit ${drawn === 1 ? 'the only draw' : `all of ${drawn} draws`} from the space`;
  return `, which admit about ${percent(admitted)} of the space`;
}

function rowOf({ id, state, value, params, error }: StoredTrial): string[] {
  return [String(id), state, value === null ? '-' : String(value), error?.split('\n', 1)[0] ?? toJson(params)];
}

function indented(rows: readonly (readonly string[])[]): string {
  return aligned(rows).replaceAll(/^/gm, '  ');
}
