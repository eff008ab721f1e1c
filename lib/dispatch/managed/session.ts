import type { TensorBackend } from '../dispatch-run.js';

/** What TensorFlow.js holds, as its `memory()` says. */
export interface TensorMemory {
  /** Tensors and variables. */
  readonly numTensors: number;
  readonly numDataBuffers: number;
  readonly numBytes: number;
}

/**
 * What an objective of `TensorflowSHAC` is called with: TensorFlow.js of its worker's own, ready to compute. Every tensor
 * and variable that is made during an evaluation is disposed of after it, whatever became of it; those of the module's
 * `setup` (a data set, say) stay. What the objective should have disposed of by itself is counted in its trial's
 * `memory.leakedTensors`.
 *
 * `TF` is the type of the framework: `session: TensorflowSession<typeof tf>`, with `import type * as tf from
 * '@tensorflow/tfjs'`.
 */
export interface TensorflowSession<TF = unknown> {
  /** The namespace `tf`. */
  readonly tf: TF;
  readonly backend: TensorBackend;
  readonly workerId: number;
  /**
   * The trial's, for initializers, dropout and shuffles that are to have one; in `setup`, the search's. What is left
   * without a seed is seeded by it too, since TensorFlow.js takes its random numbers from `Math.random`, which follows
   * from this seed during an evaluation.
   */
  readonly seed: number;
  memory(): TensorMemory;
}

/** A member of the framework's namespace, as far as its type is known. */
type Member<TF, K extends string> = TF extends { readonly [key in K]: infer V } ? V : unknown;

/**
 * What an objective of `KerasSHAC` is called with: a {@link TensorflowSession} with the Keras-style layers of
 * TensorFlow.js. Models that are made here are disposed of after the evaluation, with their optimizers and all else that
 * their training left; they count as no leak.
 */
export interface KerasSession<TF = unknown> extends TensorflowSession<TF> {
  readonly layers: Member<TF, 'layers'>;
  readonly sequential: Member<TF, 'sequential'>;
  readonly model: Member<TF, 'model'>;
  /** Those of TensorFlow.js, `earlyStopping` among them. */
  readonly callbacks: Member<TF, 'callbacks'>;
  /** Tells the value of an epoch, counted from 0: callbacks of the search hear of it by `onReport`. */
  report(epoch: number, value: number): void;
}
