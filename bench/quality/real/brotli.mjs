/**
 * Settings of Brotli and gzip for five files: their bytes, when compressing them may only cost so much. The cost is
 * counted from the settings, not timed: the same settings have the same value on every machine with the same Node.
 */
import { readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync, constants as zlib } from 'node:zlib';
import { discrete, integer } from 'shac';

const FILES = [
  'typescript/lib/lib.es5.d.ts',
  'typescript/lib/de/diagnosticMessages.generated.json',
  'commander/lib/command.js',
  'jiti/dist/jiti.cjs',
  'fast-check/README.md',
];
const KIB = 64;

const forEachFile = (name, parameter) => Object.fromEntries(FILES.map((_, i) => [`${name}${i}`, parameter]));

export const space = {
  codec: discrete(['brotli', 'gzip']),
  ...forEachFile('quality', integer(0, 11)),
  ...forEachFile('window', integer(10, 18)),
  mode: discrete(['generic', 'text', 'font']),
  block: integer(16, 21),
  postfix: integer(0, 3),
  /** Direct distance codes, in steps that depend on `postfix`. */
  direct: integer(0, 15),
  contexts: discrete([true, false]),
};

export const MODES = { generic: zlib.BROTLI_MODE_GENERIC, text: zlib.BROTLI_MODE_TEXT, font: zlib.BROTLI_MODE_FONT };

/** The time of each quality as measured once, in that of Brotli's 11; gzip's are like Brotli's of the same number. */
export const TIME = [0.002, 0.003, 0.007, 0.008, 0.012, 0.02, 0.023, 0.029, 0.031, 0.035, 0.38, 1];
/** Not the highest quality for all files, but for some. */
const LIMIT = 0.4 * FILES.length;

/** Time to compress a file, and the memory that who reads it needs: its window. */
const costOf = (quality, window) => TIME[quality] + 0.25 * 2 ** (window - 18);

/** The highest quality and window of each; what is above is taken down to them. */
const HIGHEST = { brotli: [11, 18], gzip: [9, 15] };

function compressed(input, quality, window, { codec, mode, block, postfix, direct, contexts }) {
  if (codec === 'gzip') return gzipSync(input, { level: quality, windowBits: window });
  const params = {
    [zlib.BROTLI_PARAM_QUALITY]: quality,
    [zlib.BROTLI_PARAM_LGWIN]: window,
    [zlib.BROTLI_PARAM_MODE]: MODES[mode],
    [zlib.BROTLI_PARAM_LGBLOCK]: block,
    [zlib.BROTLI_PARAM_NPOSTFIX]: postfix,
    [zlib.BROTLI_PARAM_NDIRECT]: direct << postfix,
    [zlib.BROTLI_PARAM_DISABLE_LITERAL_CONTEXT_MODELING]: contexts ? 0 : 1,
    [zlib.BROTLI_PARAM_SIZE_HINT]: input.length,
  };
  return brotliCompressSync(input, { params });
}

/** The objective: KiB of all files, more by half for each time that the cost is above its limit. */
export function compression() {
  const inputs = FILES.map((name) =>
    readFileSync(new URL(`../../../node_modules/${name}`, import.meta.url)).subarray(0, KIB * 1024),
  );
  return (settings) => {
    const [highestQuality, highestWindow] = HIGHEST[settings.codec];
    let bytes = 0;
    let cost = 0;
    for (const [i, input] of inputs.entries()) {
      const quality = Math.min(settings[`quality${i}`], highestQuality);
      const window = Math.min(settings[`window${i}`], highestWindow);
      bytes += compressed(input, quality, window, settings).length;
      cost += costOf(quality, window);
    }
    return (bytes / 1024) * (1 + 0.5 * Math.max(0, cost / LIMIT - 1));
  };
}
