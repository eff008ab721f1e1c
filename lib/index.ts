export type {
  AskOptions,
  DatasetOptions,
  FitOptions,
  PredictOptions,
  RunOptions,
  TellOptions,
} from './api/call-options.js';
export { defineStudy, loadStudy, type Study, type StudyDefinition } from './api/define-study.js';
export { KerasSHAC } from './api/keras.js';
export {
  type ManagedObjective,
  type ManagedOptions,
  ManagedSHAC,
  type ManagedSource,
  type TensorOptions,
} from './api/managed.js';
export type { ShacOptions } from './api/options.js';
export type { GeneratorBackend } from './api/parallel-settings.js';
export { type ClassifierInfo, SHAC } from './api/shac.js';
export { TensorflowSHAC } from './api/tensorflow.js';
export { TorchSHAC } from './api/torch.js';
export type { EvaluatorBackend } from './dispatch/backends.js';
export { type CommandSpec, command } from './dispatch/command/command.js';
export type { DispatchRun, Framework, ManagedRun, TensorBackend } from './dispatch/dispatch-run.js';
export type {
  Dispatcher,
  DispatcherSource,
  EvaluationContext,
  Failed,
  Lease,
  Objective,
  Told,
} from './dispatch/dispatcher.js';
export type { KerasSession, TensorflowSession, TensorMemory } from './dispatch/managed/session.js';
export type { ModuleObjective } from './dispatch/objective/module.js';
export { type PythonOptions, type PythonSpec, python } from './dispatch/python/python.js';
export type { ObjectiveSource } from './dispatch/registry.js';
export { ShacError, type ShacErrorCode, ShacRangeError, ShacTypeError } from './errors.js';
export type { DatasetRow } from './exchange/csv.js';
export type { SamplerOption } from './native/sampler.js';
export {
  Callback,
  type CallbackMethods,
  type Dataset,
  type EpochLogs,
  type SamplingProgress,
  type TrainLogs,
} from './observe/callback.js';
export { CSVLogger, type CSVLoggerOptions } from './observe/csv-logger.js';
export { History } from './observe/history.js';
export { Progress } from './observe/progress.js';
export {
  custom,
  type DiscreteValue,
  discrete,
  integer,
  type MultiParameter,
  multi,
  normal,
  type Parameter,
  type ParamsOf,
  SearchSpace,
  type SpaceDefinition,
  uniform,
} from './space/index.js';
export { memory } from './store/memory.js';
export { type SqliteOptions, sqlite } from './store/sqlite/sqlite-storage.js';
export type { Storage, StudySummary } from './store/storage.js';
export type { Budget } from './study/budget.js';
export type { Direction } from './study/direction.js';
export type { ClassifierOptions, Preset, PresetOptions } from './study/presets.js';
export type { Report, Trial, TrialError, TrialMemory, TrialState } from './study/trial.js';
