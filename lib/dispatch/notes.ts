import type { Failed, Told } from './dispatcher.js';

/** What was dropped of a worker's messages during an evaluation: its trial tells of it, in its `stderr`. */
export class Notes {
  #dropped = 0;
  #first = '';

  drop(what: string): void {
    if (this.#dropped++ === 0) this.#first = what;
  }

  /** The answer with what is to be said. */
  on<T extends Told | Failed>(answer: T): T {
    if (this.#dropped === 0) return answer;
    const before = answer.stderr === undefined || answer.stderr === '' ? '' : `${answer.stderr.trimEnd()}\n`;
    const count = this.#dropped === 1 ? 'a message' : `${this.#dropped} messages, the first one`;
    return { ...answer, stderr: `${before}shac: dropped ${count}: ${this.#first}` };
  }
}
