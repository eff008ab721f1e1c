import { ShacTypeError, show } from '../errors.js';
import { type CommandSpec, isCommandSpec } from './command/command.js';
import type { DispatchRun } from './dispatch-run.js';
import type { Dispatcher, DispatcherSource, Objective } from './dispatcher.js';
import { isCodeObjective, type ModuleObjective } from './objective/module.js';
import { createOwnDispatcher, isDispatcherSource } from './own.js';
import { isPythonSpec, type PythonSpec } from './python/python.js';

/**
 * What `fit` evaluates: a function (in this thread); a module as a path, a `file:` URL or `{ module, export }` (in any
 * backend); a program or a Python function, as `command` and `python` describe them (in processes of their own, whatever
 * the backend); or a dispatcher of the user's own, which evaluates wherever it likes.
 */
export type ObjectiveSource<P> =
  | Objective<P>
  | string
  | URL
  | ModuleObjective
  | CommandSpec
  | PythonSpec
  | DispatcherSource<P>;

/** A kind of place where objectives run. */
interface Kind<S> {
  readonly name: string;
  /** Whether it evaluates what such a value describes. */
  readonly takes: (source: unknown) => source is S;
  /** Whether it is the kind for such a run. */
  readonly serves: (run: DispatchRun) => boolean;
  /** Loads what makes its dispatchers: a run needs one kind of them. */
  readonly load: () => Promise<Create<S>>;
}

/** @throws a typed error, before any work, for a source that is not as documented or does not fit the run. */
type Create<S> = (source: S, run: DispatchRun) => Dispatcher<unknown>;

const kind = <S>(
  name: string,
  takes: Kind<S>['takes'],
  serves: Kind<S>['serves'],
  load: Kind<S>['load'],
): Kind<unknown> => ({ name, takes, serves, load }) as Kind<unknown>;

const always = () => true;
const withoutEngine = ({ managed }: DispatchRun) => managed === undefined;
const at = (place: DispatchRun['backend']) => (run: DispatchRun) => withoutEngine(run) && run.backend === place;
const withTensorflow = ({ managed }: DispatchRun) => managed !== undefined && managed.framework !== 'torch';

const workers = async () => (await import('./workers/worker-dispatcher.js')).createWorkerDispatcher;

/** All kinds; the first that takes a source and serves the run evaluates it. A new place to run is a line here. */
const KINDS: readonly Kind<unknown>[] = [
  kind('own', isDispatcherSource, always, async () => createOwnDispatcher),
  kind(
    'python',
    isPythonSpec,
    always,
    async () => (await import('./python/python-dispatcher.js')).createPythonDispatcher,
  ),
  kind(
    'tensorflow',
    isCodeObjective,
    withTensorflow,
    async () => (await import('./managed/tensor-dispatcher.js')).createTensorDispatcher,
  ),
  kind(
    'command',
    isCommandSpec,
    withoutEngine,
    async () => (await import('./command/command-dispatcher.js')).createCommandDispatcher,
  ),
  kind(
    'inline',
    isCodeObjective,
    at('inline'),
    async () => (await import('./inline/inline-dispatcher.js')).createInlineDispatcher,
  ),
  kind('threads', isCodeObjective, at('threads'), workers),
  kind('processes', isCodeObjective, at('processes'), workers),
];

/** Whether some kind of run evaluates what such a value describes. */
export function isObjectiveSource(value: unknown): boolean {
  return KINDS.some(({ takes }) => takes(value));
}

/**
 * The dispatcher of one run. Nothing of it is started yet.
 *
 * @throws a typed error, before any work, for an objective that is not as documented or does not fit the run.
 */
export async function createDispatcher<P>(source: unknown, run: DispatchRun): Promise<Dispatcher<P>> {
  const found = KINDS.find(({ takes, serves }) => takes(source) && serves(run));
  if (found === undefined) throw refusal(source, run);
  const create = await found.load();
  return create(source, run) as Dispatcher<P>;
}

function refusal(source: unknown, { managed }: DispatchRun): ShacTypeError {
  const javascript =
    managed?.framework === 'torch' ? '' : ' a function or a module (a path, a URL or { module, export }) or';
  const what =
    managed === undefined
      ? 'the objective must be a function (params, context) => number, a module (a path, a URL or { module, export }), ' +
        'command([...]) or python({...})'
      : `the objective of ${managed.engine} must be${javascript} a Python function, python({ module: 'train.py' })`;
  return new ShacTypeError('ERR_INVALID_ARGUMENT', `${what}, got ${show(source)}`);
}
