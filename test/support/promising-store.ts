import type { SpaceDefinition, Store, StudyKey, StudyLog } from 'shac';

/** The same store, but every answer comes later. */
export function promising(store: Store): Store {
  return {
    place: store.place,
    studies: async () => store.studies(),
    identity: async (name) => store.identity?.(name),
    copyStudy: async (from, to) => store.copyStudy(from, to),
    renameStudy: async (from, to) => store.renameStudy(from, to),
    deleteStudy: async (name) => store.deleteStudy(name),
    unlockStudy: async (name) => store.unlockStudy(name),
    close: async () => store.close(),
    async openStudy<D extends SpaceDefinition>(key: StudyKey<D>): Promise<StudyLog<D>> {
      const log = await store.openStudy(key);
      return {
        read: async (after) => log.read(after),
        acquire: async () => log.acquire(),
        append: async (...args) => log.append(...args),
        release: async (busy) => log.release(busy),
        close: async () => log.close(),
      };
    },
  };
}
