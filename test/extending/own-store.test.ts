/** A store that the package knows nothing of, written from docs/extending.md: lines of JSON in a folder, by promises. */
import { randomUUID } from 'node:crypto';
import { access, appendFile, copyFile, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Awaitable,
  EventCodec,
  type Page,
  type ParamsOf,
  requireStudy,
  SHAC,
  ShacError,
  type SpaceDefinition,
  type Store,
  type StudyEvent,
  type StudyIdentity,
  type StudyKey,
  type StudyLog,
  type StudySummary,
  summaryOf,
} from 'shac';
import { describe, expect, it } from 'vitest';
import { storeContract } from '../support/store-contract.js';
import { findings, loss, space, study, studyOptions, temporaryDirectory } from '../support/studies.js';

/** The first line of a file. */
interface Header {
  /** Tells the study from a later one of its name. */
  id: string;
  identity: StudyIdentity;
  /** Events that were there before a `restored` took their place. */
  replaced: number;
}

class LinesStore implements Store {
  readonly place: string;
  /** The log that writes to a study. */
  readonly writers = new Map<string, object>();

  constructor(dir: string) {
    this.place = dir;
  }

  fileOf(name: string): string {
    return join(this.place, `${encodeURIComponent(name)}.jsonl`);
  }

  async studies(): Promise<StudySummary[]> {
    const names = (await readdir(this.place)).map((file) => decodeURIComponent(file.replace(/\.jsonl$/, '')));
    return Promise.all(
      names.sort().map(async (name) => {
        const { header, lines } = (await this.lines(name)) as { header: Header; lines: string[] };
        const events = lines.map((line) => JSON.parse(line) as StudyEvent<unknown>);
        return summaryOf(name, header.identity, events, this.writers.has(name) ? 'this process' : undefined);
      }),
    );
  }

  async identity(name: string): Promise<StudyIdentity | undefined> {
    return (await this.lines(name))?.header.identity;
  }

  async copyStudy(from: string, to: string): Promise<void> {
    await this.#requireThere(from);
    await this.#requireFree(to);
    await copyFile(this.fileOf(from), this.fileOf(to));
  }

  async renameStudy(from: string, to: string): Promise<void> {
    await this.#requireThere(from);
    await this.#requireFree(to);
    await rename(this.fileOf(from), this.fileOf(to));
  }

  async deleteStudy(name: string): Promise<void> {
    await this.#requireThere(name);
    if (this.writers.has(name)) throw new ShacError('ERR_STUDY_LOCKED', `the study "${name}" is being searched`);
    await rm(this.fileOf(name));
  }

  async unlockStudy(name: string): Promise<string | undefined> {
    await this.#requireThere(name);
    return this.writers.delete(name) ? 'this process' : undefined;
  }

  async close(): Promise<void> {}

  async openStudy<D extends SpaceDefinition>(key: StudyKey<D>): Promise<StudyLog<D>> {
    return new LinesLog(this, key);
  }

  /** What a study's file holds; undefined when there is none. */
  async lines(name: string): Promise<{ header: Header; lines: string[] } | undefined> {
    const text = await readFile(this.fileOf(name), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const [first, ...lines] = text.split('\n').slice(0, -1); // a line that was being written has no end
    return { header: JSON.parse(first as string) as Header, lines };
  }

  async #requireThere(name: string): Promise<void> {
    if (await exists(this.fileOf(name))) return;
    const names = (await this.studies()).map((one) => `"${one.name}"`).join(', ');
    throw new ShacError('ERR_STUDY_NOT_FOUND', `there is no study "${name}"; there are ${names}`);
  }

  async #requireFree(name: string): Promise<void> {
    if (await exists(this.fileOf(name))) throw new ShacError('ERR_STUDY_EXISTS', `there is a study "${name}" already`);
  }
}

class LinesLog<D extends SpaceDefinition> implements StudyLog<D> {
  readonly #store: LinesStore;
  readonly #key: StudyKey<D>;
  readonly #codec: EventCodec<D>;
  /** Of the study that is known. */
  #known: string | undefined;

  constructor(store: LinesStore, key: StudyKey<D>) {
    this.#store = store;
    this.#key = key;
    this.#codec = new EventCodec(key.space);
  }

  async read(after: number): Promise<Page<ParamsOf<D>> | undefined> {
    const stored = await this.#store.lines(this.#key.name);
    if (stored === undefined) return undefined;
    const { header, lines } = stored;
    requireStudy(header.identity, this.#key, this.#store.place);
    this.#known = header.id;
    const from = Math.max(0, after - header.replaced);
    const events = lines.slice(from).map((line) => this.#codec.decode(line));
    return { revision: header.replaced + lines.length, after: from === 0 ? 0 : after, events };
  }

  async acquire(): Promise<number> {
    const { name } = this.#key;
    const writer = this.#store.writers.get(name);
    if (writer !== undefined && writer !== this) throw this.#locked('is being searched by another search');
    this.#store.writers.set(name, this);
    const stored = await this.#store.lines(name);
    if (this.#known !== undefined && stored?.header.id !== this.#known) {
      this.#store.writers.delete(name);
      throw new ShacError('ERR_STUDY_NOT_FOUND', `the study "${name}" was deleted`);
    }
    return stored === undefined ? 0 : stored.header.replaced + stored.lines.length;
  }

  async append(events: readonly StudyEvent<ParamsOf<D>>[], expected: number): Promise<number> {
    const { name, identity, before } = this.#key;
    const text = events.map((event) => `${this.#codec.encode(event)}\n`).join('');
    const stored = await this.#store.lines(name);
    const revision = stored === undefined ? 0 : stored.header.replaced + stored.lines.length;
    if (this.#store.writers.get(name) !== this || revision !== expected) {
      throw this.#locked('was taken over by another search');
    }
    const file = this.#store.fileOf(name);
    const isReplaced = stored === undefined || events[0]?.type === 'restored';
    const grows = before !== undefined && JSON.stringify(stored?.header.identity) !== JSON.stringify(identity);
    if (isReplaced || grows) {
      const { id = randomUUID(), replaced = 0 } = stored?.header ?? {};
      const header: Header = { id, identity, replaced: isReplaced ? revision : replaced };
      this.#known = header.id;
      const kept = isReplaced ? [] : stored.lines.map((line) => `${line}\n`);
      await writeFile(`${file}.new`, [`${JSON.stringify(header)}\n`, ...kept, text].join(''));
      await rename(`${file}.new`, file);
    } else await appendFile(file, text);
    return revision + events.length;
  }

  async release(busy: boolean): Promise<void> {
    if (!busy) await this.close();
  }

  async close(): Promise<void> {
    if (this.#store.writers.get(this.#key.name) === this) this.#store.writers.delete(this.#key.name);
  }

  #locked(what: string): ShacError {
    return new ShacError('ERR_STUDY_LOCKED', `the study "${this.#key.name}" ${what}`);
  }
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

storeContract('a store of lines, which answers by promises', () => new LinesStore(temporaryDirectory()));

describe('a store that answers by promises', () => {
  it('is refused by a constructor, which says how to open it', () => {
    const storage = new LinesStore(temporaryDirectory());
    expect(() => study({ storage })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT', message: expect.stringMatching(/await SHAC\.open/) }),
    );
  });

  it('keeps what several evaluators find at once, in the batches of both kinds', async () => {
    for (const batches of ['sync', 'async'] as const) {
      const storage = new LinesStore(temporaryDirectory());
      const search = await SHAC.open(space, studyOptions({ storage }));
      search.setNumParallelEvaluators(4);
      await search.fit(async (params) => loss(params), { batches });
      await search.close();
      const again = await SHAC.open(space, studyOptions({ storage }));
      expect(again.trials).toEqual(search.trials);
      expect(await findings(again)).toEqual(await findings(search));
    }
  });

  it('is asked for one thing at a time, however many calls there are at once', async () => {
    const inner = new LinesStore(temporaryDirectory());
    let busy = 0;
    let most = 0;
    const alone = async <T>(call: () => Awaitable<T>): Promise<T> => {
      most = Math.max(most, ++busy);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
      try {
        return await call();
      } finally {
        busy--;
      }
    };
    const storage: Store = Object.assign(Object.create(inner) as LinesStore, {
      async openStudy<D extends SpaceDefinition>(key: StudyKey<D>): Promise<StudyLog<D>> {
        const log = await inner.openStudy(key);
        return {
          read: (after) => alone(() => log.read(after)),
          acquire: () => alone(() => log.acquire()),
          append: (...args) => alone(() => log.append(...args)),
          release: (out) => alone(() => log.release(out)),
          close: () => alone(() => log.close()),
        };
      },
    });
    const search = await SHAC.open(space, studyOptions({ storage }));
    const worker = async () => {
      for (;;) {
        const [trial] = await search.ask(1);
        if (trial === undefined) return;
        await search.tell(trial.id, loss(trial.params));
      }
    };
    await Promise.all([worker(), worker(), worker(), worker()]);
    expect(most).toBe(1);
    const again = await SHAC.open(space, studyOptions({ storage: inner }));
    expect(again.trials).toEqual(search.trials);
    expect(again.trials.every(({ state }) => state === 'COMPLETE')).toBe(true);
  });

  it('that fails ends the run with its error, and is given the results when the search goes on', async () => {
    const inner = new LinesStore(temporaryDirectory());
    let full = false;
    const failing: Store = Object.assign(Object.create(inner) as LinesStore, {
      async openStudy<D extends SpaceDefinition>(key: StudyKey<D>) {
        const log = await inner.openStudy(key);
        return {
          read: (after) => log.read(after),
          acquire: () => log.acquire(),
          append: (...args): Awaitable<number> => {
            if (full) throw new ShacError('ERR_STORAGE', 'no room', { cause: new Error('ENOSPC') });
            return log.append(...args);
          },
          release: (busy) => log.release(busy),
          close: () => log.close(),
        } satisfies StudyLog<D>;
      },
    });
    const search = await SHAC.open(space, studyOptions({ storage: failing }));
    const objective = (params: Parameters<typeof loss>[0], { trialId }: { trialId: number }) => {
      full = trialId === 7;
      return loss(params);
    };
    await expect(search.fit(objective)).rejects.toMatchObject({
      code: 'ERR_STORAGE',
      message: expect.stringMatching(/no room\. [1-9]\d* finished trials are in memory only/),
    });
    expect(search.trials[7]?.state).toBe('COMPLETE');
    full = false;
    let calls = 0;
    await search.fit((params) => {
      calls++;
      return loss(params);
    });
    expect(calls).toBeLessThan(60 - 7);
    const again = await SHAC.open(space, studyOptions({ storage: inner }));
    expect(again.trials).toEqual(search.trials);
  });
});
