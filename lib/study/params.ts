/** A copy that shares nothing with what it is made of: plain data, as every value of a parameter is. */
function copied<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copied) as T;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copied(item)])) as T;
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const item of Object.values(value)) frozen(item);
  return Object.freeze(value);
}

/** Params that nobody else holds, and that may be altered: what objectives and `ask` get. */
export function copyOf<P>(params: P): P {
  return copied(params);
}

/**
 * Params that nobody can alter: what was drawn stays as it was.
 *
 * @param params An object that nobody else holds; its values may be somebody's, such as one of a table that a custom
 *   parameter decodes to.
 */
export function kept<P>(params: P): P {
  if (Object.isFrozen(params)) return params; // of an event that is applied again
  const own = params as Record<string, unknown>;
  for (const name of Object.keys(own)) {
    const value = own[name];
    if (typeof value === 'object' && value !== null) own[name] = frozen(copied(value));
  }
  return Object.freeze(params);
}
