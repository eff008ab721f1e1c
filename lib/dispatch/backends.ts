/**
 * Where a function or module is evaluated: `'inline'` in this thread, `'threads'` in worker threads, `'processes'` in
 * child processes.
 */
export type EvaluatorBackend = 'inline' | 'threads' | 'processes';

export const EVALUATOR_BACKENDS: readonly EvaluatorBackend[] = ['inline', 'threads', 'processes'];
