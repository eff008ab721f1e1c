/** The Python process that evaluates the models: started by the first request, ended by `close`. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('server.py', import.meta.url));

export class ModelServer {
  #python;
  #child;
  /** Those that wait for a reply, in the order of their requests, which is that of the replies. */
  #waiting = [];

  /** @param python an interpreter that has scikit-learn and XGBoost. */
  constructor(python) {
    this.#python = python;
  }

  /** The value of a problem of models.py or conditional_models.py; rejects when it failed. */
  ask(problem, params) {
    this.#child ??= this.#start();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin.write(`${JSON.stringify({ problem, params })}\n`);
    });
  }

  #start() {
    const child = spawn(this.#python, ['-B', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { resolve, reject } = this.#waiting.shift();
      const { value, error } = JSON.parse(line);
      if (error === undefined) resolve(value);
      else reject(new Error(error));
    });
    child.stdin.on('error', () => {}); // a process that has ended: `close` tells those that wait
    child.on('error', () => {});
    child.on('close', (code, signal) => {
      if (this.#child === child) this.#child = undefined;
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(`${script} ended (${signal ?? code})`));
    });
    return child;
  }

  /** Ends the process when it has replied to what it was asked. A later request starts another. */
  async close() {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.stdin.end();
    await ended;
  }
}
