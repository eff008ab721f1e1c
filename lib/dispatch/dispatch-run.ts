import type { EvaluatorBackend } from './backends.js';

/** The frameworks that have an engine of their own. */
export type Framework = 'tensorflow' | 'keras' | 'torch';

export const FRAMEWORKS: readonly Framework[] = ['tensorflow', 'keras', 'torch'];

/** Where TensorFlow.js computes: `'node'` is TensorFlow's own library (tfjs-node), `'wasm'` WebAssembly, `'cpu'` JavaScript. */
export type TensorBackend = 'node' | 'wasm' | 'cpu';

export const TENSOR_BACKENDS: readonly TensorBackend[] = ['node', 'wasm', 'cpu'];

/** What a managed engine asks of the evaluators of one run. */
export interface ManagedRun {
  readonly framework: Framework;
  /** The engine's class, for messages. */
  readonly engine: string;
  /** The search's seed, from which those of the trials follow. */
  readonly seed: number;
  /** Evaluators that get a device of their own; 0 hides all devices. */
  readonly maxGpuEvaluators: number;
  /** As the user chose it; undefined takes the best that is installed. */
  readonly backend: TensorBackend | undefined;
}

/** What one `fit` asks of the dispatcher that is made for it. */
export interface DispatchRun {
  /** Where functions and modules are to be evaluated: the study's `evaluatorBackend`. */
  readonly backend: EvaluatorBackend;
  /** Evaluations at once: the study's `numParallelEvaluators`. */
  readonly evaluators: number;
  /** Whether memory is given back after each evaluation: the study's `limitMemory`. */
  readonly limitMemory: boolean;
  /** The names of the parameters, in the order of the space. */
  readonly names: readonly string[];
  /** Names inside of choices, with their keys joined by dots: `head.kind`, `head.width`. Undefined where there is no choice. */
  readonly innerNames?: readonly string[] | undefined;
  /** What the engine of a framework asks; undefined for a search without one. */
  readonly managed?: ManagedRun | undefined;
}
