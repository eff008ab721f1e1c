export type {
  AskOptions,
  DatasetOptions,
  EnqueueOptions,
  FitOptions,
  Imported,
  ImportOptions,
  PredictOptions,
  RunOptions,
  TellOptions,
} from './api/call-options.js';
export { Callback, type CallbackMethods } from './api/callbacks.js';
export { defineStudy, type EvaluateOf, loadStudy, type Study, type StudyDefinition } from './api/define-study.js';
export type { IfExists } from './api/if-exists.js';
export { KerasSHAC } from './api/keras.js';
export {
  type EngineKind,
  type ManagedObjective,
  type ManagedOptions,
  ManagedSHAC,
  type ManagedSource,
  type TensorOptions,
} from './api/managed.js';
export type { ShacOptions } from './api/options.js';
export type { GeneratorBackend } from './api/parallel-settings.js';
export { SHAC } from './api/shac.js';
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
export type { Surroundings } from './dispatch/spec.js';
export { ShacError, type ShacErrorCode, ShacRangeError, ShacTypeError } from './errors.js';
export type { DatasetRow } from './exchange/csv.js';
export type { ImportedSearch } from './exchange/imported.js';
export type { Sampler, SamplerOption } from './native/sampler.js';
export type { Dataset, Engine, EpochLogs, SamplingProgress, TrainLogs } from './observe/callback.js';
export { CSVLogger, type CSVLoggerOptions } from './observe/csv-logger.js';
export type { DiagnosticsMessage } from './observe/diagnostics.js';
export { History, type StopReason } from './observe/history.js';
export { Progress, type ProgressStream } from './observe/progress.js';
export type { RunEvent } from './observe/run-events.js';
export {
  type Branches,
  type CheckedSpace,
  type ChoiceDescription,
  type ChoiceParameter,
  type Condition,
  type ConditionalDescription,
  type ConditionalParameter,
  type ConditionDescription,
  type Coordinate,
  type CustomOptions,
  choice,
  custom,
  type DiscreteValue,
  discrete,
  type EntryDescription,
  type IntegerOptions,
  integer,
  type MultiParameter,
  type MultiParameterDescription,
  multi,
  normal,
  type Parameter,
  type ParameterDescription,
  type ParameterKind,
  type ParamsOf,
  type PartialParamsOf,
  type RangeDescription,
  type Row,
  SearchSpace,
  type SpaceDefinition,
  type SpaceDescription,
  type SpaceEntry,
  type UniformOptions,
  uniform,
  type ValueOf,
  type WhenCondition,
  when,
} from './space/index.js';
export * from './storage.js';
export type { Budget } from './study/budget.js';
export type { Constraint, Constraints } from './study/constraints.js';
export type { Direction } from './study/direction.js';
export type { ClassifierOptions, Preset, PresetOptions } from './study/presets.js';
export type { BatchRecord, ClassifierInfo, ClassifierRecord } from './study/records.js';
export type { Growth, StudySettings } from './study/settings.js';
export type { StudyView } from './study/study.js';
export type { Report, Trial, TrialError, TrialMemory, TrialRecord, TrialState } from './study/trial.js';
