import { type CallbackMethods as Methods, Callback as WatchedCallback } from '../observe/callback.js';
import type { SpaceDefinition } from '../space/index.js';
import type { SHAC } from './shac.js';

/**
 * What can be called back during `fit` and `fitDataset`. Every method is optional and may be async: the run waits for
 * it, and stops when it throws. An epoch is one batch, counted from 0. `setEngine` is given the search itself.
 */
export type CallbackMethods = Methods<SHAC<SpaceDefinition>>;

/** A base class for callbacks, with the engine at hand; a plain object with some of the methods will do as well. */
export const Callback = WatchedCallback<SHAC<SpaceDefinition>>;
export type Callback = WatchedCallback<SHAC<SpaceDefinition>>;
