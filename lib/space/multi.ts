import { show } from '../errors.js';
import { invalidRange, invalidType } from './checks.js';
import {
  isMultiParameter,
  isParameter,
  type MultiParameter,
  type MultiParameterDescription,
  PARAMETER_BRAND,
  type Parameter,
} from './parameter.js';

const MAX_SAMPLE_COUNT = 1_000_000;

/**
 * `sampleCount` independent values of one kind under one name; its value is an array of that length.
 *
 * @param parameter - What each element is; not itself a `multi`.
 * @param sampleCount - Length of the array, 1 to 1,000,000.
 * @throws ShacTypeError or ShacRangeError `ERR_INVALID_PARAMETER` for any other argument.
 */
export function multi<T>(parameter: Parameter<T>, sampleCount: number): MultiParameter<T> {
  if (isMultiParameter(parameter)) {
    throw invalidType('multi(multi(…), …): cannot be nested; use one multi with the product of the two sample counts');
  }
  if (!isParameter(parameter)) {
    throw invalidType(
      `multi(${show(parameter)}, …): the first argument must be a parameter, as in multi(uniform(0, 1), 5)`,
    );
  }
  if (!isSampleCount(sampleCount)) {
    throw invalidRange(`multi(…, ${show(sampleCount)}): sampleCount must be an integer from 1 to ${MAX_SAMPLE_COUNT}`);
  }
  return new Multi(parameter, sampleCount);
}

/** Whether a `multi` may have so many elements. */
export function isSampleCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_SAMPLE_COUNT;
}

class Multi<T> implements MultiParameter<T> {
  readonly [PARAMETER_BRAND] = 'multi';
  readonly kind = 'multi';
  readonly parameter: Parameter<T>;
  readonly sampleCount: number;

  constructor(parameter: Parameter<T>, sampleCount: number) {
    this.parameter = parameter;
    this.sampleCount = sampleCount;
  }

  describe(): MultiParameterDescription {
    return { kind: 'multi', sampleCount: this.sampleCount, of: this.parameter.describe() };
  }
}
