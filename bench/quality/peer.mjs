/** The peers in Python: their environment, and a server that is asked for candidates. */
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { python as frameworksPython, pythonFrameworks } from '../../.ci/setup/python-frameworks.mjs';
import { qualityPython, smacPython } from '../../.ci/setup/quality.mjs';

const SCRIPT = fileURLToPath(new URL('peers.py', import.meta.url));
/** One core a server: as many runs as there are cores go on beside each other. */
const ONE_THREAD = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

/**
 * Makes what a peer runs in. SMAC3 has an environment of its own. Optuna's GP needs PyTorch, which only the frameworks'
 * environment has.
 *
 * @throws an error of one line that says why it cannot be had.
 */
export function peerEnvironment(name) {
  if (name === 'smac') return { program: smacPython(), env: ONE_THREAD };
  const program = qualityPython();
  if (name !== 'gp') return { program, env: ONE_THREAD };
  pythonFrameworks();
  const where = ['-c', 'import sysconfig; print(sysconfig.get_paths()["purelib"])'];
  const packages = execFileSync(frameworksPython, where, { encoding: 'utf8' }).trim();
  return { program, env: { ...ONE_THREAD, PYTHONPATH: packages, CUDA_VISIBLE_DEVICES: '' } };
}

/** A process of peers.py. Requests are answered in order, one at a time. */
export class PeerServer {
  #child;
  #lines;
  #stderr = '';

  constructor(name) {
    const { program, env } = peerEnvironment(name);
    this.#child = spawn(program, [SCRIPT, name], { env: { ...process.env, ...env } });
    this.#child.stderr.setEncoding('utf8').on('data', (text) => {
      this.#stderr = `${this.#stderr}${text}`.slice(-2000);
    });
    this.#child.stdin.on('error', () => {}); // a server that died: its output ends, which the request sees
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** @throws an error with the peer's own message; one with `died` when the server is gone. */
  async request(message) {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw Object.assign(new Error(`the peer's server ended: ${this.#stderr.trim()}`), { died: true });
    const answer = JSON.parse(value);
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }

  /** Ends the process. */
  close() {
    this.#child.stdin.end();
  }
}
