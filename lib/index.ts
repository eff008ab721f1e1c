export type { Budget } from './budget.js';
export type {
  AskOptions,
  DatasetOptions,
  FitOptions,
  PredictOptions,
  RunOptions,
  TellOptions,
} from './call-options.js';
export {
  Callback,
  type CallbackMethods,
  type Dataset,
  type EpochLogs,
  type SamplingProgress,
  type TrainLogs,
} from './callbacks/callback.js';
export { CSVLogger, type CSVLoggerOptions } from './callbacks/csv-logger.js';
export { History } from './callbacks/history.js';
export { Progress } from './callbacks/progress.js';
export { ShacError, type ShacErrorCode, ShacRangeError, ShacTypeError } from './errors.js';
export type { EvaluatorBackend } from './evaluators/backends.js';
export { type CommandSpec, command } from './evaluators/command.js';
export type { EvaluationContext, Objective } from './evaluators/evaluator.js';
export type { ModuleObjective } from './evaluators/module.js';
export type { ObjectiveSource } from './evaluators/objective.js';
export { type PythonOptions, type PythonSpec, python } from './evaluators/python.js';
export type { Report } from './evaluators/schedule.js';
export { KerasSHAC } from './managed/keras.js';
export {
  type ManagedObjective,
  type ManagedOptions,
  ManagedSHAC,
  type ManagedSource,
  type TensorOptions,
} from './managed/managed.js';
export type { Framework, TensorBackend } from './managed/run.js';
export type { KerasSession, TensorflowSession, TensorMemory } from './managed/session.js';
export { TensorflowSHAC } from './managed/tensorflow.js';
export { TorchSHAC } from './managed/torch.js';
export type { Direction, ShacOptions } from './options.js';
export type { GeneratorBackend } from './parallel-settings.js';
export type { ClassifierOptions, Preset, PresetOptions } from './presets.js';
export type { SamplerOption } from './sampler.js';
export { type ClassifierInfo, SHAC } from './shac.js';
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
export type { DatasetRow } from './storage/csv.js';
export { memory } from './storage/memory.js';
export { type SqliteOptions, sqlite } from './storage/sqlite/sqlite-storage.js';
export type { Storage, StudySummary } from './storage/storage.js';
export { defineStudy, loadStudy, type Study, type StudyDefinition } from './study.js';
export type { Trial, TrialError, TrialMemory, TrialState } from './trial.js';
