/** `shac/storage`: where studies are kept, and what a store of your own needs. Part of `shac` as well. */
export type { Awaitable } from './store/awaitable.js';
export { StoreBusyError } from './store/busy.js';
export { memory } from './store/memory.js';
export { requireStudy } from './store/require-study.js';
export { type SqliteOptions, sqlite } from './store/sqlite.js';
export type { Page, Storage, Store, StudyKey, StudyLog, StudySummary } from './store/store.js';
export { summaryOf } from './store/summary.js';
export { EventCodec } from './study/codec.js';
export type {
  Candidate,
  CandidatesDrawn,
  CandidatesDropped,
  CandidatesIssued,
  Evaluated,
  ParamsEnqueued,
  Snapshot,
  StageTrained,
  StudyCreated,
  StudyEvent,
  StudyRestored,
  StudySeeded,
  TrialFailed,
  TrialStarted,
  TrialsRequeued,
  TrialTold,
  ValueReported,
} from './study/events.js';
export { requireSameStudy, type StudyIdentity } from './study/identity.js';
