import { addon, type ClassifierHandle } from './addon.js';

/** Models that are compiled already: a cascade that takes one is spared reading it. */
const compiled = new WeakMap<Uint8Array, ClassifierHandle>();

/** Compiles those that are not, off the event loop. @throws ERR_CLASSIFIER_INVALID */
export async function compile(models: Iterable<Uint8Array>): Promise<void> {
  for (const model of models) if (!compiled.has(model)) noteCompiled(model, await addon.compileClassifier(model));
}

export function noteCompiled(model: Uint8Array, classifier: ClassifierHandle): void {
  compiled.set(model, classifier);
}

/** The model, or what it was compiled to. */
export function compiledOr(model: Uint8Array): Uint8Array | ClassifierHandle {
  return compiled.get(model) ?? model;
}
