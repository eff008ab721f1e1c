import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { ownFile } from '../../package/own-files.js';
import { killMarked } from './marked.js';
import { HAS_GROUPS, killTrees } from './tree.js';

const WATCHER = ownFile('dispatch/process/watcher.sh');
/** The variable by which what a search has started is known. Searches within a search add to it. */
const VARIABLE = 'SHAC_SUPERVISOR';

type Watcher = ChildProcessByStdio<Writable, null, null>;

/**
 * Sees that nothing outlives a search which runs in other processes. While the search lives it kills what it is told to;
 * afterwards a process of its own does (watcher.sh), however the search ended. So there are no listeners for signals,
 * which would keep them from ending this process.
 */
export class Supervisor {
  readonly #mark = randomUUID();
  readonly #groups = new Set<number>();
  #members = 0;
  #watcher: Watcher | undefined;
  #warned = false;
  #closing: Promise<void> | undefined;

  /** Somebody who starts processes: a worker, a program. */
  join(): Supervised {
    this.#members++;
    this.#watcher ??= this.#watch();
    return new Supervised(this, `${this.#mark}.${this.#members}.`);
  }

  /** Ends whatever is left of what was started. Resolves when it is gone. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** A group to end with the search. */
  add(group: number): void {
    this.#groups.add(group);
    this.#tell(`+ ${group}`);
  }

  /** The group is over: its number may be given to another one. */
  remove(group: number): void {
    if (this.#groups.delete(group)) this.#tell(`- ${group}`);
  }

  #watch(): Watcher | undefined {
    if (!HAS_GROUPS) {
      // Node sees there to it that its children, unless they are detached, end with this process however it ends.
      process.off('exit', this.#onExit).on('exit', this.#onExit);
      return undefined;
    }
    // A session of its own: no Ctrl-C reaches it. No variables of ours: it is no part of a search that this one is part of.
    const watcher = spawn('/bin/sh', [WATCHER, this.#mark], {
      cwd: '/',
      detached: true,
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    process.off('exit', this.#onExit); // one listener, however many watchers are needed
    process.on('exit', this.#onExit);
    watcher.once('error', ({ message }) => {
      if (!this.#warned) process.emitWarning(`what this search starts may outlive it: ${message}`, 'ShacWarning');
      this.#warned = true;
    });
    if (watcher.pid === undefined) return undefined;
    watcher.stdin.on('error', () => {}); // it was killed: another one takes its place
    watcher.once('exit', (_, signal) => {
      this.#watcher = signal === null || this.#closing !== undefined ? undefined : this.#watch();
    });
    watcher.unref();
    (watcher.stdin as Writable & { unref(): void }).unref();
    for (const group of this.#groups) watcher.stdin.write(`+ ${group}\n`);
    return watcher;
  }

  async #close(): Promise<void> {
    if (this.#members > 0) await killMarked(this.#mark);
    const watcher = this.#watcher;
    if (watcher !== undefined) {
      watcher.ref();
      const gone = once(watcher, 'exit');
      watcher.stdin.end('end\n');
      await gone;
    }
    process.off('exit', this.#onExit);
  }

  /** Before Node waits for threads: one of them may wait for a program. */
  readonly #onExit = () => {
    killTrees(this.#groups, { exiting: true });
    this.#tell(`kill ${this.#mark}`);
  };

  /** Written at once: a pipe to which nothing else is being written takes a line. */
  #tell(line: string): void {
    this.#watcher?.stdin.write(`${line}\n`);
  }
}

/** One worker or program of a search. */
export class Supervised {
  readonly #supervisor: Supervisor;
  readonly #mark: string;
  #group: number | undefined;

  constructor(supervisor: Supervisor, mark: string) {
    this.#supervisor = supervisor;
    this.#mark = mark;
  }

  /** The variables of a process that belongs to it. */
  marked<E extends NodeJS.ProcessEnv>(env: E): E {
    const outer = process.env[VARIABLE];
    return { ...env, [VARIABLE]: outer === undefined ? this.#mark : `${outer} ${this.#mark}` };
  }

  /** It has a process, which leads a group. */
  leads(group: number): void {
    this.#group = group;
    this.#supervisor.add(group);
  }

  /** Kills it, with all that it has started. */
  kill(): void {
    this.killGroup();
    void killMarked(this.#mark);
  }

  /** The same, but for what has left its group: that may wait for the end of the search. */
  killGroup(): void {
    if (this.#group !== undefined) killTrees([this.#group]);
  }

  /** Its process has ended: what is left of its group ends too. */
  over(): void {
    if (this.#group === undefined) return;
    if (HAS_GROUPS) killTrees([this.#group]); // elsewhere the number may be another process's by now
    this.#supervisor.remove(this.#group);
    this.#group = undefined;
  }
}
