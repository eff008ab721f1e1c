import { ShacError, type ShacErrorCode, ShacRangeError, ShacTypeError } from '../errors.js';

type Call = (...args: never[]) => unknown;

/** What to do about errors that only say what is wrong. */
const WAYS_OUT: Readonly<Partial<Record<ShacErrorCode, string>>> = {
  ERR_OUT_OF_MEMORY: 'ask for fewer candidates or threads at once, lower samplerMemory, or end other programs',
  ERR_INTERNAL: 'this is a fault of shac: please report it',
};

/** A stopped job: not an error of this library, since whoever stopped it has a reason of their own. */
const ABORTED = 'ABORT_ERR';

const MOST_FRAMES = 50;

/**
 * The entry points of the addon, whose failures are errors of this library: with a code, and with the stack of the call.
 * A job fails in a turn of the event loop that nobody has called.
 */
export function withFailures<T extends object>(entries: T): T {
  const wrapped = Object.entries(entries as Record<string, Call>).map(([name, call]) => {
    const entry = (...args: never[]) => {
      const caller = { stack: '' };
      try {
        const result = call(...args);
        if (!(result instanceof Promise)) return result;
        noteStack(caller, entry);
        return result.catch((error: unknown) => {
          throw failureOf(error, framesOf(caller.stack));
        });
      } catch (error) {
        noteStack(caller, entry);
        throw failureOf(error, framesOf(caller.stack));
      }
    };
    return [name, entry];
  });
  return Object.fromEntries(wrapped);
}

/** The frames above `call`, down to the user's own: there are more between than an error has by default. */
function noteStack(target: { stack: string }, call: () => unknown): void {
  const limit = Error.stackTraceLimit;
  Reflect.set(Error, 'stackTraceLimit', MOST_FRAMES); // nothing happens where it is frozen
  Error.captureStackTrace(target, call);
  Reflect.set(Error, 'stackTraceLimit', limit);
}

/** `error`, with the stack of `other`. */
export function withStackOf<E extends Error>(error: E, { stack = '' }: Error): E {
  return withFrames(error, framesOf(stack));
}

/** An error of this library for one of the addon. */
function failureOf(error: unknown, frames: string): unknown {
  const { code = codeOf(error), message } = error as Error & { code?: ShacErrorCode | typeof ABORTED };
  if (code === ABORTED) return error;
  const wayOut = WAYS_OUT[code];
  const ClassOf = error instanceof TypeError ? ShacTypeError : error instanceof RangeError ? ShacRangeError : ShacError;
  const options = wayOut === undefined ? undefined : { cause: error };
  return withFrames(new ClassOf(code, wayOut === undefined ? message : `${message}; ${wayOut}`, options), frames);
}

/** Of an error that the engine raised while the addon ran. */
function codeOf(error: unknown): ShacErrorCode {
  return error instanceof RangeError && error.message.includes('allocation failed')
    ? 'ERR_OUT_OF_MEMORY'
    : 'ERR_INTERNAL';
}

function withFrames<E extends Error>(error: E, frames: string): E {
  error.stack = `${error.name}: ${error.message}\n${frames}`;
  return error;
}

function framesOf(stack: string): string {
  const first = stack.search(/^ {4}at /m);
  return first < 0 ? '' : stack.slice(first);
}
