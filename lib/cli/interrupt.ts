import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The exit code that shells give a program which a signal ended: 130 for SIGINT, 143 for SIGTERM. */
function codeOf(name: (typeof SIGNALS)[number]): number {
  return 128 + constants.signals[name];
}

/** Turns the first SIGINT or SIGTERM into an abort; the second one ends the process at once. */
export class Interrupt {
  readonly #controller = new AbortController();
  #exitCode: number | undefined;

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#onSignal);
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What to exit with; undefined while no signal has come. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** From now on the signals end the process, as they do by default. */
  dispose(): void {
    for (const name of SIGNALS) process.off(name, this.#onSignal);
  }

  /**
   * Lets signals arrive. An objective that never waits (computes, and returns) leaves the event loop no turn between
   * two trials, and signal handlers run only there.
   */
  breathe(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  readonly #onSignal = (name: NodeJS.Signals) => {
    const code = codeOf(name as (typeof SIGNALS)[number]);
    if (this.#exitCode !== undefined) process.exit(code);
    this.#exitCode = code;
    this.#controller.abort(new Error(`interrupted by ${name}`));
  };
}
