/** Why a Python objective could not be loaded, in errors that say what to do. */
import { ShacError, show } from '../../errors.js';
import { ending, ProcessFailure } from '../failure.js';
import type { Ending } from '../process/child.js';
import type { Missing, PythonTask, Raised } from './protocol.js';

const IMPORT_ADVICE =
  '; give the interpreter of the environment that has it as `python`, a path that ends in .py as `module`, or the' +
  ' folder to import from as `cwd`';

/** The module raised an exception, or has no such function. */
export function notLoaded(task: PythonTask, { name, message, traceback }: Raised): ShacError {
  const what = name === '' ? message : `${name}: ${message}`;
  const advice = name.endsWith('ImportError') || name === 'ModuleNotFoundError' ? IMPORT_ADVICE : '';
  const details = traceback === '' ? '' : `\n${traceback}`;
  return new ShacError('ERR_INVALID_OBJECTIVE', `${subject(task)} cannot be used: ${what}${advice}${details}`);
}

/** The interpreter does not have the framework of the engine. */
export function notInstalled({ managed }: PythonTask, { package: name, python }: Missing): ShacError {
  const message =
    `${managed?.engine} needs the Python package ${name}, which ${python} does not have; install it with ` +
    `${python} -m pip install ${name}, or give the interpreter of the environment that has it as \`python\``;
  return new ShacError('ERR_FRAMEWORK_NOT_FOUND', message);
}

/** The process ended before the module was loaded. */
export function notStarted(task: PythonTask, { message, stderr, killed }: ProcessFailure): ProcessFailure {
  const details = { code: 'ERR_INVALID_OBJECTIVE', killed, ...(stderr && { stderr }) } as const;
  return new ProcessFailure(`${subject(task)} cannot be used: while it was loaded, ${message}`, details);
}

/** The process ended by itself. */
export function death({ code, signal }: Ending, stderr: string): ProcessFailure {
  const how = signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
  return new ProcessFailure(`the Python worker ${how}${ending('its standard error ends with', stderr)}`, {
    stderr,
    killed: signal !== null,
  });
}

const subject = ({ module }: PythonTask) => `the Python objective ${show(module)}`;
