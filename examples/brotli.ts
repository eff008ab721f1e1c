/**
 * Which settings compress a set of files smallest, when compressing them all may only take so long? Run it with
 *
 *     npm run quickstart
 *
 * The files are some that `npm install` has brought. Brotli's default, quality 11, makes them small but is slow: the
 * limit is 30 % of its time, on whatever machine this runs. No high quality fits it for all files; the search finds for
 * which files a high quality pays most.
 */
import { readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync, constants as zlib } from 'node:zlib';
import { defineStudy, discrete, integer, multi, type ParamsOf, Progress, SHAC, type Trial } from 'shac';

const FILES = [
  'typescript/lib/lib.es5.d.ts',
  'typescript/lib/de/diagnosticMessages.generated.json',
  'commander/lib/command.js',
  'jiti/dist/jiti.cjs',
  'fast-check/README.md',
];
const inputs = FILES.map((name) =>
  readFileSync(new URL(`../node_modules/${name}`, import.meta.url)).subarray(0, 64 * 1024),
);

const space = {
  codec: discrete(['brotli', 'gzip']),
  /** For each file, 0 (fast) to 11 (small); gzip's highest is 9. */
  quality: multi(integer(0, 11), FILES.length),
  /** For each file, log2 of the bytes back that are searched for a match; gzip's are 9 to 15. */
  window: multi(integer(10, 24), FILES.length),
  /** What Brotli is told of the input: its kind, and its size in bytes. */
  mode: discrete(['generic', 'text', 'font']),
  sizeHint: integer(1, 2 ** 24, { log: true }),
};
type Settings = ParamsOf<typeof space>;

const MODES = { generic: zlib.BROTLI_MODE_GENERIC, text: zlib.BROTLI_MODE_TEXT, font: zlib.BROTLI_MODE_FONT };

function compressOne(input: Buffer, quality: number, window: number, settings: Settings): Buffer {
  const { codec, mode, sizeHint } = settings;
  if (codec === 'gzip') {
    return gzipSync(input, { level: Math.min(quality, 9), windowBits: Math.min(window, 15) });
  }
  const params = {
    [zlib.BROTLI_PARAM_QUALITY]: quality,
    [zlib.BROTLI_PARAM_LGWIN]: window,
    [zlib.BROTLI_PARAM_MODE]: MODES[mode],
    [zlib.BROTLI_PARAM_SIZE_HINT]: sizeHint,
  };
  return brotliCompressSync(input, { params });
}

function processorMs(job: () => void): number {
  const start = process.cpuUsage();
  job();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

const fixedJob = () => brotliCompressSync(inputs[0]?.subarray(0, 16 * 1024) ?? '');

/**
 * The bytes of all files, and the processor time they took, as a multiple of a fixed job's that is timed just before: a
 * machine that gets busier, or slower, slows both alike.
 */
function compress(settings: Settings): { bytes: number; cost: number } {
  const unit = processorMs(fixedJob);
  let bytes = 0;
  const ms = processorMs(() => {
    for (const [i, input] of inputs.entries()) {
      bytes += compressOne(input, settings.quality[i] ?? 0, settings.window[i] ?? 10, settings).length;
    }
  });
  return { bytes, cost: ms / unit };
}

/** One quality for all files, and Node's defaults for the rest. */
function plain(codec: 'brotli' | 'gzip', quality: number): Settings {
  const forAll = (value: number) => FILES.map(() => value);
  return { codec, quality: forAll(quality), window: forAll(22), mode: 'generic', sizeHint: 1 };
}

/** The median of five. */
function typicalCost(settings: Settings): number {
  const costs = Array.from({ length: 5 }, () => compress(settings).cost);
  return costs.sort((a, b) => a - b)[2] ?? Number.NaN;
}

const limit = 0.3 * typicalCost(plain('brotli', zlib.BROTLI_DEFAULT_QUALITY));

function evaluate(settings: Settings): number {
  const { bytes, cost } = compress(settings);
  // A trial that throws has failed: to the search it is as bad as the worst.
  if (cost > limit) throw new Error(`took ${(cost / limit).toFixed(2)} times the limit`);
  return bytes;
}

export default defineStudy({
  space,
  totalBudget: 200,
  numBatches: 10,
  objective: 'min',
  seed: 1,
  skipCvChecks: true,
  evaluate,
  /** Sets what was found beside the defaults, the best single quality, and as many random trials. */
  async report(search) {
    const { totalBudget } = search.budget;
    console.log(`\n${totalBudget} random trials, for comparison:`);
    // One batch trains no classifier: every trial is drawn from the whole space.
    const random = new SHAC(space, { totalBudget, numBatches: 1, objective: 'min', seed: search.seed });
    await random.fit(evaluate, { callbacks: [new Progress()] });
    console.log('timing the best of each again');
    const single = [...Array(12).keys()].findLast((quality) => typicalCost(plain('brotli', quality)) <= limit) ?? 0;
    printComparison({
      'brotli, default (quality 11)': plain('brotli', zlib.BROTLI_DEFAULT_QUALITY),
      'gzip, default (level 6)': plain('gzip', 6),
      [`brotli, quality ${single} for all files`]: plain('brotli', single),
      [`random search, ${totalBudget} trials`]: bestWithinLimit(random.trials),
      [`SHAC, ${totalBudget} trials`]: bestWithinLimit(search.trials),
    });
  },
});

/** The smallest that keeps the limit when it is timed again: a trial is timed once, and may have been lucky. */
function bestWithinLimit(trials: readonly Trial<Settings>[]): Settings | undefined {
  return trials
    .filter(({ state }) => state === 'COMPLETE')
    .sort((a, b) => Number(a.value) - Number(b.value))
    .find(({ params }) => typicalCost(params) <= limit)?.params;
}

/** One line for each, with how much smaller the last one is. */
function printComparison(rows: Record<string, Settings | undefined>): void {
  const best = Object.values(rows).at(-1);
  if (best === undefined) return;
  const { bytes: least } = compress(best);
  console.log(`\n${''.padEnd(32)}   bytes  time/limit  SHAC saves`);
  for (const [name, settings] of Object.entries(rows)) {
    if (settings === undefined) continue;
    const { bytes } = compress(settings);
    const share = typicalCost(settings) / limit;
    const saving = settings === best ? '' : `${(100 * (1 - least / bytes)).toFixed(1)} %`;
    console.log(`${name.padEnd(32)}  ${bytes}  ${share.toFixed(2).padStart(10)}  ${saving.padStart(10)}`);
  }
}
