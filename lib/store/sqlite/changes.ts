import type { StudyEvent } from '../../study/events.js';
import { ofQueue } from '../../study/state.js';
import type { Report } from '../../study/trial.js';

/** What of a study the tables have. */
export interface Held {
  readonly candidates: number;
  readonly batches: number;
  readonly classifiers: number;
  /** Params that were enqueued and are no candidates yet. */
  readonly queued: number;
}

/** Which rows of the tables some events alter. */
export interface Changes {
  /** Everything that is there goes. */
  readonly replaces: boolean;
  /** Ids of trials that changed. */
  readonly trials: ReadonlySet<number>;
  /** Candidates, batches and classifiers from here on are new, or others. */
  readonly from: Omit<Held, 'queued'>;
  /** So many params at the front of the queue have become candidates. */
  readonly dequeued: number;
  /** Intermediate values. */
  readonly reports: readonly Report[];
}

/** The lists of a study. */
type Lists = Record<'trials' | 'drawn' | 'batches' | 'classifiers' | 'queue', { readonly length: number }>;

export function heldOf({ trials, drawn, batches, classifiers, queue }: Lists): Held {
  return {
    candidates: trials.length + drawn.length,
    batches: batches.length,
    classifiers: classifiers.length,
    queued: queue.length,
  };
}

/** @param held What the tables have before these events. */
export function changesOf(events: readonly StudyEvent<unknown>[], held: Held): Changes {
  const trials = new Set<number>();
  const reports: Report[] = [];
  let replaces = false;
  let dequeued = 0;
  let { candidates, batches } = held;
  const from = { ...held };
  for (const event of events) {
    switch (event.type) {
      case 'restored':
        replaces = true;
        candidates = event.snapshot.trials.length;
        batches = event.snapshot.batches.length;
        dequeued = 0;
        Object.assign(from, { candidates: 0, batches: 0, classifiers: 0 });
        trials.clear();
        for (let id = 0; id < event.snapshot.issued; id++) trials.add(id);
        break;
      case 'drawn':
        candidates += event.candidates.length;
        dequeued += ofQueue(event.candidates);
        if (event.batch !== undefined) batches++;
        break;
      case 'dropped':
        candidates -= event.count;
        from.candidates = Math.min(from.candidates, candidates);
        from.batches = Math.min(from.batches, batches - 1);
        break;
      case 'started':
      case 'told':
      case 'failed':
        trials.add(event.id);
        break;
      case 'requeued':
        for (const id of event.ids) trials.add(id);
        break;
      case 'reported':
        reports.push({ trialId: event.id, step: event.step, value: event.value });
        break;
      case 'created':
      case 'enqueued': // the queue only ever gets longer at its end
      case 'issued':
      case 'trained': // classifiers only ever get more
      case 'seeded': // numbers are written each time
        break;
    }
  }
  return { replaces, trials, from, dequeued, reports };
}
