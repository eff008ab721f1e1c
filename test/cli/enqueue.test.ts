/** `shac run --enqueue`, and `initial` in study files. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandIn, lastLine, shac, shell, stored, studyFile } from './shac.js';

const SQUARES = 'return (x - 1) ** 2 + (y - 2) ** 2;';

/** The x of the first trials of a study. */
const firstOf = (cwd: string, count: number) =>
  stored(join(cwd, 'shac.db'))
    .slice(0, count)
    .map((row) => Number(/x=([\d.-]+)/.exec(row)?.[1]));

function withFile(content: string, evaluate = SQUARES, more = '') {
  const study = studyFile(evaluate, { more });
  writeFileSync(join(study.cwd, 'first.json'), content);
  return study;
}

describe('--enqueue', () => {
  it('evaluates an object, or an array of them, first', async () => {
    const one = withFile('{ "x": 1, "y": 2 }');
    const result = await shac(one.cwd, 'run', one.file, '--enqueue', 'first.json', '--json');
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(lastLine(result)).toMatchObject({ best: { id: 0, params: { x: 1, y: 2 }, value: 0 }, trials: 40 });
    const many = withFile('[{ "x": 1 }, { "x": -3.5 }]');
    expect(await shac(many.cwd, 'run', many.file, '--enqueue', 'first.json')).toMatchObject({ code: 0 });
    expect(firstOf(many.cwd, 2)).toEqual([1, -3.5]);
  });

  it('evaluates nothing twice when the command line comes again', async () => {
    const { cwd, file } = withFile(
      '[{ "x": 7.5 }, { "x": 8.5 }]',
      `if (id === 12 && !existsSync('again')) { appendFileSync('again', ''); process.exit(3); } ${SQUARES}`,
    );
    const first = await shac(cwd, 'run', file, '--enqueue', 'first.json', '--seed', '3');
    expect(first.code).toBe(3);
    const second = await shac(cwd, 'run', file, '--enqueue', 'first.json', '--seed', '3', '--json');
    expect(lastLine(second)).toMatchObject({ trials: 40 });
    const trials = stored(join(cwd, 'shac.db'));
    expect(trials.filter((row) => /x=(7|8)\.5,/.test(row))).toHaveLength(2);
    expect(firstOf(cwd, 2)).toEqual([7.5, 8.5]);
  });

  it('is in the command that goes on', async () => {
    const { cwd, file } = withFile('{ "x": 7.5 }', `if (id === 5) process.kill(process.pid, 'SIGINT'); ${SQUARES}`);
    const result = await shac(cwd, 'run', file, '--enqueue', 'first.json');
    const command = commandIn(result);
    expect(command).toContain('--enqueue first.json');
    await shell(cwd, command);
    expect(stored(join(cwd, 'shac.db')).filter((row) => row.includes('x=7.5,'))).toHaveLength(1);
  });

  it.each([
    ['{ "x": 1, "z": 2 }', /ERR_INVALID_VALUE.*"first\.json: params has the key \\"z\\"/],
    ['{ "x": 99 }', /ERR_INVALID_VALUE.*"first\.json: parameter \\"x\\": 99/],
    ['[{ "x": 1 }, { "x": 99 }]', /ERR_INVALID_VALUE.*"first\.json: params\[1\]: .*\\"x\\": 99/],
    ['{ "x": ', /ERR_FILE.*first\.json is not JSON/],
    ['7', /ERR_FILE.*first\.json must have params.* not 7/],
    [JSON.stringify(new Array(41).fill({ x: 1 })), /ERR_INVALID_BUDGET.*first\.json: 41 params.*room for 40/],
  ])('refuses %j before any trial', async (content, message) => {
    const { cwd, file } = withFile(content);
    // The same params forty times are one: these are told apart.
    const text = content.startsWith('[{"x":1}') ? content.replaceAll('"x":1', () => `"x":${Math.random()}`) : content;
    writeFileSync(join(cwd, 'first.json'), text);
    const { code, stdout } = await shac(cwd, 'run', file, '--enqueue', 'first.json', '--json');
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(message) });
  });

  it('names a file that is not there', async () => {
    const { cwd, file } = studyFile(SQUARES);
    const { code, stderr } = await shac(cwd, 'run', file, '--enqueue', 'none.json');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^shac: none\.json cannot be read: /) });
  });
});

it('initial of a study file is evaluated first, and once', async () => {
  const { cwd, file } = studyFile(SQUARES, { more: 'initial: [{ x: 1, y: 2 }, { x: 8.5 }],' });
  await shac(cwd, 'run', file, '--seed', '3');
  await shac(cwd, 'run', file, '--resume');
  expect(firstOf(cwd, 2)).toEqual([1, 8.5]);
  expect(stored(join(cwd, 'shac.db')).filter((row) => row.includes('x=8.5,'))).toHaveLength(1);
});
