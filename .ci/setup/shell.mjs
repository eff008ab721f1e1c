/** Running commands quietly: one line for each step, and the end of the log of a step that failed. */
import { spawnSync } from 'node:child_process';

/** A step that cannot be done; the message says what the user can do. */
export class SetupError extends Error {}

/** Prints the one line of a step. */
export function say(text) {
  console.log(`setup: ${text}`);
}

/** Runs a command without a shell. Returns its status (-1 when it cannot be started) and its output. */
export function tryRun(command, args, options = {}) {
  const done = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 28, ...options });
  return { status: done.status ?? -1, output: `${done.stdout ?? ''}${done.stderr ?? ''}` };
}

/** Runs a command; when it fails, throws with the last lines of its output. */
export function run(command, args, options = {}) {
  const { status, output } = tryRun(command, args, options);
  if (status !== 0) {
    throw new SetupError(`${tail(output)}\n\nfailed (status ${status}): ${command} ${args.join(' ')}`);
  }
}

/** The end of a log. */
export function tail(output) {
  return output.trimEnd().split('\n').slice(-40).join('\n');
}

/** Whether a command can be started. */
export function has(command) {
  return tryRun(command, ['--version']).status === 0;
}
