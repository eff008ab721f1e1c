// Whether an addon that was built elsewhere than in build/ loads and works: `node native/test/addon-answers.mjs FILE`.
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const addon = createRequire(import.meta.url)(resolve(process.argv[2]));
const levels = Uint32Array.of(32768, 4);
const codes = Uint16Array.from({ length: 80 }, (_, i) => (i % 2 === 0 ? (i * 48271) % 32768 : i % 4));
const labels = Uint8Array.from({ length: 40 }, (_, i) => (codes[2 * i] < 16384 ? 1 : 0));
const params = { rounds: 20, maxDepth: 3, eta: 0.3, lambda: 1, minChildWeight: 1, subsample: 1, seed: 0 };
const training = { codes, labels, columns: 2, params, folds: 5, attempts: 2, shuffleSeed: 1n, threads: 2 };
const { model } = await addon.train(training);
const cascade = addon.createCascade(levels, [null, null]);
addon.appendClassifier(cascade, model);
const sampling = { stream: 0, classifiers: 1, relax: false, memory: 2 ** 26, maxDraws: 1e6, sweeps: 0 };
const drawn = await addon.sample(cascade, { ...sampling, seed: 1n, count: 100, threads: 2 });
const margins = await addon.xgboostMargins(model, drawn.codes);
if (margins.length !== 100 || !margins.every((margin) => margin > 0)) throw new Error('it draws what XGBoost rejects');
const refused = await addon.train({ ...training, labels: labels.subarray(1) }).catch((error) => error.code);
if (refused !== 'ERR_INVALID_ARGUMENT') throw new Error(`a wrong request gives ${refused}`);
console.log(`the addon answers, with XGBoost ${addon.xgboostVersion()}`);
