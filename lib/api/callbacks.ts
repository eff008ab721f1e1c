import { type CallbackMethods as Methods, Callback as WatchedCallback } from '../observe/callback.js';
import type { SpaceDefinition } from '../space/index.js';
import type { SHAC } from './shac.js';

/** {@link Methods} of a callback that is given the search itself. */
export type CallbackMethods = Methods<SHAC<SpaceDefinition>>;

/** A base class for callbacks, with the engine at hand; a plain object with some of the methods will do as well. */
export const Callback = WatchedCallback<SHAC<SpaceDefinition>>;
export type Callback = WatchedCallback<SHAC<SpaceDefinition>>;
