/** A search and its store have the same study, however the store answers and whatever fails. */
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import {
  type Awaitable,
  memory,
  SHAC,
  ShacError,
  type SpaceDefinition,
  type Store,
  type StudyKey,
  type StudyLog,
} from 'shac';
import { describe, expect, it } from 'vitest';
import { loss, outcome, space, study, studyOptions } from '../support/studies.js';

type Method = keyof StudyLog;
const METHODS: readonly Method[] = ['read', 'acquire', 'append', 'release', 'close'];

interface Habits {
  /** Methods that answer by promises. */
  readonly later: readonly Method[];
  /** Whether a call fails: before it is done, or after. */
  readonly fails?: (method: Method) => 'before' | 'after' | undefined;
}

/** A store in memory with habits of its own. It notes calls that came before the one before them had settled. */
function withHabits({ later, fails = () => undefined }: Habits): { storage: Store; inner: Store; overlaps: Method[] } {
  const inner = memory();
  const overlaps: Method[] = [];
  let running: Method | undefined;
  const call = <T>(method: Method, action: () => T): Awaitable<T> => {
    if (running !== undefined) overlaps.push(method);
    const done = () => {
      const failure = fails(method);
      if (failure === 'before') throw failed(method);
      const result = action();
      if (failure === 'after') throw failed(method);
      return result;
    };
    if (!later.includes(method)) return done();
    running = method;
    return sleep(Math.random() * 2).then(() => {
      running = undefined;
      return done();
    });
  };
  const storage: Store = Object.assign(Object.create(inner) as Store, {
    openStudy<D extends SpaceDefinition>(key: StudyKey<D>): StudyLog<D> {
      const log = inner.openStudy(key) as { [M in Method]: (...args: never[]) => never };
      const wrapped = METHODS.map((method) => [method, (...args: never[]) => call(method, () => log[method](...args))]);
      return Object.fromEntries(wrapped) as StudyLog<D>;
    },
  });
  return { storage, inner, overlaps };
}

const failed = (method: Method) => new ShacError('ERR_STORAGE', `no ${method}`, { cause: new Error('EIO') });

/** Several callers who ask, evaluate and tell until there is nothing left; what fails is tried again. */
async function spend(search: SHAC<typeof space>, callers: number): Promise<void> {
  const again = async <T>(call: () => Promise<T>): Promise<T> => {
    for (let tries = 0; ; tries++) {
      try {
        return await call();
      } catch (error) {
        if ((error as ShacError).code === 'ERR_TRIAL_FINISHED') return undefined as T; // kept at the first try
        if ((error as ShacError).code !== 'ERR_STORAGE' || tries > 200) throw error;
      }
    }
  };
  const caller = async () => {
    for (;;) {
      const asked = await again(() => search.ask(1));
      if (asked.length === 0) return;
      for (const { id, params } of asked) await again(() => search.tell(id, loss(params)));
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
}

const later = fc.subarray([...METHODS]);

describe('a study in a store', () => {
  it('is the same in both, whichever methods answer later, for callers at once', async () => {
    await fc.assert(
      fc.asyncProperty(later, fc.integer({ min: 1, max: 4 }), async (methods, callers) => {
        const { storage, inner, overlaps } = withHabits({ later: methods });
        const search = await SHAC.open(space, studyOptions({ storage }));
        await spend(search, callers);
        await search.close();
        expect(overlaps).toEqual([]);
        expect(search.trials.map(({ state }) => state)).toEqual(Array.from({ length: 60 }, () => 'COMPLETE'));
        expect(study({ storage: inner }).trials).toEqual(search.trials);
      }),
      { seed: 21, numRuns: 12 },
    );
  });

  it('is the same in both when calls fail, those too whose answer alone is lost', async () => {
    await fc.assert(
      fc.asyncProperty(later, fc.nat(), async (methods, seed) => {
        let state = seed;
        const fails = () => {
          state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
          return state % 11 === 0 ? 'before' : state % 13 === 0 ? 'after' : undefined;
        };
        let failing = false;
        const { storage, inner } = withHabits({ later: methods, fails: () => (failing ? fails() : undefined) });
        const search = await SHAC.open(space, studyOptions({ storage }));
        failing = true;
        await spend(search, 1);
        failing = false;
        await search.ask(1); // nothing is left, but what was not stored is
        expect(search.trials.every((trial) => trial.state === 'COMPLETE')).toBe(true);
        expect(outcome(study({ storage: inner }).trials)).toEqual(outcome(search.trials));
      }),
      { seed: 22, numRuns: 20 },
    );
  });

  it('tells what a call had to say, and not that its release failed', async () => {
    for (const methods of [[], METHODS] as const) {
      const fails = (method: Method) => (method === 'release' ? ('before' as const) : undefined);
      const { storage } = withHabits({ later: methods, fails });
      const search = await SHAC.open(space, studyOptions({ storage }));
      const [trial] = await search.ask(1);
      expect(trial?.id).toBe(0);
      const objective = () => {
        throw new Error('the reason');
      };
      await expect(search.fit(objective, { onFailure: 'stop' })).rejects.toThrow('the reason');
    }
  });

  it('is closed when it cannot be opened', async () => {
    const closed: string[] = [];
    const of = (answer: 'now' | 'later'): Store => {
      const { storage } = withHabits({
        later: answer === 'now' ? [] : METHODS,
        fails: (method) => (method === 'read' ? 'before' : undefined),
      });
      return Object.assign(Object.create(storage) as Store, {
        openStudy(key: StudyKey) {
          const log = storage.openStudy(key) as StudyLog;
          return { ...log, close: () => void closed.push(answer) };
        },
      });
    };
    for (const answer of ['now', 'later'] as const) {
      await expect(SHAC.open(space, studyOptions({ storage: of(answer) }))).rejects.toMatchObject({
        code: 'ERR_STORAGE',
      });
    }
    expect(() => study({ storage: of('now') })).toThrow(/no read/);
    expect(() => study({ storage: of('later') })).toThrow(/await SHAC\.open/);
    await sleep(10);
    expect(closed.sort()).toEqual(['later', 'later', 'now', 'now']);
  });

  it('that was busy, deleted and made anew is taken as it is then', async () => {
    const storage = memory();
    const late = study({ storage });
    await study({ storage }).fit(async (params, { trialId }) => {
      if (trialId === 3) await expect(late.ask(1)).rejects.toMatchObject({ code: 'ERR_STUDY_LOCKED' });
      return loss(params);
    });
    storage.deleteStudy('shac');
    const other = study({ storage });
    await other.ask(2);
    other.close();
    expect((await late.ask(3)).map(({ id }) => id)).toEqual([0, 1, 2]);
  });
});
