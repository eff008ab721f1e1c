import { writeFileSync } from 'node:fs';
import type { EvaluatorBackend, ObjectiveSource } from 'shac';
import { describe, expect, it } from 'vitest';
import { children, fixture, recordedStudy } from '../support/backends.js';
import { temporaryDirectory } from '../support/studies.js';

const places = ['inline', 'threads', 'processes'] as const;

function file(name: string, source: string): string {
  const path = `${temporaryDirectory()}/${name}`;
  writeFileSync(path, source);
  return path;
}

/** Fits with an objective that cannot be used: no trial is drawn, no worker left. */
async function refused(evaluatorBackend: EvaluatorBackend, objective: ObjectiveSource<unknown>): Promise<Error> {
  const { shac } = recordedStudy({ evaluatorBackend }, 2);
  const error = await shac.fit(objective).then(
    () => expect.unreachable(),
    (reason) => reason,
  );
  expect(error).toMatchObject({ code: 'ERR_INVALID_OBJECTIVE' });
  expect(shac.trials).toEqual([]);
  expect(children()).toEqual([]);
  return error;
}

describe.each(places)('with %s, fit refuses before any trial', (place) => {
  it('a module that is not there', async () => {
    const error = await refused(place, './no/such/objective.js');
    expect(error.message).toMatch(/there is no module .*no\/such\/objective\.js/);
  });

  it('a module that throws when it is loaded, with its line', async () => {
    const error = await refused(place, fixture('throws-on-load'));
    expect(error.message).toMatch(/throws-on-load\.mjs cannot be loaded: no GPU here \(.*throws-on-load\.mjs:1\)/);
  });

  it('a module with a syntax error', async () => {
    expect((await refused(place, file('broken.mjs', 'export default (params) => {{'))).message).toMatch(/broken\.mjs/);
    expect((await refused(place, file('broken.ts', 'export default (x: number => x'))).message).toMatch(/broken\.ts/);
  });

  it('a module that imports what is not there', async () => {
    const error = await refused(place, file('lost.mjs', "import './nowhere.mjs';\nexport default () => 1;"));
    expect(error.message).toMatch(/lost\.mjs cannot be loaded: .*nowhere\.mjs/);
  });

  it('a module without the export, and says which there are', async () => {
    const lacking = await refused(place, fixture('no-objective'));
    expect(lacking.message).toMatch(/neither a default export nor an export "evaluate".*exports are objective$/);
    const named = await refused(place, { module: fixture('no-objective'), export: 'objective' });
    expect(named.message).toMatch(/no function as its export "objective"/);
  });

  it('a module whose setup throws, or is no function', async () => {
    const thrown = await refused(place, fixture('throws-in-setup'));
    expect(thrown.message).toMatch(/setup of .*throws-in-setup\.mjs failed: Error: no data set here/);
    const other = await refused(place, file('hook.mjs', 'export const setup = 3;\nexport default () => 1;'));
    expect(other.message).toMatch(/setup of .*hook\.mjs must be a function, got 3/);
  });
});

describe('fit takes', () => {
  it.each([
    ['the default export of a CommonJS module', 'default.cjs', 'module.exports = ({ x }) => x;'],
    ['the export "evaluate" of a CommonJS module', 'named.cjs', 'exports.evaluate = ({ x }) => x;'],
    ['the default export of TypeScript', 'default.ts', 'export default ({ x }: { x: number }) => x;'],
    ['the export "evaluate" of TypeScript', 'named.ts', 'export function evaluate({ x }: { x: number }) { return x; }'],
    ['the export "evaluate" of an ES module', 'named.mjs', 'export const evaluate = ({ x }) => x;'],
    ['a file with odd characters in its name', 'a #1? %20 ü.mjs', 'export default ({ x }) => x;'],
  ])('%s', async (_, name, source) => {
    for (const evaluatorBackend of ['inline', 'threads'] as const) {
      const { shac } = recordedStudy({ evaluatorBackend }, 1);
      await shac.fit(file(name, source));
      expect(shac.trials.map(({ value }) => value)).toEqual(shac.trials.map(({ params }) => params.x));
    }
  });

  it.each(['threads', 'processes'] as const)('no function with %s, and says what to pass', async (place) => {
    const error = await refused(place, () => 1);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/move it to a module.*new URL\('\.\/objective\.js', import\.meta\.url\).*study file/);
  });
});
