import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { ShacError, ShacTypeError, show } from '../../errors.js';
import { ownFile } from '../../package/own-files.js';
import type { ManagedRun, TensorBackend } from '../dispatch-run.js';
import type { RuntimeTask } from '../objective/runtime.js';

/** Loaded in the thread that evaluates, and only there. */
const RUNTIME = pathToFileURL(ownFile('dispatch/managed/tensor-runtime.js')).href;

const TENSORFLOW = '@tensorflow/tfjs';
const WASM = '@tensorflow/tfjs-backend-wasm';
const NATIVE = '@tensorflow/tfjs-node';
const NATIVE_GPU = '@tensorflow/tfjs-node-gpu';

/** A package that was found: what to load, and its name for messages. */
export interface FoundPackage {
  readonly name: string;
  readonly file: string;
}

/** What a worker needs to get TensorFlow.js ready. Nothing of it is loaded yet. */
export interface TensorTask extends RuntimeTask {
  readonly framework: 'tensorflow' | 'keras';
  /** The search's seed. */
  readonly seed: number;
  readonly backend: TensorBackend;
  readonly tensorflow: FoundPackage;
  /** Of the back-end `'wasm'`. */
  readonly wasm: FoundPackage | undefined;
}

/**
 * Finds TensorFlow.js, and the best back-end that is there, as `from` (a file) would find it: frameworks are the user's.
 *
 * @throws ERR_FRAMEWORK_NOT_FOUND naming the packages and how to install them; ERR_INVALID_ARGUMENT when a GPU is asked of a
 *   back-end that has none.
 */
export function locateTensorflow(run: ManagedRun, from: string): TensorTask {
  const { framework, engine, seed, backend, maxGpuEvaluators } = run;
  const find = finderFrom(from);
  const refuse = (what: string, ...missing: string[]) =>
    new ShacError(
      'ERR_FRAMEWORK_NOT_FOUND',
      `${what} needs ${missing.join(' and ')}, which ${from} does not find; run: npm install ${missing.join(' ')}`,
    );
  const task = { runtime: RUNTIME, framework: framework as TensorTask['framework'], seed };

  if (maxGpuEvaluators > 0) {
    requireNative(run);
    const gpu = find(NATIVE_GPU);
    if (gpu === undefined) throw refuse(`${engine} with maxGpuEvaluators ${maxGpuEvaluators}`, NATIVE_GPU);
    return { ...task, backend: 'node', tensorflow: gpu, wasm: undefined };
  }
  if (backend === undefined || backend === 'node') {
    const native = find(NATIVE) ?? find(NATIVE_GPU);
    if (native !== undefined) return { ...task, backend: 'node', tensorflow: native, wasm: undefined };
    if (backend === 'node') throw refuse(`${engine} with backend 'node'`, NATIVE);
  }
  const tensorflow = find(TENSORFLOW);
  const wasm = backend === 'cpu' ? undefined : find(WASM);
  if (backend === 'wasm' && (tensorflow === undefined || wasm === undefined)) {
    const missing = [tensorflow === undefined ? TENSORFLOW : [], wasm === undefined ? WASM : []].flat();
    throw refuse(`${engine} with backend 'wasm'`, ...missing);
  }
  if (tensorflow === undefined) throw refuse(engine, TENSORFLOW);
  return { ...task, backend: wasm === undefined ? 'cpu' : 'wasm', tensorflow, wasm };
}

/** Finds packages as the file `from` would. */
function finderFrom(from: string): (name: string) => FoundPackage | undefined {
  const require = createRequire(from);
  return (name) => {
    try {
      return { name, file: require.resolve(name) };
    } catch {
      return undefined;
    }
  };
}

function requireNative({ backend, maxGpuEvaluators }: ManagedRun): void {
  if (backend === undefined || backend === 'node') return;
  throw new ShacTypeError(
    'ERR_INVALID_ARGUMENT',
    `maxGpuEvaluators ${maxGpuEvaluators} needs backend 'node', got ${show(backend)}`,
  );
}
