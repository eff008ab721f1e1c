import type { Engine, Tensor } from './tfjs.js';

/**
 * The tensors and variables that have been made since it began to watch, and are not disposed of. TensorFlow.js's own
 * scopes do for functions that are not async, and let go of variables and of what is kept; this does for all.
 */
export class LiveTensors {
  readonly #engine: Engine;
  readonly #live = new Set<Tensor>();
  /** Those of before that were given another value: TensorFlow.js disposes of a variable and tracks it again for that. */
  readonly #older = new WeakSet<Tensor>();
  #watching = true;

  /** @throws while another one watches: whose a tensor is could not be told. */
  constructor(engine: Engine) {
    if (Object.hasOwn(engine, 'trackTensor')) {
      throw new Error('another evaluation uses TensorFlow.js in this thread; run one at a time, or in processes');
    }
    this.#engine = engine;
    // The methods of its class: every tensor passes through them, and the copies here hide them for a while.
    const { trackTensor, disposeTensor } = engine;
    engine.trackTensor = (tensor, backend) => {
      trackTensor.call(engine, tensor, backend);
      if (!this.#older.has(tensor)) this.#live.add(tensor);
    };
    engine.disposeTensor = (tensor) => {
      disposeTensor.call(engine, tensor);
      if (!this.#live.delete(tensor)) this.#older.add(tensor);
    };
  }

  /** Watches no longer. */
  stop(): void {
    if (!this.#watching) return;
    this.#watching = false;
    Reflect.deleteProperty(this.#engine, 'trackTensor');
    Reflect.deleteProperty(this.#engine, 'disposeTensor');
  }

  /** Disposes of them, and watches no longer. Returns how many there were; there are none from then on. */
  dispose(): number {
    const { size } = this.#live;
    for (const tensor of this.#live) if (!tensor.isDisposed) tensor.dispose(); // since it stopped watching
    this.#live.clear();
    this.stop();
    return size;
  }
}
