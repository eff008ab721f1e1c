export { normal, type UniformOptions, uniform } from './continuous.js';
export { type CustomOptions, custom } from './custom.js';
export { discrete } from './discrete.js';
export { type IntegerOptions, integer } from './integer.js';
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
export { type PyshacParameter, pyshacConfig } from './pyshac.js';
export {
  type Coordinate,
  type ParamsOf,
  type Row,
  SearchSpace,
  type SpaceDefinition,
  type SpaceDescription,
} from './space.js';
