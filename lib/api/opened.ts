import { ShacError, ShacTypeError, show } from '../errors.js';
import { type Beginning, KeptStudy } from '../run/kept-study.js';
import { type CheckedSpace, type ParamsOf, SearchSpace, type SpaceDefinition } from '../space/index.js';
import { type Awaitable, settling, then } from '../store/awaitable.js';
import type { Page, Store, StudyKey, StudyLog, StudySummary } from '../store/store.js';
import { continued } from '../study/growth.js';
import { identityOf } from '../study/identity.js';
import { initialParams } from './given-params.js';
import type { IfExists } from './if-exists.js';
import { type ResolvedOptions, resolveOptions, type ShacOptions } from './options.js';

/** Opens the study that is asked for: at once where its store answers at once. */
export function open<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  settings: ResolvedOptions,
): Awaitable<Beginning<D>> {
  const { storage, ifExists, seedGiven: seed } = settings;
  const keyOf = (name: string) => {
    const named = { ...settings, studyName: name };
    return { name, space, settings: named, identity: identityOf(space, named) };
  };
  if (storage instanceof OpenedStore) return storage.study as Beginning<D>;
  const initial = initialParams(space, settings);
  if (storage === undefined) {
    return { key: keyOf(settings.studyName), log: undefined, page: undefined, seed, isNew: false, initial };
  }
  return then(nameOf(storage, settings.studyName, ifExists), (name) => {
    const kept = goingOn(storage, keyOf(name));
    return then(kept, (kept) => ({ ...kept, seed, isNew: ifExists !== 'resume', initial }));
  });
}

type Kept<D extends SpaceDefinition> = Pick<Beginning<D>, 'key' | 'log' | 'page'>;

/** Reads a study. Only what is refused is looked at again: it may be one that is to grow. */
function goingOn<D extends SpaceDefinition>(storage: Store, key: StudyKey<D>): Awaitable<Kept<D>> {
  const grown = (error: unknown): Awaitable<Kept<D>> => {
    if ((error as { code?: string }).code !== 'ERR_RESTORE_MISMATCH') throw error;
    return then(storage.identity?.(key.name), (before) => {
      if (before === undefined) throw error;
      const settings = continued(key.space, key.settings, before, storage.place);
      return readStudy(storage, { ...key, settings, identity: identityOf(key.space, settings), before });
    });
  };
  try {
    const kept = readStudy(storage, key);
    return kept instanceof Promise ? kept.catch(grown) : kept;
  } catch (error) {
    return grown(error);
  }
}

function readStudy<D extends SpaceDefinition>(storage: Store, key: StudyKey<D>): Awaitable<Kept<D>> {
  return then(storage.openStudy(key), (log) => {
    const page: Awaitable<Page<ParamsOf<D>> | undefined> = closingOnError(log, () => log.read(0));
    return then(page, (page) => ({ key, log, page }));
  });
}

/**
 * Options with which a search can be made at once: what its store answers later is there already.
 *
 * @throws as `new SHAC` does.
 */
export async function opened<D extends SpaceDefinition>(
  space: CheckedSpace<D>,
  options: ShacOptions<D>,
): Promise<ShacOptions<D>> {
  const { storage } = Object(options) as Partial<ShacOptions<D>>;
  if (storage === undefined || typeof storage === 'string') return options; // nothing to wait for
  const resolved = resolveOptions(options);
  const study = await open(new SearchSpace<D>(space), resolved);
  return { ...options, storage: new OpenedStore(study) as unknown as Store }; // a search asks no more of it
}

/** Stands for a store, in the options of a search whose study is open and read already. */
class OpenedStore {
  readonly study: unknown;

  constructor(study: unknown) {
    this.study = study;
  }

  openStudy(): never {
    throw new TypeError('it is open already');
  }
}

/** @throws ERR_INVALID_ARGUMENT for a store that answers later: a constructor cannot wait. */
function atOnce<T>(answer: Awaitable<T>): T {
  if (!(answer instanceof Promise)) return answer;
  answer.catch(() => {});
  throw new ShacTypeError(
    'ERR_INVALID_ARGUMENT',
    'this storage answers by promises, which a constructor cannot wait for; open it with: await SHAC.open(space, options)',
  );
}

/** Reads; what fails lets go of the study first. */
function closingOnError<D extends SpaceDefinition, T>(log: StudyLog<D>, read: () => Awaitable<T>): Awaitable<T> {
  const close = (error: unknown) =>
    then(
      settling(() => log.close()),
      () => Promise.reject(error),
    );
  try {
    const answer = read();
    return answer instanceof Promise ? answer.catch(close) : answer;
  } catch (error) {
    void settling(() => log.close());
    throw error;
  }
}

/** The name under which a study goes on, or begins. */
function nameOf(store: Store, name: string, ifExists: IfExists): Awaitable<string> {
  if (ifExists === 'resume') return name;
  return then(store.studies(), (studies) => {
    const found = studies.find((study) => study.name === name);
    if (found === undefined) return name;
    if (ifExists === 'new') return freeName(name, studies);
    // A study of another program is not ours to delete.
    if (ifExists === 'replace' && found.totalBudget !== undefined) return then(store.deleteStudy(name), () => name);
    throw new ShacError(
      'ERR_STUDY_EXISTS',
      `there is a study ${show(name)} in ${store.place} already${ifExists === 'replace' ? ", another program's" : ''}; ` +
        "choose another studyName, or ifExists: 'resume' to go on with it, 'new' to begin another one beside it",
    );
  });
}

/** `name-2`, or whichever comes first after it that no study has. */
function freeName(name: string, studies: readonly Pick<StudySummary, 'name'>[]): string {
  const taken = new Set(studies.map((study) => study.name));
  let n = 2;
  while (taken.has(`${name}-${n}`)) n++;
  return `${name}-${n}`;
}

/** What is opened in vain is closed. */
export function keptStudy<D extends SpaceDefinition>(open: () => Awaitable<Beginning<D>>, own: Store | undefined) {
  let study: Awaitable<Beginning<D>> | undefined;
  try {
    study = open();
    return new KeptStudy(atOnce(study));
  } catch (error) {
    void settling(async () => (await study)?.log?.close());
    own?.close();
    throw error;
  }
}
