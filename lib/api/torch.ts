import type { PythonSpec } from '../dispatch/python/python.js';
import type { CheckedSpace, SpaceDefinition } from '../space/index.js';
import { ENGINES, type ManagedOptions, ManagedSHAC, openedManaged } from './managed.js';
import type { ShacOptions } from './options.js';

/** A search whose objectives use PyTorch: Python functions, `evaluate(worker_id, params)`, as `python` describes them. */
export class TorchSHAC<D extends SpaceDefinition> extends ManagedSHAC<D, PythonSpec> {
  /** @throws as `new SHAC` does. */
  constructor(space: CheckedSpace<D>, options: NoInfer<ShacOptions<D> & ManagedOptions>) {
    super(ENGINES.torch, space, options);
  }
  /** @throws as `SHAC.open` does. */
  static override async open<D extends SpaceDefinition, S = TorchSHAC<D>>(
    space: CheckedSpace<D>,
    options: NoInfer<ShacOptions<D> & ManagedOptions>,
  ): Promise<S> {
    return new TorchSHAC<D>(space, await openedManaged<D, ShacOptions<D>>(ENGINES.torch, space, options)) as S;
  }
}
