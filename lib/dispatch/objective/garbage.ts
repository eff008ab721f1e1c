import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** V8's own collector, which a script sees only with a flag. */
export function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

/** The share of garbage at which a heap is collected. */
const GARBAGE = 0.04;
/** The share of the time that this may take. */
const TIME = 0.05;

/** Keeps the heap of a worker at what it needs: V8 by itself lets garbage grow to as much again before it collects. */
export class TidyHeap {
  readonly #collect = garbageCollector();
  #needed = 0;
  /** When it may collect again. */
  #next = 0;

  /** Collects when there is enough to be collected, and the last time is long enough ago. */
  tidy(): void {
    const started = performance.now();
    if (started < this.#next || getHeapStatistics().used_heap_size < this.#needed * (1 + GARBAGE)) return;
    this.#collect();
    this.#needed = getHeapStatistics().used_heap_size;
    const ended = performance.now();
    this.#next = ended + (ended - started) / TIME;
  }
}
