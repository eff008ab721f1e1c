import { stripVTControlCharacters } from 'node:util';

/** What is between words, all of it ASCII: other signs belong to the words that they touch. */
const BETWEEN = /[ \t\r\v\f=(){}[\]"|<>;%$~&#*@^`\\!?]+|(?<!\p{N})[,:]|[,:](?!\p{N})/u;
/** nan and inf count, since they end badly. */
const NUMBER = /^[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?|nan|inf(?:inity)?)$/i;
/** Digits that are no number as programs read one: 1,234.5, 1_000, 12:30:05, 3/10, 1.2.3, 2026-11-28, −1, 0.5±0.1. */
const NO_NUMBER = /^[^\p{L}]*\p{N}[^\p{L}]*$/u;

/**
 * The score in what a program printed: `value` of the JSON object in the last line that is not empty, else the last number.
 * NaN when there is a score that is no finite number, digits that could be read in more than one way come last, or the
 * last line begins as an object and has no such value; undefined when there is none.
 */
export function scoreOf(output: string): number | undefined {
  const lines = stripVTControlCharacters(output).trimEnd().split('\n');
  const last = lines.at(-1) as string;
  if (last.trimStart().startsWith('{')) return jsonValue(last);
  for (const line of lines.reverse()) {
    const word = line
      .split(BETWEEN)
      .map((word) => word.replace(/^.*\p{L}[^,:]*[,:]/u, '').replace(/^'+|[.']+$/g, ''))
      .findLast((word) => NUMBER.test(word) || NO_NUMBER.test(word));
    if (word === undefined) continue;
    const score = Number(word);
    return Number.isFinite(score) ? score : Number.NaN;
  }
  return undefined;
}

function jsonValue(line: string): number {
  try {
    const { value } = JSON.parse(line) as { value?: unknown };
    return typeof value === 'number' && Number.isFinite(value) ? value : Number.NaN;
  } catch {
    return Number.NaN;
  }
}
