/** What a store may give at once or later. A search takes the fast way where it gets it at once. */
export type Awaitable<T> = T | Promise<T>;

/** Does what may fail, now or later, without failing. */
export function settling(action: () => Awaitable<void> | undefined): Awaitable<void> {
  try {
    const settled = action();
    return settled instanceof Promise ? settled.catch(() => {}) : undefined;
  } catch {
    return undefined;
  }
}

/** Goes on with an answer: at once when it is there. */
export function then<T, U>(answer: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return answer instanceof Promise ? answer.then(next) : next(answer);
}
