import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  type CallbackMethods,
  command,
  type DiscreteValue,
  discrete,
  type EvaluatorBackend,
  type ObjectiveSource,
  python,
  SHAC,
  type ShacOptions,
  uniform,
} from 'shac';
import { quick, temporaryDirectory } from './studies.js';

/** What a way to run objectives can do beyond giving a value. */
export type Ability =
  /** Calls `setup` and `teardown`, and uses a worker again. */
  | 'hooks'
  /** Each evaluator is a worker of its own that is used again, ends when it is aborted, and may die. */
  | 'workers'
  /** An abort ends what runs, whatever it is. */
  | 'ends'
  /** The workers are processes, which signals can end. */
  | 'processes'
  /** Objectives report intermediate values. */
  | 'reports'
  /** Errors keep their name and stack. */
  | 'errors'
  /** Params are cloned, not written as JSON, which turns -0 into 0. */
  | 'clones';

/** A way to run objectives, for the contract that each of them keeps. */
export interface Backend {
  readonly name: string;
  readonly evaluatorBackend: EvaluatorBackend;
  readonly can: ReadonlySet<Ability>;
  /** What `fit` takes to run the fixture of that name. Called within a test. */
  objective(fixture: string): Promise<ObjectiveSource<unknown>>;
}

export const fixture = (name: string) => new URL(`../fixtures/evaluators/${name}.mjs`, import.meta.url);

async function closure(name: string) {
  const { default: objective } = await import(fixture(name).href);
  return ((...args) => objective(...args)) as ObjectiveSource<unknown>;
}

const module = async (name: string) => fixture(name);

/** Runs a fixture that is named by its argument. */
const program = fileURLToPath(fixture('run-fixture'));

/** A study file in TypeScript whose objective is the fixture's. */
async function studyFile(name: string) {
  const file = `${temporaryDirectory()}/${name}.study.ts`;
  const source = `
    import { defineStudy, uniform } from 'shac';
    import * as fixture from ${JSON.stringify(fileURLToPath(fixture(name)))};
    const { default: evaluate, setup, teardown }: any = fixture;
    export { setup, teardown };
    enum Budget { N = 8, M = 2 }
    export default defineStudy({
      space: { x: uniform(0, 1) },
      totalBudget: Budget.N,
      numBatches: Budget.M,
      evaluate,
    });`;
  writeFileSync(file, source);
  return pathToFileURL(file);
}

export const backends: readonly Backend[] = [
  {
    name: 'a function, inline',
    evaluatorBackend: 'inline',
    can: new Set(['reports', 'errors', 'clones']),
    objective: closure,
  },
  {
    name: 'a module, inline',
    evaluatorBackend: 'inline',
    can: new Set(['hooks', 'reports', 'errors', 'clones']),
    objective: module,
  },
  {
    name: 'a module, in threads',
    evaluatorBackend: 'threads',
    can: new Set(['hooks', 'workers', 'ends', 'reports', 'errors', 'clones']),
    objective: module,
  },
  {
    name: 'a study file, in threads',
    evaluatorBackend: 'threads',
    can: new Set(['hooks', 'workers', 'ends', 'reports', 'errors', 'clones']),
    objective: studyFile,
  },
  {
    name: 'a module, in processes',
    evaluatorBackend: 'processes',
    can: new Set(['hooks', 'workers', 'ends', 'processes', 'reports', 'errors', 'clones']),
    objective: module,
  },
  {
    name: 'a program',
    evaluatorBackend: 'inline',
    can: new Set(['ends']),
    objective: async (name) => command([process.execPath, program, name]),
  },
  {
    name: 'a Python function',
    evaluatorBackend: 'inline',
    can: new Set(['ends']),
    objective: async (name) =>
      python({ module: program.replace('run-fixture.mjs', 'run_fixture.py'), env: { FIXTURE: name } }),
  },
];

/** Those that can do all of this. */
export function backendsThat(...abilities: Ability[]): readonly Backend[] {
  return backends.filter(({ can }) => abilities.every((ability) => can.has(ability)));
}

/** One event that a fixture recorded. */
export interface Recorded {
  pid: number;
  threadId: number;
  event?: string;
  trialId: number;
  workerId: number;
  setups?: number[];
  params?: Record<string, unknown>;
}

export const plan = { totalBudget: 8, numBatches: 2, objective: 'min', seed: 3, classifier: quick } as const;

/** A study whose fixtures record what they do, with `way` among their params. */
export function recordedStudy(
  { evaluatorBackend }: Pick<Backend, 'evaluatorBackend'>,
  evaluators: number,
  { way = 'any', ...options }: Partial<ShacOptions> & { way?: DiscreteValue } = {},
) {
  const log = `${temporaryDirectory()}/log`;
  const shac = new SHAC({ x: uniform(0, 1), log: discrete([log]), way: discrete([way]) }, { ...plan, ...options });
  shac.evaluatorBackend = evaluatorBackend;
  shac.setNumParallelEvaluators(evaluators);
  return { shac, recorded: () => recordedIn(log) };
}

export function recordedIn(log: string): Recorded[] {
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Recorded);
}

/** Child processes of this one, on Linux. */
export function children(): number[] {
  const pids = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return pids.map(Number);
}

/** The same without the watcher, which ends them when this process does. */
export function workers(): number[] {
  return children().filter((pid) => {
    try {
      return !readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('watcher.sh');
    } catch {
      return false; // gone
    }
  });
}

/** Callbacks that keep what they hear, in order. */
export function listener() {
  const heard: [event: string, detail: unknown][] = [];
  const callback: CallbackMethods = {
    onReport: (report) => void heard.push(['report', report]),
    onTrialEnd: ({ id }) => void heard.push(['end', id]),
  };
  return { heard, callback };
}
