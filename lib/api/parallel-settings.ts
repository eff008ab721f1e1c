import { availableParallelism } from 'node:os';
import { EVALUATOR_BACKENDS, type EvaluatorBackend } from '../dispatch/backends.js';
import { flag, oneOf, parallelism } from '../validate.js';

/** Where candidates are drawn and classifiers trained. */
export type GeneratorBackend = 'parallel' | 'concurrent';

/** Where and how many at a time evaluations run, and candidates are drawn. May be changed between any two calls of fit. */
export class ParallelSettings {
  readonly #batchSize: number;
  #evaluators: number;
  #evaluatorBackend: EvaluatorBackend = 'inline';
  #limitMemory = false;
  #generators = availableParallelism();
  #generatorBackend: GeneratorBackend = 'parallel';

  constructor(batchSize: number) {
    this.#batchSize = batchSize;
    this.#evaluators = parallelism('numParallelEvaluators', undefined, batchSize);
  }

  /** Evaluations at once. Default min(batch size, cores); 1 is strictly serial, in index order. */
  get numParallelEvaluators(): number {
    return this.#evaluators;
  }

  /** @param n 1 to 256, or null for the default. */
  setNumParallelEvaluators(n: number | null): void {
    this.#evaluators = parallelism('numParallelEvaluators', n, this.#batchSize);
  }

  /** Where functions and modules are evaluated, from the next `fit` on. Default `'inline'`. */
  get evaluatorBackend(): EvaluatorBackend {
    return this.#evaluatorBackend;
  }

  set evaluatorBackend(backend: EvaluatorBackend) {
    this.#evaluatorBackend = oneOf('evaluatorBackend', backend, EVALUATOR_BACKENDS);
  }

  /** Evaluates in this thread: closures, sync or async, up to `numParallelEvaluators` promises at a time. */
  concurrentEvaluators(): void {
    this.#evaluatorBackend = 'inline';
  }

  /** Evaluates modules in workers, `numParallelEvaluators` of them. */
  parallelEvaluators(backend: 'threads' | 'processes' = 'processes'): void {
    this.#evaluatorBackend = oneOf('backend', backend, ['threads', 'processes']);
  }

  /**
   * Whether memory is given back after each evaluation: workers are replaced, and in this thread garbage is collected.
   * Default false.
   */
  get limitMemory(): boolean {
    return this.#limitMemory;
  }

  set limitMemory(limit: boolean) {
    this.#limitMemory = flag('limitMemory', limit);
  }

  /**
   * Native threads that draw candidates and train, off the event loop; 1 when they are concurrent. Default: the cores.
   * They never change a result.
   */
  get numParallelGenerators(): number {
    return this.#generatorBackend === 'concurrent' ? 1 : this.#generators;
  }

  /** @param n 1 to 256, or null for the default. */
  setNumParallelGenerators(n: number | null): void {
    this.#generators = parallelism('numParallelGenerators', n, Number.POSITIVE_INFINITY);
    this.#generatorBackend = 'parallel';
  }

  /** `'parallel'` (default): several native threads draw and train. `'concurrent'`: one does, beside this thread. */
  get generatorBackend(): GeneratorBackend {
    return this.#generatorBackend;
  }

  set generatorBackend(backend: GeneratorBackend) {
    this.#generatorBackend = oneOf('generatorBackend', backend, ['parallel', 'concurrent']);
  }

  /** Draws and trains on one native thread. */
  concurrentGenerators(): void {
    this.#generatorBackend = 'concurrent';
  }

  /** Draws and trains on as many native threads as `setNumParallelGenerators` says. */
  parallelGenerators(): void {
    this.#generatorBackend = 'parallel';
  }
}
