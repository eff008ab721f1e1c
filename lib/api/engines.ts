import type { Framework } from '../dispatch/dispatch-run.js';
import type { CheckedSpace, SpaceDefinition } from '../space/index.js';
import { KerasSHAC } from './keras.js';
import type { ShacOptions } from './options.js';
import { SHAC } from './shac.js';
import { TensorflowSHAC } from './tensorflow.js';
import { TorchSHAC } from './torch.js';

const CLASSES = { tensorflow: TensorflowSHAC, keras: KerasSHAC, torch: TorchSHAC };

/** A search with the engine of a framework, or without one. What it evaluates is for its caller to know. */
export function openSearch<D extends SpaceDefinition>(
  engine: Framework | undefined,
  space: CheckedSpace<D>,
  options: NoInfer<ShacOptions<D>>,
): Promise<SHAC<D>> {
  return engine === undefined ? SHAC.open<D>(space, options) : CLASSES[engine].open<D, SHAC<D>>(space, options);
}
