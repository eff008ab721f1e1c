/** `--backend`, `--evaluators` and `--async`: the same search wherever it is evaluated, and nothing left of it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exists } from '../support/processes.js';
import { lastLine, shac, start, stored, studyFile, until, withoutTime } from './shac.js';

const NOTED = "appendFileSync('noted', process.pid + '\\n'); return (x - 1) ** 2 + (y - 2) ** 2;";
/** Trial 12 computes and never ends. */
const ENDLESS = `while (id === 12 && !process.env.END) if (!process.env.NOTED) { process.env.NOTED = '1'; appendFileSync('stuck', process.pid + '\\n'); } ${NOTED}`;

const numbersIn = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : []);

describe.each(['threads', 'processes'])('--backend %s', (backend) => {
  it('finds what an inline run finds, and says where it evaluated', async () => {
    const { cwd, file } = studyFile(NOTED);
    const own = await shac(cwd, 'run', file, '--seed', '3', '--json', '--db', 'own.db');
    const other = await shac(cwd, 'run', file, '--seed', '3', '--json', '--backend', backend, '--evaluators', '3');
    expect(other.stderr).toBe('');
    expect(withoutTime(other)).toEqual(withoutTime(own));
    const pids = numbersIn(join(cwd, 'noted'));
    expect(new Set(pids.slice(0, 40)).size).toBe(1);
    expect(new Set(pids.slice(40)).size).toBe(backend === 'threads' ? 1 : 3);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'ends at once with %s, even while it computes, and goes on',
    async (signal) => {
      const { cwd, file } = studyFile(ENDLESS);
      const args = ['run', file, '--seed', '4', '--backend', backend, '--evaluators', '2', '--json'];
      const { child, done } = start(cwd, args);
      await until(() => existsSync(join(cwd, 'stuck')));
      child.kill(signal);
      const { code, stderr } = await done;
      expect(code).toBe(signal === 'SIGINT' ? 130 : 143);
      expect(stderr).toMatch(/trials are kept in .*shac\.db, study "study"; to continue:/);
      for (const pid of numbersIn(join(cwd, 'stuck'))) expect(exists(pid)).toBe(false);

      const goOn = start(cwd, [...args, '--resume'], { END: '1' });
      expect(lastLine(await goOn.done)).toMatchObject({ trials: 40, failed: 0 });
      const whole = studyFile(NOTED);
      await shac(whole.cwd, 'run', whole.file, '--seed', '4');
      expect(stored(join(cwd, 'shac.db'))).toEqual(stored(join(whole.cwd, 'shac.db')));
    },
  );
});

it('--async evaluates all trials', async () => {
  const { cwd, file } = studyFile(NOTED);
  const result = await shac(cwd, 'run', file, '--async', '--evaluators', '4', '--json');
  expect(lastLine(result)).toMatchObject({ trials: 40, failed: 0, classifiers: 2 });
});

it('a study may be evaluated by Python', async () => {
  const { cwd } = studyFile('');
  writeFileSync(join(cwd, 'train.py'), 'def evaluate(worker_id, params):\n    return params["x"] ** 2\n');
  writeFileSync(
    join(cwd, 'python.ts'),
    `import { defineStudy, python, uniform } from 'shac';
     export default defineStudy({
       space: { x: uniform(-5, 10) }, totalBudget: 40, numBatches: 4, objective: 'min',
       evaluate: python({ module: 'train.py' }),
     });`,
  );
  const result = await shac(cwd, 'run', 'python.ts', '--evaluators', '2', '--json');
  expect(result.stderr).toBe('');
  expect(lastLine(result).best?.value).toBeLessThan(1);
});
