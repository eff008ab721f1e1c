import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { allProblems } from './all-problems.mjs';
import { isConditional } from './coordinates.mjs';
import { allMethods, METHODS } from './methods.mjs';

/** A quick run: pairs of problems that are unlike each other; the last two pairs have conditions. */
const QUICK_PROBLEMS = [
  'Branin',
  'Six-hump camel',
  'Hartmann6',
  'Shekel-10',
  'Rosenbrock-5',
  'Dixon-Price-6',
  'Layers, mixed',
  'Storage, mixed',
  'Binary tree',
  'Deep tree',
  'Model choice, conditional',
  'Trainer, conditional',
];

const FLAGS = {
  seeds: { type: 'string' },
  budgets: { type: 'string' },
  batch: { type: 'string' },
  methods: { type: 'string' },
  problems: { type: 'string' },
  half: { type: 'string' },
  only: { type: 'string' },
  spaces: { type: 'string', default: 'flat' },
  variant: { type: 'string', multiple: true, default: [] },
  jobs: { type: 'string' },
  details: { type: 'boolean', default: false },
};

/** What a run of the benchmark is to do, from the command line. @throws an error that says what a flag must be. */
export async function readOptions({ quick, args }) {
  const { values: given } = parseArgs({ args, options: FLAGS });
  const limits = quick ? 'quick' : 'most';
  const variants = given.variant.map(readVariant);
  const named = given.methods?.split(',').map((name) => name.trim());
  const pattern = given.problems === undefined ? undefined : new RegExp(given.problems, 'i');
  const halves = given.half === undefined ? ['tuning', 'test'] : [oneOf('half', given.half, ['tuning', 'test'])];
  const only = given.only === undefined ? undefined : oneOf('only', given.only, ['synthetic', 'real']);
  const spaces = oneOf('spaces', given.spaces, ['flat', 'conditional', 'all']);
  const chosen = (problem) => {
    if (!halves.includes(problem.half)) return false;
    if (spaces !== 'all' && (spaces === 'conditional') !== isConditional(problem.space)) return false;
    if (only && (only === 'real') !== (problem.optimum === null)) return false;
    return pattern ? pattern.test(problem.name) : !quick || problem.quick || QUICK_PROBLEMS.includes(problem.name);
  };
  const problems = (await allProblems({ quick })).filter(chosen);
  if (problems.length === 0)
    throw new Error(`--problems ${given.problems}: no problem of those asked for has such a name`);
  const budgets = (given.budgets ?? (quick ? '50,100' : '50,100,200,400,1000'))
    .split(',')
    .map((n) => whole('budgets', n));
  const batches = (given.batch ?? '1,20').split(',').map((n) => whole('batch', n));
  const lonely = batches.find((batch) => budgets.every((budget) => budget % batch !== 0));
  if (lonely) throw new Error(`--batch ${lonely}: none of the budgets ${budgets.join(', ')} is a multiple of it`);
  return {
    variants,
    problems,
    halves,
    methods: choose(allMethods(variants), named && [...named, ...variants.map(({ name }) => name)], quick),
    /** Dear methods and problems stop at their limits, unless they are asked for by name. */
    limits: { ofMethods: named ? undefined : limits, ofProblems: pattern ? undefined : limits },
    seeds: whole('seeds', given.seeds ?? (quick ? '3' : '15')),
    budgets,
    batches,
    processes: whole('jobs', given.jobs ?? String(availableParallelism())),
    details: given.details,
  };
}

/** A variant of SHAC, from `NAME=JSON`. */
function readVariant(text) {
  const [name, json] = [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)];
  try {
    if (name === '' || METHODS.some((method) => method.name === name)) throw new Error('that needs a name of its own');
    return { name, options: JSON.parse(json) };
  } catch (error) {
    throw new Error(`--variant must be NAME=JSON, as in fast='{"maxClassifiers":5}', got ${text} (${error.message})`);
  }
}

/** The methods with these names; random search always, since it is the measure. */
function choose(methods, names, quick) {
  if (names === undefined) return methods.filter((method) => !quick || method.quick);
  for (const name of names) {
    oneOf(
      'methods',
      name,
      methods.map((method) => method.name),
    );
  }
  return methods.filter(({ name }) => name === 'random' || names.includes(name));
}

function oneOf(flag, value, allowed) {
  if (allowed.includes(value)) return value;
  throw new Error(`--${flag}: there is no ${JSON.stringify(value)}; there are: ${allowed.join(', ')}`);
}

function whole(flag, text) {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Error(`--${flag} must be a whole number above 0, or some with commas between them, got ${text}`);
}
