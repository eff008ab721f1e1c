/**
 * Every error the library raises carries one of these codes, so that callers can act on the kind of failure without
 * reading the message. Where the language has a matching class (`TypeError`, `RangeError`), the error extends it.
 */
export type ShacErrorCode =
  | 'ERR_ADDON_NOT_FOUND'
  | 'ERR_ALL_TRIALS_FAILED'
  | 'ERR_CLASSIFIER_INVALID'
  | 'ERR_CONSTRAINT_FAILED'
  | 'ERR_CONSTRAINT_VIOLATED'
  | 'ERR_DATASET_MISMATCH'
  | 'ERR_EMPTY_REGION'
  | 'ERR_EMPTY_SPACE'
  | 'ERR_FILE'
  | 'ERR_FRAMEWORK_NOT_FOUND'
  | 'ERR_INTERNAL'
  | 'ERR_INTERRUPTED'
  | 'ERR_INVALID_ARGUMENT'
  | 'ERR_INVALID_BUDGET'
  | 'ERR_INVALID_OBJECTIVE'
  | 'ERR_INVALID_PARAMETER'
  | 'ERR_INVALID_SPACE'
  | 'ERR_INVALID_STUDY'
  | 'ERR_INVALID_VALUE'
  | 'ERR_OBJECTIVE_FAILED'
  | 'ERR_OUT_OF_MEMORY'
  | 'ERR_REPEATED_PARAMS'
  | 'ERR_RESTORE_MISMATCH'
  | 'ERR_SQLITE_NOT_FOUND'
  | 'ERR_STORAGE'
  | 'ERR_STORAGE_VERSION'
  | 'ERR_STUDY_BUSY'
  | 'ERR_STUDY_EXISTS'
  | 'ERR_STUDY_LOCKED'
  | 'ERR_STUDY_NOT_FOUND'
  | 'ERR_TRIAL_FINISHED'
  | 'ERR_UNKNOWN_OPTION'
  | 'ERR_UNKNOWN_TRIAL'
  | 'ERR_XGBOOST';

/** A failure of the library or of its surroundings (files, XGBoost, the objective). */
export class ShacError extends Error {
  override readonly name: string = 'ShacError';
  readonly code: ShacErrorCode;

  constructor(code: ShacErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An argument of the wrong kind. */
export class ShacTypeError extends TypeError {
  override readonly name: string = 'ShacTypeError';
  readonly code: ShacErrorCode;

  constructor(code: ShacErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An argument of the right kind, but outside what is allowed. */
export class ShacRangeError extends RangeError {
  override readonly name: string = 'ShacRangeError';
  readonly code: ShacErrorCode;

  constructor(code: ShacErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** How a value is shown in an error message: short, on one line, and telling `'5'` from `5`. Nothing makes it fail. */
export function show(value: unknown): string {
  try {
    return shown(value);
  } catch {
    return 'something that cannot be looked at'; // a proxy that was revoked, say
  }
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return value.name ? `function ${value.name}` : 'a function';
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value);
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    text = undefined; // cyclic, or a toJSON that throws
  }
  if (text === undefined) return Object.prototype.toString.call(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
