/** Has a command and a Python function under way; says when both are; then ends as it is told, or waits for a signal. */
import { existsSync } from 'node:fs';
import { command, python } from 'shac';
import { CommandDispatcher } from '../../dist/dispatch/command/command-dispatcher.js';
import { PythonDispatcher } from '../../dist/dispatch/python/python-dispatcher.js';

const [fixtures, commandFile, pythonFile, end] = process.argv.slice(2);
const lease = { trialId: 0, workerId: 0, attempt: 1, signal: new AbortController().signal, report: () => {} };

const program = command([process.execPath, 'program.mjs', 'family', commandFile], { cwd: fixtures });
new CommandDispatcher(program, [], 1).submit({ ...lease, params: {} });

const env = { PIDS_FILE: pythonFile };
const spec = python({ module: 'objective.py', cwd: fixtures, env, stderr: 'inherit' });
const dispatcher = new PythonDispatcher(spec, { names: ['do'], evaluators: 1, limitMemory: false });
await dispatcher.prepare(0);
dispatcher.prepare(1); // one that may be idle, or still loading
dispatcher.submit({ ...lease, params: { do: 'family' } });

while (!existsSync(commandFile) || !existsSync(pythonFile)) await new Promise((resolve) => setTimeout(resolve, 10));
console.log('under way');
if (end === 'exit') process.exit(0);
if (end === 'throw') throw new Error('as asked');
