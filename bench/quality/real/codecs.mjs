/**
 * Which codec, and the settings that each has, for files that are read in pieces. Brotli, gzip and raw deflate with a preset
 * dictionary: what every Node has. The time is counted from the settings, as in brotli.mjs.
 */
import { readFileSync } from 'node:fs';
import { brotliCompressSync, deflateRawSync, gzipSync, constants as zlib } from 'node:zlib';
import { choice, discrete, integer, when } from 'shac';
import { MODES, TIME } from './brotli.mjs';

/** Of each half. The last one of a list is what dictionaries are made of, and is not compressed. */
const FILES = {
  tuning: ['typescript/lib/lib.es5.d.ts', 'commander/lib/command.js', 'typescript/lib/lib.dom.d.ts'],
  test: ['typescript/lib/de/diagnosticMessages.generated.json', 'jiti/dist/jiti.cjs', 'fast-check/README.md'],
};
const KIB = 48;

const ofDeflate = {
  level: integer(1, 9),
  window: integer(9, 15),
  /** Of the tables that matches are looked up in. */
  memory: integer(1, 9),
  strategy: discrete(['default', 'filtered', 'huffman', 'rle', 'fixed']),
};

export const space = {
  /** KiB that are compressed on their own, so that a reader need not read the rest. */
  piece: integer(1, KIB, { log: true }),
  codec: choice({
    brotli: {
      quality: integer(0, 11),
      window: integer(10, 18),
      mode: discrete(['generic', 'text', 'font']),
      postfix: when('mode', (mode) => mode !== 'font', integer(0, 3)),
      /** Direct distance codes, in steps that depend on `postfix`. */
      direct: when('mode', (mode) => mode !== 'font', integer(0, 15)),
      contexts: discrete([true, false]),
    },
    gzip: ofDeflate,
    raw: {
      ...ofDeflate,
      preset: discrete([false, true]),
      dictionary: when('preset', true, integer(1, 32, { log: true })),
    },
  }),
};

const STRATEGIES = {
  default: zlib.Z_DEFAULT_STRATEGY,
  filtered: zlib.Z_FILTERED,
  huffman: zlib.Z_HUFFMAN_ONLY,
  rle: zlib.Z_RLE,
  fixed: zlib.Z_FIXED,
};

const deflateOptions = ({ level, window, memory, strategy }) => ({
  level,
  windowBits: window,
  memLevel: memory,
  strategy: STRATEGIES[strategy],
});

/** Font mode sets the distance codes by itself. */
function brotli(input, { quality, window, mode, postfix = 0, direct = 0, contexts }) {
  const params = {
    [zlib.BROTLI_PARAM_QUALITY]: quality,
    [zlib.BROTLI_PARAM_LGWIN]: window,
    [zlib.BROTLI_PARAM_MODE]: MODES[mode],
    [zlib.BROTLI_PARAM_NPOSTFIX]: postfix,
    [zlib.BROTLI_PARAM_NDIRECT]: direct << postfix,
    [zlib.BROTLI_PARAM_DISABLE_LITERAL_CONTEXT_MODELING]: contexts ? 0 : 1,
    [zlib.BROTLI_PARAM_SIZE_HINT]: input.length,
  };
  return brotliCompressSync(input, { params });
}

const CODECS = {
  brotli: (own) => (input) => brotli(input, own),
  gzip: (own) => (input) => gzipSync(input, deflateOptions(own)),
  raw: (own, sample) => {
    const options = deflateOptions(own);
    if (own.preset) options.dictionary = sample.subarray(0, own.dictionary * 1024);
    return (input) => deflateRawSync(input, options);
  },
};

/** What a reader waits for and holds: half a piece, the window, a dictionary; in KiB of files, as is the time to compress. */
function costOf(piece, { kind, quality, level, window, dictionary = 0 }) {
  return 0.3 * piece + 0.01 * 2 ** (window - 10) + 0.05 * dictionary + 30 * TIME[kind === 'brotli' ? quality : level];
}

/** The objective: KiB of all files, and what they cost. */
export function codecs(half) {
  const read = (name) =>
    readFileSync(new URL(`../../../node_modules/${name}`, import.meta.url)).subarray(0, KIB * 1024);
  const contents = FILES[half].map(read);
  const sample = contents.pop();
  return ({ piece, codec }) => {
    const compress = CODECS[codec.kind](codec, sample);
    let bytes = 0;
    for (const content of contents) {
      for (let from = 0; from < content.length; from += piece * 1024) {
        bytes += compress(content.subarray(from, from + piece * 1024)).length;
      }
    }
    return bytes / 1024 + costOf(piece, codec);
  };
}
