/** Has a command and a Python function under way; says when both are; then ends as it is told, or waits for a signal. */
import { existsSync } from 'node:fs';
import { CommandEvaluator, command } from '../../dist/dispatch/command/command.js';
import { PythonEvaluator, python } from '../../dist/dispatch/python/python.js';

const [fixtures, commandFile, pythonFile, end] = process.argv.slice(2);
const told = { trialId: 0, workerId: 0, signal: new AbortController().signal, report: () => {} };

const program = command([process.execPath, 'program.mjs', 'family', commandFile], { cwd: fixtures });
new CommandEvaluator(program, []).evaluate({}, told);

const env = { PIDS_FILE: pythonFile };
const evaluator = new PythonEvaluator(python({ module: 'objective.py', cwd: fixtures, env, stderr: 'inherit' }), [
  'do',
]);
await evaluator.prepare(0);
evaluator.prepare(1); // one that may be idle, or still loading
evaluator.evaluate({ do: 'family' }, told);

while (!existsSync(commandFile) || !existsSync(pythonFile)) await new Promise((resolve) => setTimeout(resolve, 10));
console.log('under way');
if (end === 'exit') process.exit(0);
if (end === 'throw') throw new Error('as asked');
