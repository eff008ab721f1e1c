// Calls the addon's entry points with whatever there is, as `node --expose-gc fuzz-addon.mjs RUNS SEED`; prints a line of
// JSON. Every call must return, throw an Error or give a promise that settles: a crash of the process is what is
// tested for.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';

/** As it is, without what the library makes of its errors. */
const addon = createRequire(import.meta.url)('node-gyp-build')(fileURLToPath(new URL('../..', import.meta.url)));

const [numRuns, seed] = process.argv.slice(2).map(Number);
const counts = { calls: 0, returned: 0, threw: 0, resolved: 0, rejected: 0 };

const params = { rounds: 3, maxDepth: 2, eta: 0.3, lambda: 1, minChildWeight: 1, subsample: 1, seed: 0 };
const codes = Uint16Array.from({ length: 60 }, (_, i) => (i * 48271) % 100);
const labels = Uint8Array.from({ length: 20 }, (_, i) => i % 2);
const training = { codes, labels, columns: 3, params, folds: 2, attempts: 2, shuffleSeed: 7n, threads: 2 };
const sampling = {
  seed: 1n,
  stream: 0,
  count: 4,
  classifiers: 1,
  threads: 2,
  relax: false,
  memory: 2 ** 26,
  maxDraws: 1e6,
  sweeps: 0,
};
const historyOptions = { kinds: Uint8Array.of(0, 1, 0), localFrom: 5, batch: 2 };
const trials = {
  ids: Float64Array.from({ length: 10 }, (_, i) => i),
  points: Float64Array.from({ length: 30 }, (_, i) => ((i * 37) % 100) / 100),
  values: Float64Array.from({ length: 10 }, (_, i) => (i * i) % 7),
};
function newHistory() {
  const history = addon.createHistory(historyOptions);
  addon.addTrials(history, trials);
  return history;
}
const proposing = {
  history: newHistory(),
  continuous: Uint8Array.of(1, 0, 0),
  parameters: Float64Array.of(0.3, 1, 0.5, 1e-3),
  pending: Float64Array.of(0.1, 0.5, 0.9),
  candidates: Float64Array.of(0.2, 0.4, 0.6),
  count: 2,
  explore: 1,
  seed: 1n,
  stream: 0,
};
const { model } = await addon.train(training);

function newCascade() {
  const odd = [{ parent: 0, codes: Uint8Array.from({ length: 100 }, (_, code) => code % 2) }];
  const cascade = addon.createCascade(Uint32Array.of(100, 100, 100), [null, null, null], [null, null, odd]);
  addon.appendClassifier(cascade, model);
  return cascade;
}
const cascade = newCascade();

function detached(array) {
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}
function shared(array) {
  const copy = new array.constructor(new SharedArrayBuffer(array.byteLength));
  copy.set(array);
  return copy;
}
function shrunk() {
  const buffer = new ArrayBuffer(120, { maxByteLength: 240 });
  const view = new Uint16Array(buffer);
  buffer.resize(7);
  return view;
}
const fail = () => {
  throw new Error('a getter that throws');
};
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

/** Arguments are made anew for each call, since some are used up by it: these are functions that make one. */
const plain = fc.oneof(
  fc.anything({ withBigInt: true, withTypedArray: true, withNullPrototype: true, withMap: true, withDate: true }),
  fc.constantFrom(
    -1,
    0,
    1,
    2,
    0.5,
    2 ** 31,
    2 ** 32,
    2 ** 53,
    2 ** 64,
    1e308,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -0,
  ),
  fc.constantFrom(2n ** 64n, -1n, 2n ** 2000n, Symbol('s'), undefined, null, '', 'x'.repeat(1000)),
  fc.bigInt(),
  fc.uint8Array({ maxLength: 300 }),
  fc.uint16Array({ maxLength: 300, max: 200 }),
  fc.float64Array({ maxLength: 30 }),
  fc.float64Array({ maxLength: 9, min: 0, max: 1, noNaN: true }),
  fc.array(fc.constantFrom(null, undefined, codes, new Uint16Array(100)), { maxLength: 4 }),
);
const strange = fc.constantFrom(
  () => codes,
  () => labels,
  () => model,
  () => new Float64Array(3),
  () => trials.points,
  () => new Uint32Array(0),
  () => new DataView(new ArrayBuffer(8)),
  () => cascade,
  () => newCascade(),
  () => newHistory(),
  () => addon.createToken(),
  () => addon.createProgress(),
  () => Object.create(cascade),
  () => new Proxy({}, { get: fail, has: fail, ownKeys: fail }),
  () => new Proxy(codes, {}),
  () => revoked(),
  () => detached(codes.slice()),
  () => detached(model.slice()),
  () => detached(trials.points.slice()),
  () => shared(codes),
  () => shared(model),
  () => shrunk(),
  () => ({ ...training }),
  () => ({ ...sampling }),
  () => ({ ...proposing }),
  () => ({ ...trials }),
  () => fail,
);
const exactly = (arbitrary) => arbitrary.map((value) => () => value);
const anything = fc.oneof(exactly(plain), strange);

/** A request with some members replaced, or behind getters: that throw, or that detach the arrays of the others. */
const spoilt = (request, wrap = (copy) => copy) =>
  fc
    .array(fc.tuple(fc.constantFrom(...Object.keys(request)), anything, fc.nat(9)), { maxLength: 2 })
    .map((changes) => () => {
      const copy = { ...request };
      const array = ['codes', 'points', 'kinds'].find((key) => copy[key]) ?? 'pending';
      if (copy[array]) copy[array] = copy[array].slice();
      const own = copy[array];
      for (const [key, make, how] of changes) {
        const value = how === 1 ? request[key] : make();
        const get = () => {
          if (how === 0) fail();
          if (own.length > 0) detached(own);
          globalThis.gc?.();
          return value;
        };
        const hidden = how === 0 || (how === 1 && own !== undefined && key !== array);
        Object.defineProperty(copy, key, hidden ? { get, configurable: true } : { value, configurable: true });
      }
      return wrap(copy);
    });

/** A model with some bytes replaced, or cut. */
const damaged = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(model.length - 1), fc.nat(255)), { maxLength: 20 }),
    fc.option(fc.nat(model.length), { freq: 3 }),
  )
  .map(([changes, end]) => () => {
    const copy = model.slice(0, end ?? model.length);
    for (const [at, byte] of changes) if (at < copy.length) copy[at] = byte;
    return copy;
  });

/** They work on the whole process: its jobs, its standard output, its signals. */
const OF_THE_PROCESS = ['stop', 'takeOutput', 'guardSignals', 'signalHeard', 'releaseSignals'];
const names = Object.keys(addon).filter((name) => !OF_THE_PROCESS.includes(name));
const handle = fc.constantFrom(() => cascade, newCascade);
const rows = exactly(fc.uint16Array({ maxLength: 30, max: 130 }));
const index = exactly(fc.constantFrom(0, 0.5, 1, -1, Number.NaN));
const conditions = fc.array(
  fc.record({ parent: fc.nat(5), codes: fc.uint8Array({ maxLength: 6 }) }, { requiredKeys: [] }),
  { maxLength: 3 },
);
const call = fc.oneof(
  fc.tuple(fc.constantFrom(...names), fc.array(anything, { maxLength: 4 })),
  fc.tuple(fc.constant('train'), fc.tuple(spoilt(training))),
  fc.tuple(fc.constant('train'), fc.tuple(spoilt(params, (copy) => ({ ...training, params: copy })))),
  fc.tuple(fc.constant('sample'), fc.tuple(handle, spoilt(sampling))),
  fc.tuple(fc.constant('createHistory'), fc.tuple(spoilt(historyOptions))),
  fc.tuple(fc.constant('addTrials'), fc.tuple(fc.constant(newHistory), spoilt(trials))),
  fc.tuple(
    fc.constant('addTrials'),
    fc.tuple(
      fc.constant(() => addon.createHistory(historyOptions)),
      spoilt(trials),
    ),
  ),
  fc.tuple(fc.constant('fitSurrogate'), fc.tuple(fc.constant(newHistory), anything)),
  fc.tuple(fc.constant('propose'), fc.tuple(handle, spoilt(proposing))),
  fc.tuple(fc.constant('appendClassifier'), fc.tuple(fc.constant(newCascade), damaged)),
  fc.tuple(fc.constant('compileClassifier'), fc.tuple(damaged)),
  fc.tuple(fc.constant('appendClassifier'), fc.tuple(anything, fc.oneof(damaged, anything))),
  fc.tuple(fc.constantFrom('accepts', 'margins', 'acceptance'), fc.tuple(handle, fc.oneof(rows, anything), anything)),
  fc.tuple(fc.constant('margins'), fc.tuple(handle, rows, index)),
  fc.tuple(fc.constant('acceptance'), fc.tuple(handle, index)),
  fc.tuple(
    fc.constant('xgboostMargins'),
    fc.tuple(
      fc.oneof(
        fc.constant(() => model),
        damaged,
      ),
      rows,
    ),
  ),
  fc.tuple(
    fc.constant('createCascade'),
    fc.tuple(
      exactly(fc.uint32Array({ maxLength: 4, max: 70000 })),
      fc.oneof(anything, exactly(fc.constant([null]))),
      fc.oneof(anything, exactly(fc.array(fc.oneof(fc.constant(null), conditions), { maxLength: 4 }))),
    ),
  ),
);

function check(error) {
  if (!(error instanceof Error)) throw new Error(`not an Error: ${String(error)}`);
  if (typeof error.code !== 'string' && !/getter|revoked/.test(error.message)) {
    throw new Error(`no code: ${error.stack}`);
  }
}

/** Jobs that would take too long are stopped: whoever is fuzzed does not know of tokens. */
async function settled(promise, token) {
  const timer = setTimeout(() => addon.cancel(token), 200);
  try {
    await promise;
    counts.resolved++;
  } catch (error) {
    check(error);
    counts.rejected++;
  } finally {
    clearTimeout(timer);
  }
}

await fc.assert(
  fc.asyncProperty(call, fc.nat(9), anything, async ([name, args], how, self) => {
    counts.calls++;
    const token = addon.createToken();
    const place = { sample: 2, propose: 2, train: 1, fitSurrogate: 2 }[name];
    const given = args.map((make) => make());
    if (place !== undefined && given.length <= place && how > 0) given[place] = token;
    try {
      // Wrong `this`, and `new`, now and then.
      const result =
        how === 1 ? Reflect.construct(addon[name], given) : addon[name].apply(how < 4 ? self() : addon, given);
      counts.returned++;
      if (result instanceof Promise) await settled(result, token);
    } catch (error) {
      check(error);
      counts.threw++;
    }
    if (counts.calls % 500 === 0) globalThis.gc?.();
  }),
  { numRuns, seed },
);

// All is as it was.
const { codes: drawn } = await addon.sample(cascade, { ...sampling });
const intact = addon.accepts(cascade, drawn).join() === '1,1,1,1';
console.log(JSON.stringify({ ...counts, intact }));
