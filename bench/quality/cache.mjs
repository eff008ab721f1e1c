/** Results of runs, a line of JSON each in build-quality/runs.jsonl: a long benchmark can be interrupted and extended. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drawParams, randomFor } from './random.mjs';
import { describe } from './search.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
export const folder = join(root, 'build-quality');

const hash = (value) => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12);

/** Runs by what they are of. */
export class Cache {
  #file;
  #runs = new Map();
  #keys = new Map();

  constructor(file = join(folder, 'runs.jsonl')) {
    this.#file = file;
    mkdirSync(dirname(file), { recursive: true });
    if (!existsSync(file)) return;
    const text = readFileSync(file, 'utf8');
    if (text !== '' && !text.endsWith('\n')) appendFileSync(file, '\n');
    for (const line of text.split('\n')) {
      if (!line.endsWith('}')) continue; // of a process that was killed while it wrote
      const { key, ...run } = JSON.parse(line);
      this.#keep(key, run);
    }
  }

  /** The run of a method with this budget; of one that does not plan for its budget, one with more will do. */
  find({ method, problem, budget, batch, seed }) {
    const runs = this.#runs.get(this.#key({ method, problem, batch, seed })) ?? [];
    return runs.find((run) => (method.plansForBudget ? run.budget === budget : run.budget >= budget));
  }

  add(job, run) {
    const key = this.#key(job);
    const kept = { budget: job.budget, ...run };
    appendFileSync(this.#file, `${JSON.stringify({ key, ...kept })}\n`);
    this.#keep(key, kept);
  }

  #keep(key, run) {
    const runs = this.#runs.get(key);
    if (runs) runs.push(run);
    else this.#runs.set(key, [run]);
  }

  #key({ method, problem, batch, seed }) {
    return [this.#methodKey(method), this.#problemKey(problem), method.batches === false ? 1 : batch, seed].join(' | ');
  }

  #methodKey(method) {
    return this.#once(method, () =>
      method.revision === undefined
        ? `shac ${hash(method.options)} ${version()}` // by its options: a variant may get another name
        : `${method.name} ${method.revision}`,
    );
  }

  #problemKey(problem) {
    return this.#once(problem, () => `${problem.name} ${fingerprint(problem)}`);
  }

  #once(of, compute) {
    if (!this.#keys.has(of)) this.#keys.set(of, compute());
    return this.#keys.get(of);
  }
}

/** Changes with the problem: its space, and of a function its values and their noise at some points. */
function fingerprint(problem) {
  const space = describe(problem);
  if (problem.optimum === null) return hash([space, problem.version ?? 1]);
  const random = randomFor(`fingerprint of ${problem.name}`);
  const values = Array.from({ length: 5 }, () => {
    const params = drawParams(problem.space, random);
    return [problem.exact(params), problem.evaluate(params, random)].map((value) => value.toPrecision(10));
  });
  return hash([space, values]);
}

/** The rooms that decide which trials there are. */
const SEARCH = ['api', 'run', 'strategies', 'training', 'study', 'native', 'space'];

let ownVersion;

/** Changes with what SHAC's search depends on: the addon's sources and the modules of dist that have part in it. */
function version() {
  ownVersion ??= hash(
    [...SEARCH.map((room) => `dist/${room}`), 'native/binding', 'native/core'].flatMap((folder) =>
      filesOf(folder).map((path) => [path, readFileSync(join(root, path), 'utf8')]),
    ),
  );
  return ownVersion;
}

function filesOf(folder) {
  if (!existsSync(join(root, folder))) return [];
  const names = readdirSync(join(root, folder), { recursive: true }).filter((name) => /\.(js|cc|h)$/.test(name));
  return names.sort().map((name) => `${folder}/${name}`);
}
