/** Digits of a second that Optuna keeps and JavaScript's dates do not. */
const FRACTION = /\.(\d+)/;

/**
 * A date as Optuna writes it, in UTC: `2025-01-31T12:00:00.123456Z`. Optuna's tables hold UTC without saying so; its
 * journal names the offset, and is local time where an old version did not.
 *
 * @returns null for what is no date.
 */
export function toUtc(text: unknown, assumed: 'UTC' | 'local'): string | null {
  if (typeof text !== 'string') return null;
  const separated = text.trim().replace(' ', 'T');
  const zoned = assumed === 'local' || /(?:Z|[+-]\d\d:?\d\d)$/i.test(separated) ? separated : `${separated}Z`;
  const milliseconds = Date.parse(zoned.replace(FRACTION, ''));
  if (Number.isNaN(milliseconds)) return null;
  const digits = (FRACTION.exec(separated)?.[1] ?? '').slice(0, 6).padEnd(6, '0');
  return `${new Date(milliseconds).toISOString().slice(0, 19)}.${digits}Z`;
}

/** The same in the form of Optuna's journal, which Python 3.10 reads as well. */
export function toIsoOffset(utc: string | null): string | null {
  return utc === null ? null : utc.replace('Z', '+00:00');
}
