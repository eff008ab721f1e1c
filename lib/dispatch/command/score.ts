import { stripVTControlCharacters } from 'node:util';

/** A number as programs print it, not part of a word or of something like 1.2.3; nan and inf count, since they end badly. */
const NUMBER =
  /(?<![\w.])[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?(?!\w|\.\d)|(?<!\w)[-+]?(?:nan|inf(?:inity)?)(?!\w)/gi;

/**
 * The score in what a program printed: `value` of the JSON object in the last line that is not empty, else the last number.
 * NaN when there is a score that is no finite number, undefined when there is none.
 */
export function scoreOf(output: string): number | undefined {
  const lines = stripVTControlCharacters(output).trimEnd().split('\n');
  const fromJson = jsonValue(lines.at(-1) as string);
  if (fromJson !== undefined) return typeof fromJson === 'number' && Number.isFinite(fromJson) ? fromJson : Number.NaN;
  for (const line of lines.reverse()) {
    const last = line.match(NUMBER)?.at(-1);
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
