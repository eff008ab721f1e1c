/** A result belongs to its trial: what comes from a worker is checked, and is dropped when it is of no evaluation under way. */
import { join } from 'node:path';
import { type ObjectiveSource, python, type Report, type Trial } from 'shac';
import { describe, expect, it, vi } from 'vitest';
import { children, fixture, recordedStudy } from '../support/backends.js';
import { fixtures, rejection } from '../support/processes.js';
import { temporaryDirectory } from '../support/studies.js';

/** What a search found, and heard on the way. */
async function found(
  evaluatorBackend: 'inline' | 'threads' | 'processes',
  objective: ObjectiveSource<unknown>,
  options: { totalBudget?: number; numBatches?: number; evaluators?: number } = {},
) {
  const { evaluators = 2, ...plan } = options;
  const { shac } = recordedStudy({ evaluatorBackend }, evaluators, plan);
  const reports: Report[] = [];
  await shac.fit(objective, { callbacks: [{ onReport: (report) => void reports.push(report) }] });
  return { trials: shac.trials, reports };
}

function expectOwnValues(trials: readonly Trial[]): void {
  for (const { id, state, value, params, error } of trials) {
    expect({ id, state, value, error }).toEqual({ id, state: 'COMPLETE', value: params.x, error: undefined });
  }
}

const steppingOut = (name: string) => python({ module: join(fixtures, 'steps_out.py'), function: name });

describe.each(['threads', 'processes'] as const)('an objective in %s that sends messages of its own', (backend) => {
  it('changes no result and no report; what seems to be of its worker is noted', async () => {
    const { trials, reports } = await found(backend, fixture('forges'));
    expectOwnValues(trials);
    expect(reports).toEqual([]);
    for (const { stderr } of trials)
      expect(stderr).toMatch(/^shac: dropped [78] messages, the first one: no message of/);
  });
});

describe('a Python objective', () => {
  it('that forks has the results of its own process alone', async () => {
    const { trials, reports } = await found('inline', steppingOut('forks'), { totalBudget: 20 });
    expectOwnValues(trials);
    expect(reports.map(({ trialId, value }) => value === trials[trialId]?.params.x)).toEqual(trials.map(() => true));
    for (const { id, stderr = '' } of trials) expect(stderr.includes("ValueError: the child's own")).toBe(id % 2 === 1);
  });

  it('whose thread outlives its trial reports nothing to the next one', async () => {
    const { trials, reports } = await found('inline', steppingOut('threads'), { evaluators: 1 });
    expectOwnValues(trials);
    expect(reports.map(({ trialId, value }) => [trialId, value])).toEqual(
      trials.map(({ id, params }) => [id, params.x]),
    );
    const notes = trials.flatMap(({ id, stderr }) => (stderr === undefined ? [] : [[id, stderr]]));
    expect(notes).toEqual([[2, "shac: dropped a message: 'report' of trial 1, attempt 1"]]);
  });
});

describe('a worker that is killed while it loads', () => {
  const cases = {
    processes: () => fixture('killed-at-load'),
    python: () => python({ module: join(fixtures, 'killed_at_load.py') }),
  };

  it.each(['processes', 'python'] as const)('is started again: %s', async (where) => {
    vi.stubEnv('KILLS_FILE', join(temporaryDirectory(), 'starts')).stubEnv('KILLS', '2');
    const warnings: string[] = [];
    const onWarning = ({ message }: Error) => void warnings.push(message);
    process.on('warning', onWarning);
    const { trials } = await found('processes', cases[where](), { evaluators: 1 });
    process.off('warning', onWarning);
    vi.unstubAllEnvs();
    expectOwnValues(trials);
    expect(warnings).toEqual([1, 2].map(() => expect.stringMatching(/^a worker is started again: .*SIGKILL/)));
  });

  it.each(['processes', 'python'] as const)(
    'three times in a row ends the search, which says so: %s',
    async (where) => {
      vi.stubEnv('KILLS_FILE', join(temporaryDirectory(), 'starts')).stubEnv('KILLS', '3');
      const error = await rejection(found('processes', cases[where](), { evaluators: 1 }));
      vi.unstubAllEnvs();
      expect(error.message).toContain('SIGKILL');
      expect(children()).toEqual([]);
    },
  );
});

describe('a flood of reports', () => {
  const cases = [
    ['inline', fixture('floods'), 1_000_000],
    ['threads', fixture('floods'), 1_000_000],
    ['processes', fixture('floods'), 1_000_000],
    ['inline', steppingOut('floods'), 100_000],
  ] as const;

  it.each(cases)('is thinned out, and ends with the newest: %s, %s', async (backend, objective, steps) => {
    const { trials, reports } = await found(backend, objective, { totalBudget: 2, numBatches: 1 });
    expectOwnValues(trials);
    const own = reports.filter(({ trialId }) => trialId === 1);
    expect(own.length).toBeGreaterThanOrEqual(10_000);
    expect(own.length).toBeLessThan(steps / 2);
    for (const { step, value } of own.slice(0, -1)) expect(value).toBe(step);
    expect(own.at(-1)).toEqual({ trialId: 1, step: steps, value: trials[1]?.params.x });
  });
});
