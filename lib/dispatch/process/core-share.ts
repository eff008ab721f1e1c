import { availableParallelism } from 'node:os';

/** How numerical libraries are told how many threads to start: OpenMP (PyTorch), OpenBLAS, MKL, BLIS, Accelerate, NumExpr. */
const OPENMP = 'OMP_NUM_THREADS';
const FOLLOWERS = [
  'OPENBLAS_NUM_THREADS',
  'MKL_NUM_THREADS',
  'BLIS_NUM_THREADS',
  'VECLIB_MAXIMUM_THREADS',
  'NUMEXPR_NUM_THREADS',
];
const TENSORFLOW = ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS'];

/**
 * Variables for the processes of evaluators that share this machine. Each library starts a thread for every core, so n
 * evaluators would have n times too many: each is told to start its share of them. What is set already stays; where
 * OpenMP's variable is, libraries that follow it are left to it. None for one evaluator.
 *
 * @param env The variables that a process gets otherwise.
 */
export function coreShare(evaluators: number, env: NodeJS.ProcessEnv): Record<string, string> {
  if (evaluators <= 1) return {};
  const share = String(Math.max(1, Math.floor(availableParallelism() / evaluators)));
  const names = env[OPENMP] === undefined ? [OPENMP, ...FOLLOWERS, ...TENSORFLOW] : TENSORFLOW;
  return Object.fromEntries(names.filter((name) => env[name] === undefined).map((name) => [name, share]));
}
