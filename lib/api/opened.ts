import { type ParamsOf, SearchSpace, type SpaceDefinition } from '../space/index.js';
import { settling } from '../store/awaitable.js';
import type { Page, Store, StudyKey, StudyLog } from '../store/store.js';
import { identityOf } from '../study/identity.js';
import { type ResolvedOptions, resolveOptions, type ShacOptions } from './options.js';

/** Which study a search wants of its store. */
export function keyOf<D extends SpaceDefinition>(space: SearchSpace<D>, settings: ResolvedOptions): StudyKey<D> {
  return { name: settings.studyName, space, settings, identity: identityOf(space, settings) };
}

/**
 * Options with which a search can be made at once: what its store answers later is there already.
 *
 * @throws as `new SHAC` does.
 */
export async function opened<D extends SpaceDefinition>(space: D, options: ShacOptions): Promise<ShacOptions> {
  const { storage } = Object(options) as Partial<ShacOptions>;
  if (storage === undefined || typeof storage === 'string') return options; // nothing to wait for
  const resolved = resolveOptions(options);
  const store = resolved.storage as Store;
  const key = keyOf(new SearchSpace(space), resolved);
  const log = await store.openStudy(key);
  try {
    const page = await log.read(0);
    return { ...options, seed: resolved.seed, storage: opening(log, page) };
  } catch (error) {
    await settling(() => log.close());
    throw error;
  }
}

/** A store that gives a study which is open and read already. */
function opening<D extends SpaceDefinition>(log: StudyLog<D>, first: Page<ParamsOf<D>> | undefined): Store {
  let isFirst = true;
  const ready: StudyLog<D> = {
    read: (after) => {
      if (!isFirst) return log.read(after);
      isFirst = false;
      return first;
    },
    acquire: () => log.acquire(),
    append: (events, expected, study) => log.append(events, expected, study),
    release: (busy) => log.release(busy),
    close: () => log.close(),
  };
  return { openStudy: () => ready } as unknown as Store; // a search asks no more of it
}
