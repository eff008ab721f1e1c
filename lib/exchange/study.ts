import { ShacRangeError, show } from '../errors.js';
import type { Direction } from '../study/direction.js';

/** The states of Optuna's trials. */
export type ExchangeState = 'RUNNING' | 'COMPLETE' | 'PRUNED' | 'FAIL' | 'WAITING';

/** The value of one column of a trial. */
export interface ExchangeParam {
  /** As Optuna gives it to an objective; of our custom parameters it is a place in [0, 1). */
  readonly value: unknown;
  /** How Optuna keeps it. */
  readonly stored: {
    /** The value itself, or the ordinal of a category. */
    readonly real: number;
    /** The distribution in Optuna's JSON. */
    readonly distribution: string;
  };
}

/** A trial on its way from one program to another. */
export interface ExchangeTrial {
  /** 0-based, in the order in which the study's trials were made. */
  readonly number: number;
  readonly state: ExchangeState;
  /** By column, in the order in which they were chosen. */
  readonly params: ReadonlyMap<string, ExchangeParam>;
  /** May be infinite; null where there is none. */
  readonly value: number | null;
  /** By step; may be infinite or NaN. */
  readonly intermediateValues: ReadonlyMap<number, number>;
  /** UTC, as `2025-01-31T12:00:00.123456Z`. */
  readonly started: string | null;
  readonly completed: string | null;
  readonly userAttributes: Readonly<Record<string, unknown>>;
  readonly systemAttributes: Readonly<Record<string, unknown>>;
}

/** A study on its way from one program to another. */
export interface ExchangeStudy {
  readonly name: string;
  /** Undefined where the other program did not say. */
  readonly objective: Direction | undefined;
  readonly userAttributes: Readonly<Record<string, unknown>>;
  readonly systemAttributes: Readonly<Record<string, unknown>>;
  /** In their order; read while they are asked for, where the format allows it. */
  trials(): AsyncIterable<ExchangeTrial>;
}

/**
 * The one study that is meant.
 *
 * @throws ERR_STUDY_NOT_FOUND when it is not there, or when no name is given and there is none or more than one.
 */
export function chooseStudy(names: readonly string[], wanted: string | undefined, file: string): string {
  if (names.length === 0) throw notFound(`there is no study in ${file}`);
  if (wanted === undefined) {
    if (names.length === 1) return names[0] as string;
    throw notFound(`${file} has ${names.length} studies; say which of them is meant: ${listed(names)}`);
  }
  if (names.includes(wanted)) return wanted;
  throw notFound(`there is no study ${show(wanted)} in ${file}; there are ${listed(names)}`);
}

/** @throws ERR_DATASET_MISMATCH for a study with more than one objective. */
export function requireOneObjective(name: string, objectives: number): void {
  if (objectives <= 1) return;
  throw new ShacRangeError(
    'ERR_DATASET_MISMATCH',
    `the study ${show(name)} has ${objectives} objectives; only studies with one can be read`,
  );
}

function listed(names: readonly string[]): string {
  const first = names.slice(0, 20).map(show).join(', ');
  return names.length > 20 ? `${first}, … (${names.length} in all)` : first;
}

function notFound(message: string): ShacRangeError {
  return new ShacRangeError('ERR_STUDY_NOT_FOUND', message);
}
