/** Environments as plain objects. On Windows the case of a name does not count, but in a copy of `process.env` it would. */

/** A variable of an environment. */
export function variable(env: NodeJS.ProcessEnv, name: string, platform = process.platform): string | undefined {
  if (platform !== 'win32') return env[name];
  const key = Object.keys(env).find((key) => isSame(key, name));
  return key === undefined ? undefined : env[key];
}

/** `env` with `more` variables, which replace those of the same name. */
export function withVariables(
  env: NodeJS.ProcessEnv,
  more: Readonly<Record<string, string>>,
  platform = process.platform,
): NodeJS.ProcessEnv {
  if (platform !== 'win32') return { ...env, ...more };
  const names = Object.keys(more);
  const others = Object.entries(env).filter(([key]) => !names.some((name) => isSame(key, name)));
  return { ...Object.fromEntries(others), ...more };
}

const isSame = (a: string, b: string) => a.toUpperCase() === b.toUpperCase();
