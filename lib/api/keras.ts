import type { KerasSession } from '../dispatch/managed/session.js';
import type { CheckedSpace, ParamsOf, SpaceDefinition } from '../space/index.js';
import { ENGINES, ManagedSHAC, type ManagedSource, openedManaged, type TensorOptions } from './managed.js';
import type { ShacOptions } from './options.js';

/**
 * A search whose objectives use Keras: a JavaScript module that is called as `(session, params, context)` with a
 * {@link KerasSession}, on the layers API of TensorFlow.js, or a Python function (`python`).
 */
export class KerasSHAC<D extends SpaceDefinition> extends ManagedSHAC<D, ManagedSource<KerasSession, ParamsOf<D>>> {
  /** @throws as `new SHAC` does. */
  constructor(space: CheckedSpace<D>, options: NoInfer<ShacOptions<D> & TensorOptions>) {
    super(ENGINES.keras, space, options);
  }
  /** @throws as `SHAC.open` does. */
  static override async open<D extends SpaceDefinition, S = KerasSHAC<D>>(
    space: CheckedSpace<D>,
    options: NoInfer<ShacOptions<D> & TensorOptions>,
  ): Promise<S> {
    return new KerasSHAC<D>(space, await openedManaged<D, ShacOptions<D>>(ENGINES.keras, space, options)) as S;
  }
}
