/**
 * JSON as Python writes it, with `NaN`, `Infinity` and `-Infinity` as numbers.
 *
 * @throws SyntaxError for anything else.
 */
export function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    // Strings are matched so that nothing inside them is replaced. 1e999 is read as infinity; NaN has no such form.
    const standard = text.replace(/"(?:[^"\\]|\\.)*"|\bNaN\b|\bInfinity\b/g, (token) =>
      token === 'NaN' ? NAN_JSON : token === 'Infinity' ? '1e999' : token,
    );
    return JSON.parse(standard, (_, value: unknown) => (value === NAN ? Number.NaN : value));
  }
}

/** A string that no text has by accident. */
const NAN = '\0NaN\0shac';
const NAN_JSON = JSON.stringify(NAN);

/** Writes JSON that Python reads back as it was: with `NaN` and `Infinity`. `undefined` is left out. */
export function formatPythonJson(value: unknown): string {
  // Python's integers are exact at any length: what is not safe here was a float there.
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : String(new Float(value));
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (value instanceof Float) return String(value);
  if (Array.isArray(value)) return `[${value.map(formatPythonJson).join(',')}]`;
  let fields = '';
  for (const [key, entry] of Object.entries(value)) {
    if (entry !== undefined) fields += `${fields && ','}${JSON.stringify(key)}:${formatPythonJson(entry)}`;
  }
  return `{${fields}}`;
}

/** A number that Python shall read as a float: it tells 1.0 from 1. */
export class Float {
  readonly #value: number;

  constructor(value: number) {
    this.#value = value;
  }

  toString(): string {
    const text = Object.is(this.#value, -0) ? '-0' : String(this.#value);
    return Number.isInteger(this.#value) && !text.includes('e') ? `${text}.0` : text;
  }
}
