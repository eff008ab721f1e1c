/** What is compared: SHAC, random search and peers, all behind one `run`. */
import { SHAC } from 'shac';
import { coordinatesOf } from './coordinates.mjs';
import { PeerServer } from './peer.mjs';
import { drawParams, randomFor } from './random.mjs';
import { processorMs, Search } from './search.mjs';

/** Raised by hand when a peer is driven in another way, so that its runs are made again. */
const REVISION = 1;

/**
 * Random search, twice the budget of which is the measure of all. It has more seeds than the others, since every score
 * depends on it.
 */
const random = {
  name: 'random',
  options: {},
  revision: REVISION,
  batches: false,
  budgetFactor: 2,
  seedFactor: 4,
  async run({ problem, budget, seed }) {
    const search = new Search(problem, `random ${seed}`);
    const numbers = randomFor(`random search of ${problem.name}, seed ${seed}`);
    const started = processorMs();
    while (search.count < budget) await search.evaluate(drawParams(problem.space, numbers));
    return result(search, processorMs() - started - search.evaluationMs);
  },
};

/**
 * A peer of peers.py. What is dear is left out of a run of everything beyond `most`, and beyond `quick` of a quick one.
 *
 * @param limits - `{ most: { budget, seeds }, quick: { budget, seeds } }`; not in quick runs without the second.
 */
function peer(name, limits) {
  return {
    name,
    options: {},
    revision: REVISION,
    ...limits,
    python: true,
    async run({ problem, budget, batch, seed }) {
      const server = serverOf(name);
      const { coordinates, paramsOf } = coordinatesOf(problem.space);
      const { version } = await server.request({ coordinates: coordinates.map(toJson), seed, batch, budget });
      const search = new Search(problem, `${name} ${seed}`);
      let [values, ms] = [[], 0];
      while (search.count < budget) {
        const answer = await server.request({ values, count: Math.min(batch, budget - search.count) });
        ms += answer.ms;
        values = [];
        for (const candidate of answer.candidates) {
          const params = paramsOf(coordinates.map((coordinate, i) => proposed(coordinate, candidate[i])));
          values.push(await search.evaluate(params));
        }
      }
      return { ...result(search, ms), library: version };
    },
  };
}

/** What peers.py is told of a coordinate: values of lists are known by their index. */
function toJson({ column, parameter, conditions }, _, coordinates) {
  const told = conditions.map(({ parent, values }) => {
    const { parameter: of } = coordinates.find((other) => other.column === parent);
    return { parent, values: of.kind === 'discrete' ? values.map((value) => of.values.indexOf(value)) : values };
  });
  return { column, ...parameter, conditions: told };
}

/** What a peer proposes for a coordinate: null for one that is inactive. */
function proposed({ parameter: { kind, values } }, given) {
  if (given === null) return undefined;
  return kind === 'discrete' ? values[given] : given;
}

/** The one server that this process has: of the peer that ran last. */
let running;

function serverOf(name) {
  if (running?.name !== name) {
    running?.server.close();
    running = { name, server: new PeerServer(name) };
  }
  return running.server;
}

/** Ends the peers' server, after a failure or at the end. */
export function closePeers() {
  running?.server.close();
  running = undefined;
}

/**
 * SHAC with overrides of its options; `fit` among them has options of `fit`. Its search depends on the whole budget.
 */
export function shac(name, options) {
  const { fit = {}, ...overrides } = options;
  return {
    name,
    options,
    plansForBudget: true,
    quick: {},
    async run({ problem, budget, batch, seed }) {
      const search = new Search(problem, `shac ${seed}`);
      const sizes = { totalBudget: budget, numBatches: budget / batch, objective: 'min', seed };
      const started = processorMs();
      const engine = new SHAC(problem.space, { ...sizes, ...overrides });
      engine.setNumParallelEvaluators(1);
      await engine.fit((params) => search.evaluate(params), fit);
      return result(search, processorMs() - started - search.evaluationMs);
    },
  };
}

/** Besides the curve: processor milliseconds a trial, without evaluations. */
function result(search, ms) {
  return { curve: search.curve, best: search.best, ms: ms / search.count };
}

/** The cheap ones first: what a run of all of them has when it is interrupted. */
export const METHODS = [
  { ...random, quick: {} },
  shac('shac', {}),
  shac('shac paper', { preset: 'paper' }),
  peer('cma', { quick: {} }),
  peer('tpe', { most: { budget: 400 }, quick: {} }),
  // Without conditions there is one group, and the same trials as those of `tpe`.
  peer('tpe group', { most: { budget: 400 }, conditional: true }),
  peer('cmaes', { quick: {} }),
  peer('hyperopt', { most: { budget: 400 } }),
  peer('forest', { most: { budget: 400, seeds: 5 } }),
  peer('smac', { most: { budget: 100, seeds: 3 }, plansForBudget: true }),
  peer('gp', { most: { budget: 200, seeds: 3 }, quick: { budget: 50, seeds: 1 } }),
];

/** The methods of METHODS, and variants of SHAC. */
export function allMethods(variants) {
  return [...METHODS, ...variants.map(({ name, options }) => shac(name, options))];
}
