import type { TensorflowSession } from '../dispatch/managed/session.js';
import type { CheckedSpace, ParamsOf, SpaceDefinition } from '../space/index.js';
import { ENGINES, ManagedSHAC, type ManagedSource, openedManaged, type TensorOptions } from './managed.js';
import type { ShacOptions } from './options.js';

/**
 * A search whose objectives use TensorFlow: a JavaScript module that is called as `(session, params, context)` with a
 * {@link TensorflowSession}, or a Python function (`python`).
 */
export class TensorflowSHAC<D extends SpaceDefinition> extends ManagedSHAC<
  D,
  ManagedSource<TensorflowSession, ParamsOf<D>>
> {
  /** @throws as `new SHAC` does. */
  constructor(space: CheckedSpace<D>, options: NoInfer<ShacOptions<D> & TensorOptions>) {
    super(ENGINES.tensorflow, space, options);
  }
  /** @throws as `SHAC.open` does. */
  static override async open<D extends SpaceDefinition, S = TensorflowSHAC<D>>(
    space: CheckedSpace<D>,
    options: NoInfer<ShacOptions<D> & TensorOptions>,
  ): Promise<S> {
    return new TensorflowSHAC<D>(
      space,
      await openedManaged<D, ShacOptions<D>>(ENGINES.tensorflow, space, options),
    ) as S;
  }
}
