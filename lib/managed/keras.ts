import type { ShacOptions } from '../options.js';
import type { ParamsOf, SpaceDefinition } from '../space/index.js';
import { ManagedSHAC, type ManagedSource, TENSOR_NAMES, type TensorOptions } from './managed.js';
import type { KerasSession } from './session.js';

/**
 * A search whose objectives use Keras: a JavaScript module that is called as `(session, params, context)` with a
 * {@link KerasSession}, on the layers API of TensorFlow.js, or a Python function (`python`).
 */
export class KerasSHAC<D extends SpaceDefinition> extends ManagedSHAC<D, ManagedSource<KerasSession, ParamsOf<D>>> {
  /** @throws as `new SHAC` does. */
  constructor(space: D, options: ShacOptions & TensorOptions) {
    super({ engine: 'KerasSHAC', framework: 'keras', names: TENSOR_NAMES }, space, options);
  }
}
