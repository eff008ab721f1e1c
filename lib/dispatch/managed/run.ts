import { createHash } from 'node:crypto';

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
  /** The search's seed, from which those of the trials follow: see {@link trialSeed}. */
  readonly seed: number;
  /** Evaluators that get a device of their own; 0 hides all devices. */
  readonly maxGpuEvaluators: number;
  /** Evaluations at once. */
  readonly evaluators: number;
  /** As the user chose it; undefined takes the best that is installed. */
  readonly backend: TensorBackend | undefined;
}

/**
 * The seed that a framework gets for a trial, or for the module's `setup`: a whole number in [0, 2^31), which all of them take. It depends on nothing
 * but the search's seed and the trial, so that a score does not depend on who computed it, and after what.
 */
export function trialSeed(seed: number, of: number | 'setup'): number {
  return createHash('sha256').update(`${seed} ${of}`).digest().readUInt32LE(0) >>> 1;
}

/**
 * The variables of a worker's process that say which devices its framework sees: one of those that this process sees
 * itself, in turn; none when `maxGpuEvaluators` is 0.
 */
export function deviceEnvironment(
  { framework, maxGpuEvaluators }: ManagedRun,
  workerId: number,
  limitMemory: boolean,
): Record<string, string> {
  if (maxGpuEvaluators === 0) return { CUDA_VISIBLE_DEVICES: '' };
  const visible = process.env.CUDA_VISIBLE_DEVICES?.split(',').filter((device) => device.trim() !== '') ?? [];
  const turn = workerId % maxGpuEvaluators;
  const device = visible.length === 0 ? String(turn) : (visible[turn % visible.length] as string).trim();
  // TensorFlow otherwise takes the whole memory of its device, which others may need as well.
  const grows = limitMemory && framework !== 'torch';
  return { CUDA_VISIBLE_DEVICES: device, ...(grows && { TF_FORCE_GPU_ALLOW_GROWTH: 'true' }) };
}
