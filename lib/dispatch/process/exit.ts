/**
 * No process outlives this one. Groups of their own hear nothing of a Ctrl-C at the terminal, so those that live are
 * killed when this process exits, and by the signals that would end it without an exit of its own.
 */

interface Killable {
  kill(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const living = new Set<Killable>();

/** Kills `one` when this process ends. */
export function killAtExit(one: Killable): void {
  if (living.size === 0) {
    process.on('exit', killAll);
    for (const signal of SIGNALS) process.on(signal, endBy);
  }
  living.add(one);
}

/** Takes back {@link killAtExit}. */
export function leaveAlone(one: Killable): void {
  living.delete(one);
  if (living.size === 0) stopListening();
}

function killAll(): void {
  for (const one of living) one.kill();
}

/** A listener stops a signal from ending the process, so it is sent again; unless others listen: they decide. */
function endBy(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  killAll();
  stopListening();
  process.kill(process.pid, signal);
}

function stopListening(): void {
  process.off('exit', killAll);
  for (const signal of SIGNALS) process.off(signal, endBy);
}
