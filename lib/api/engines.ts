import type { Framework } from '../dispatch/dispatch-run.js';
import type { SpaceDefinition } from '../space/index.js';
import { KerasSHAC } from './keras.js';
import type { ShacOptions } from './options.js';
import { SHAC } from './shac.js';
import { TensorflowSHAC } from './tensorflow.js';
import { TorchSHAC } from './torch.js';

const CLASSES = { tensorflow: TensorflowSHAC, keras: KerasSHAC, torch: TorchSHAC };

/** A search with the engine of a framework, or without one. What it evaluates is for its caller to know. */
export function newSearch<D extends SpaceDefinition>(
  engine: Framework | undefined,
  space: D,
  options: ShacOptions,
): SHAC<D> {
  if (engine === undefined) return new SHAC(space, options);
  return new CLASSES[engine](space, options) as unknown as SHAC<D>;
}
