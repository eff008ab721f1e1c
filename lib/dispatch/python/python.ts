import { ShacTypeError, show } from '../../errors.js';
import { knownOptions, oneOf } from '../../validate.js';
import { BACKEND, hasBackend, processText, type Surroundings, surroundings } from '../spec.js';

/** By which name installers and virtual environments put it on the PATH; on Windows `python3` may be a link to a shop. */
const PYTHON = process.platform === 'win32' ? 'python' : 'python3';

/** What {@link python} takes. */
export interface PythonOptions extends Surroundings {
  /** A file (`train.py`, loaded with its folder on `sys.path`) or a module's name (`package.module`, found from `cwd`). */
  readonly module: string;
  /** Its function. Default `'evaluate'`. */
  readonly function?: string;
  /** The interpreter, version 3.8 or later. Default `'python3'`, on Windows `'python'`. */
  readonly python?: string;
  /** `'inherit'` shows what the objective prints as well, on this process's standard error. Default: it is only kept. */
  readonly stderr?: 'inherit';
}

/** An objective that is a Python function; made by {@link python}. */
export interface PythonSpec extends Surroundings {
  readonly [BACKEND]: 'python';
  readonly module: string;
  readonly function: string;
  readonly python: string;
  readonly stderr?: 'inherit';
}

/**
 * An objective that is a Python function: `fit(python({ module: 'train.py' }))`. Each evaluator is a Python process that
 * is started once and loads the module once.
 *
 * The function is called as `evaluate(worker_id, params)`, or `evaluate(params)` if it takes one argument, with an
 * OrderedDict, and returns a number (NumPy and PyTorch scalars are). Inside, `from shac import report, trial_id` gives
 * `report(value, step=None)`, the context's `report`, and `trial_id()`. The module may have `setup(worker_id)`, run once before, and
 * `teardown()`, run at the end if no abort ended the worker; it gets 5 seconds.
 *
 * In `TensorflowSHAC` and `KerasSHAC` it is called as PySHAC does, `evaluate(session, worker_id, params)`, or
 * `evaluate(session, params)`. Where the module's `tf` is `tensorflow.compat.v1`, or eager execution is disabled, the
 * session is one of TensorFlow 1, and its graph, new for each evaluation, is the default one. Else TensorFlow executes
 * eagerly, and a session of TensorFlow 1 is there for who uses it; it is None for Keras on another back-end.
 *
 * An exception fails the trial, with its Python class, message and traceback; one of memory that was short, the
 * computer's or a GPU's, has the code `ERR_OUT_OF_MEMORY`. An exit or a crash of the process fails the trial too;
 * another process takes its place. The last 16 KiB that an evaluation printed are kept with the trial as
 * `stderr`. A time-out or an abort kills the process and all that it has started.
 *
 * @throws ShacTypeError `ERR_INVALID_ARGUMENT` or `ERR_UNKNOWN_OPTION`.
 */
export function python(options: PythonOptions): PythonSpec {
  if (typeof options !== 'object' || options === null) {
    throw new ShacTypeError(
      'ERR_INVALID_ARGUMENT',
      `python() takes an object such as { module: 'train.py' }, got ${show(options)}`,
    );
  }
  const known = knownOptions('python()', options, ['module', 'function', 'python', 'cwd', 'env', 'stderr']);
  const { module, function: name = 'evaluate', python: program = PYTHON, stderr } = known;
  return Object.freeze({
    [BACKEND]: 'python' as const,
    module: processText('the module of python()', module),
    function: processText('the function of python()', name),
    python: processText('the python of python()', program),
    ...(stderr !== undefined && { stderr: oneOf('the stderr of python()', stderr, ['inherit']) }),
    ...surroundings('python()', known),
  });
}

/** Whether `value` was made by {@link python}. */
export function isPythonSpec(value: unknown): value is PythonSpec {
  return hasBackend(value, 'python');
}
