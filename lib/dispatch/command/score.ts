import { stripVTControlCharacters } from 'node:util';

/** What is between words. The rest is what numbers are made of, and what people put between their digits. */
const BETWEEN = /[^\p{L}\p{N}+\-.,:_'/]+|(?<!\p{N})[,:]|[,:](?!\p{N})/u;
/** nan and inf count, since they end badly. */
const NUMBER = /^[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?|nan|inf(?:inity)?)$/i;
/** Digits that are no number as programs read one: 1,234.5, 1_000, 12:30:05, 3/10, 1.2.3, 2026-11-28. */
const NO_NUMBER = /^[-+]?\.?\d[\d.,:_'/+-]*$/;

/**
 * The score in what a program printed: `value` of the JSON object in the last line that is not empty, else the last number.
 * NaN when there is a score that is no finite number, or digits that could be read in more than one way come last;
 * undefined when there is none.
 */
export function scoreOf(output: string): number | undefined {
  const lines = stripVTControlCharacters(output).trimEnd().split('\n');
  const fromJson = jsonValue(lines.at(-1) as string);
  if (fromJson !== undefined) return typeof fromJson === 'number' && Number.isFinite(fromJson) ? fromJson : Number.NaN;
  for (const line of lines.reverse()) {
    const last = line
      .split(BETWEEN)
      .map((word) => word.replace(/^.*\p{L}[^,:]*[,:]/u, '').replace(/^'+|[.']+$/g, ''))
      .findLast((word) => NUMBER.test(word) || NO_NUMBER.test(word));
    if (last === undefined) continue;
    const score = Number(last);
    return Number.isFinite(score) ? score : Number.NaN;
  }
  return undefined;
}

function jsonValue(line: string): unknown {
  if (!line.trimStart().startsWith('{')) return undefined;
  try {
    return (JSON.parse(line) as { value?: unknown }).value;
  } catch {
    return undefined;
  }
}
