/** A copy that shares nothing with what it is made of: plain data, as every value of a parameter is. */
function copied<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copied) as T;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copied(item)])) as T;
}

/** Params that nobody else holds, and that may be altered: what objectives and `ask` get. */
export function copyOf<P>(params: P): P {
  return copied(params);
}

/**
 * Makes what nobody else holds unalterable, however deep: what was drawn stays as it was. Params are frozen when somebody
 * looks at them, so that a study of many trials is opened without.
 */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  return frozenNow(value);
}

/** The same of an object that is not: constraints are asked of millions. */
export function frozenNow<T extends object>(value: T): T {
  for (const key in value) {
    const item = value[key];
    if (typeof item === 'object') frozen(item);
  }
  return Object.freeze(value);
}
