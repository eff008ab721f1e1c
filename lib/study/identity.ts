import { isDeepStrictEqual } from 'node:util';
import { ShacRangeError } from '../errors.js';
import type { SpaceDescription } from '../space/index.js';
import { PRESET_VALUES } from './presets.js';
import type { StudySettings } from './settings.js';

/** What makes two studies the same one, and what it is called in messages. */
const IDENTITY = {
  space: 'search space',
  objective: 'objective',
  preset: 'preset',
  data: 'option data',
  local: 'option local',
  budget: 'budget',
  classifier: 'classifier option',
  elite: 'option elite',
  recency: 'option recency',
  sampler: 'sampler',
  samplerMemory: 'samplerMemory (MiB)',
  constraints: 'number of constraints',
  distinct: 'option distinct',
  growth: 'growth',
} as const satisfies Record<keyof StudyIdentity, string>;

/** What a study searches, and how, in plain JSON: a search goes on with a stored study only if theirs are the same. */
export interface StudyIdentity {
  readonly space: unknown;
  readonly objective: unknown;
  readonly preset: unknown;
  readonly data: unknown;
  readonly local: unknown;
  readonly budget: unknown;
  readonly classifier: unknown;
  readonly elite: unknown;
  readonly recency: unknown;
  readonly sampler: unknown;
  readonly samplerMemory: unknown;
  /** How many: functions cannot be compared. Undefined for none. */
  readonly constraints?: unknown;
  readonly distinct: unknown;
  /** How a study has grown; only of one that has. */
  readonly growth?: unknown;
}

export function identityOf(space: { describe(): SpaceDescription }, settings: StudySettings): StudyIdentity {
  const { direction: objective, constraints: all } = settings;
  const constraints = all.size || undefined; // studies of before there were any are those without
  const known: Record<string, unknown> = { ...settings, space: space.describe(), objective, constraints };
  const own = Object.fromEntries(Object.keys(IDENTITY).map((key) => [key, known[key]]));
  return JSON.parse(JSON.stringify(own)) as StudyIdentity;
}

/** Studies of before there were other presets lack what the paper's has no choice of, and later options. */
export function completed(stored: Partial<StudyIdentity>): StudyIdentity {
  const { data, elite, recency, local } = PRESET_VALUES.paper;
  return { data, elite, recency, local, distinct: false, ...stored } as StudyIdentity;
}

/** Reads one that was written as JSON; undefined when it is not one. */
export function parseIdentity(json: string): StudyIdentity | undefined {
  try {
    const identity: unknown = JSON.parse(json);
    return isRecord(identity) ? completed(identity as Partial<StudyIdentity>) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Makes sure that a stored study is the one that was asked for.
 *
 * @param place Where it is stored, for the message.
 * @throws ERR_RESTORE_MISMATCH with the difference.
 */
export function requireSameStudy(stored: StudyIdentity, given: StudyIdentity, place: string): void {
  const then = completed(stored);
  for (const [key, what] of Object.entries(IDENTITY) as [keyof StudyIdentity, string][]) {
    if (!isSame(then[key], given[key])) throw studyMismatch(place, what, then[key], given[key]);
  }
}

/** Whether two studies are the same one. */
export function isSameStudy(stored: StudyIdentity, given: StudyIdentity): boolean {
  const then = completed(stored);
  return (Object.keys(IDENTITY) as (keyof StudyIdentity)[]).every((key) => isSame(then[key], given[key]));
}

/** In the same order as well: coordinates are laid out in that of the keys. */
function isSame(stored: unknown, given: unknown): boolean {
  const orderOf = (value: unknown) => JSON.stringify(Object.keys(Object(value)));
  return isDeepStrictEqual(stored, given) && orderOf(stored) === orderOf(given);
}

/** An ERR_RESTORE_MISMATCH that shows what differs: of large objects, only the keys that do. */
export function studyMismatch(place: string, what: string, stored: unknown, given: unknown): ShacRangeError {
  const [a, b] = differingParts(stored, given);
  return new ShacRangeError(
    'ERR_RESTORE_MISMATCH',
    `the ${what} in ${place} is not that of this study; stored: ${a}; given: ${b}. ` +
      'To go on with the stored study, give what it has; to begin anew, choose another studyName or place',
  );
}

function differingParts(stored: unknown, given: unknown): [string, string] {
  const whole: [string, string] = [textOf(stored), textOf(given)];
  if (!isRecord(stored) || !isRecord(given)) return whole;
  const keys = new Set([...Object.keys(stored), ...Object.keys(given)]);
  const differing = [...keys].filter((key) => !isDeepStrictEqual(stored[key], given[key]));
  if (differing.length === 0) {
    return [`the order ${Object.keys(stored).join(', ')}`, `the order ${Object.keys(given).join(', ')}`];
  }
  if (whole.every((text) => text.length <= 120)) return whole;
  const partOf = (whole: Record<string, unknown>) =>
    JSON.stringify(Object.fromEntries(differing.filter((key) => key in whole).map((key) => [key, whole[key]])));
  return [partOf(stored), partOf(given)];
}

/** A damaged file may lack one. */
function textOf(value: unknown): string {
  return JSON.stringify(value) ?? 'nothing';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
