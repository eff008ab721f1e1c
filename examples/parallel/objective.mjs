/** What examples/parallel.mjs evaluates, in processes of its own: each loads this file once. */
import { brotliCompressSync, constants } from 'node:zlib';

let text;

/** Called once in each worker, before its first evaluation. */
export function setup() {
  text = Buffer.from(Array.from({ length: 40_000 }, (_, i) => `${(i * 7919) % 1000} `).join(''));
}

/** Bytes that are left, of 100, and a price for the time it takes: a hundredth for each millisecond. */
export default function ({ quality, window }) {
  const started = performance.now();
  const params = { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_LGWIN]: window };
  const { length } = brotliCompressSync(text, { params });
  return (100 * length) / text.length + 0.01 * (performance.now() - started);
}
