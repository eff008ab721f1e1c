import type { ManagedRun } from '../dispatch-run.js';

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
