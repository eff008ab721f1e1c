import type { ClassifierHandle } from './addon.js';

/** Models that training has compiled already, until a cascade takes them: the first one is spared reading it. */
export const compiledModels = new WeakMap<Uint8Array, ClassifierHandle>();
