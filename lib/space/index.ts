export { choice } from './choice.js';
export type { Condition, ConditionDescription } from './conditions.js';
export { normal, type UniformOptions, uniform } from './continuous.js';
export { type CustomOptions, custom } from './custom.js';
export type {
  Branches,
  CheckedSpace,
  ChoiceParameter,
  ConditionalParameter,
  ParamsOf,
  SpaceDefinition,
  SpaceEntry,
  ValueOf,
} from './definition.js';
export {
  type ChoiceDescription,
  type ConditionalDescription,
  describedColumns,
  type EntryDescription,
  type SpaceDescription,
} from './description.js';
export { discrete } from './discrete.js';
export { type IntegerOptions, integer } from './integer.js';
export { type Coordinate, prefixes } from './layout.js';
export { completedBy, misfit, requireValues } from './misfit.js';
export { multi } from './multi.js';
export {
  type DiscreteValue,
  isMultiParameter,
  isParameter,
  LEVELS,
  type MultiParameter,
  type MultiParameterDescription,
  type Parameter,
  type ParameterDescription,
  type ParameterKind,
  type RangeDescription,
} from './parameter.js';
export type { PartialParamsOf } from './partial.js';
export { everyPoint, keyOf, pointsOf } from './points.js';
export { flatDescription, type PyshacParameter, pyshacConfig } from './pyshac.js';
export { type Row, SearchSpace } from './space.js';
export { type WhenCondition, when } from './when.js';
