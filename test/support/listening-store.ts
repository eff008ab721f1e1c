import {
  memory,
  type SpaceDefinition,
  type Store,
  type StudyEvent,
  type StudyKey,
  type StudyLog,
  type StudyView,
} from 'shac';

/** What a store was given. */
export interface Heard {
  readonly storage: Store;
  /** Every event, in order. */
  readonly events: StudyEvent[];
  /** Of the last search that opened a study. */
  key?: StudyKey;
  /** What the events had made of it when it last wrote. */
  study?: StudyView<SpaceDefinition>;
}

/** A store in memory that tells what it was given. */
export function listeningStore(): Heard {
  const inner = memory();
  const storage: Store = Object.assign(Object.create(inner) as Store, {
    openStudy(key: StudyKey): StudyLog {
      heard.key = key;
      const log = inner.openStudy(key);
      return {
        read: (after) => log.read(after),
        acquire: () => log.acquire(),
        append(...args) {
          heard.events.push(...args[0]);
          heard.study = args[2];
          return log.append(...args);
        },
        release: (busy) => log.release(busy),
        close: () => log.close(),
      };
    },
  });
  const heard: Heard = { storage, events: [] };
  return heard;
}
