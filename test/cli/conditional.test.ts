/** The command line on a study with conditions. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonOf, lastLine, shac, stored } from './shac.js';

const STUDY = `
  import { choice, defineStudy, discrete, integer, uniform, when } from 'shac';
  export default defineStudy({
    totalBudget: 30, numBatches: 3, objective: 'min',
    space: {
      optimizer: discrete(['sgd', 'adam', null]),
      momentum: when('optimizer', ['sgd', null], uniform(0, 1)),
      layers: integer(1, 4),
      rate: when('layers', (n) => n !== 2, when('optimizer', 'sgd', integer(1, 9, { step: 4 }))),
      head: choice({ linear: {}, mlp: { width: integer(8, 64), slope: when('layers', 1, uniform(0, 1)) } }),
      body: choice({
        a: { act: discrete(['r', 'l']), slope: when('act', 'l', uniform(0, 1)), deep: choice({ x: { y: when('act', 'r', integer(1, 2)) } }) },
        b: { act: integer(1, 9), slope: when('act', (n) => n >= 3, when('layers', [1, 3], uniform(0, 1))) },
      }),
    },
    evaluate: ({ momentum = 2, layers, head }) => momentum + layers + (head.kind === 'mlp' ? head.width / 64 : 1),
  });
`;

describe('a study with conditions', () => {
  let cwd: string;
  let best: ReturnType<typeof lastLine>['best'];

  beforeAll(async () => {
    cwd = mkdtempSync(join(tmpdir(), 'shac-test-'));
    writeFileSync(join(cwd, 'study.mjs'), STUDY);
    ({ best } = lastLine(await shac(cwd, 'run', 'study.mjs', '--seed', '2', '--json')));
  });

  afterAll(() => rmSync(cwd, { recursive: true, force: true }));

  it('is shown as it is written, with the answers of functions', async () => {
    const { code, stdout } = await shac(cwd, 'show');
    expect(code).toBe(0);
    const lines = stdout.split('\n').map((line) => line.replace(/^ {2}(\S+) +/, '$1: '));
    expect(lines).toEqual(
      expect.arrayContaining([
        'momentum: when("optimizer", ["sgd",null], uniform(0, 1))',
        'rate: when("layers", (n) => n === 1 || (n >= 3 && n <= 4), when("optimizer", "sgd", integer(1, 9, { step: 4 })))',
        'head: choice({ linear: {}, mlp: { width: integer(8, 64), slope: when("layers", 1, uniform(0, 1)) } })',
        'body: choice({ a: { act: discrete(["r","l"]), slope: when("act", "l", uniform(0, 1)), ' +
          'deep: choice({ x: { y: when("act", "r", integer(1, 2)) } }) }, ' +
          'b: { act: integer(1, 9), slope: when("act", (n) => n >= 3 && n <= 9, when("layers", [1,3], uniform(0, 1))) } })',
      ]),
    );
  });

  it('says what the best params are, without those that are not there', async () => {
    expect(jsonOf(await shac(cwd, 'best', '--json'))).toEqual(best);
    const { stdout } = await shac(cwd, 'best');
    for (const name of ['optimizer', 'momentum', 'rate', 'head', 'body']) {
      expect(new RegExp(`^ {2}${name} `, 'm').test(stdout)).toBe(Object.hasOwn(best?.params as object, name));
    }
  });

  it.each(['csv', 'jsonl', 'optuna-journal'])('is learned from again from its export as %s', async (form) => {
    const out = join(cwd, `out.${form}`);
    expect(await shac(cwd, 'export', `--${form}`, out)).toMatchObject({ code: 0 });
    const db = join(cwd, `${form}.db`);
    expect(await shac(cwd, 'import', out, 'study.mjs', '--db', db, '--no-presort')).toMatchObject({ code: 0 });
    expect(stored(db)).toEqual(stored(join(cwd, 'shac.db')));
    if (form !== 'csv') return;
    const [header] = readFileSync(out, 'utf8').split('\n');
    expect(header).toBe(
      'id,optimizer,momentum,layers,rate,head,head.width,head.slope,' +
        'body,body.a.act,body.a.slope,body.deep,body.deep.y,body.b.act,body.b.slope,scores',
    );
  });

  it('is not exported to a directory', async () => {
    const { code, stderr } = await shac(cwd, 'export', '--dir', join(cwd, 'saved'));
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/"momentum" is made by when, for which PySHAC's directory has no form/);
    expect(existsSync(join(cwd, 'saved'))).toBe(false);
  });
});
