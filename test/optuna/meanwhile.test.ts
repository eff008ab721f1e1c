/** Optuna at a file while a search of another process writes to it. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type CliResult, lastLine, start } from '../cli/shac.js';
import { openDatabase } from '../support/database.js';
import { dashboard, type OptunaStudy, optuna, sqliteUrl } from '../support/optuna.js';
import { sleep, temporaryDirectory } from '../support/studies.js';

const STUDY = fileURLToPath(new URL('../fixtures/optuna/study.ts', import.meta.url));

/** A search as a process. It stays at trial 20 until the file `gate` is there. */
function search() {
  const cwd = temporaryDirectory();
  const gate = join(cwd, 'gate');
  const file = join(cwd, 'shac.db');
  const args = ['run', STUDY, '--db', file, '--json', '--evaluators', '2'];
  const run = (...more: string[]) => {
    const { child, done } = start(cwd, [...args, ...more], { GATE: gate });
    onTestFinished(() => void child.kill('SIGKILL'));
    return { child, done };
  };
  const { child, done } = run();
  return {
    file,
    gate,
    child,
    done,
    started: until(() => trialsIn(file) > 0, done),
    resume: () => run('--resume').done,
  };
}

function trialsIn(file: string): number {
  if (!existsSync(file)) return 0;
  const database = openDatabase(file, { readonly: true });
  try {
    return database.prepare('SELECT count(*) FROM trials').pluck().get() as number;
  } catch {
    return 0; // the tables are being made
  } finally {
    database.close();
  }
}

/** Resolves once `probe` says so, which must be before the search has ended. */
async function until(probe: () => boolean | Promise<boolean>, done: Promise<CliResult>): Promise<void> {
  for (;;) {
    if (await probe()) return;
    const result = await Promise.race([done, sleep(20)]);
    if (result) throw new Error(`the search ended too early (status ${result.code}):\n${result.stderr}`);
  }
}

const expectAll = (result: CliResult) => {
  expect(result.code, result.stderr).toBe(0);
  expect(lastLine(result)).toMatchObject({ trials: 60, failed: 2 });
};

describe('while a search writes', () => {
  it('Optuna reads consistent states, as often as it likes', async () => {
    const { file, gate, done, started } = search();
    await started;
    const sightings = await optuna<Record<string, number>[]>('watch', sqliteUrl(file), 'ours', 60, gate);
    expectAll(await done);
    const counts = sightings.map(({ COMPLETE, FAIL }) => (COMPLETE ?? 0) + (FAIL ?? 0));
    expect(sightings.length).toBeGreaterThanOrEqual(10);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(sightings.at(-1)).toMatchObject({ COMPLETE: 58, FAIL: 2, RUNNING: 0 });
  });

  it('a reader that holds on to what it saw does not keep it from writing', async () => {
    const { file, gate, done, started } = search();
    await started;
    const reader = openDatabase(file, { readonly: true });
    onTestFinished(() => void reader.close());
    reader.exec('BEGIN');
    const count = reader.prepare('SELECT count(*) FROM trials').pluck();
    const seen = count.get();
    writeFileSync(gate, '');
    expectAll(await done);
    expect(count.get()).toBe(seen);
    reader.exec('COMMIT');
    expect(count.get()).toBe(60);
  });

  it('Optuna writes a study of its own to the same file', async () => {
    const { file, gate, done, started } = search();
    await started;
    writeFileSync(gate, '');
    const made = await optuna<OptunaStudy>('make', sqliteUrl(file), 'theirs', 'minimize');
    expectAll(await done);
    expect(await optuna<string[]>('names', sqliteUrl(file))).toEqual(['ours', 'theirs']);
    expect(await optuna<OptunaStudy>('read', sqliteUrl(file), 'theirs')).toEqual(made);
    expect((await optuna<OptunaStudy>('read', sqliteUrl(file), 'ours')).trials).toHaveLength(60);
  });

  it('Optuna reads what it left when it is killed, and the rest once it has gone on', async () => {
    const { file, gate, child, done, resume } = search();
    await until(() => trialsIn(file) === 22, done); // two run
    child.kill('SIGKILL');
    await done;
    const left = (await optuna<OptunaStudy>('read', sqliteUrl(file), 'ours')).trials;
    expect(left.slice(20).map(({ number, state }) => [number, state])).toEqual([
      [20, 'RUNNING'],
      [21, 'RUNNING'],
    ]);
    writeFileSync(gate, '');
    expectAll(await resume());
    const { trials } = await optuna<OptunaStudy>('read', sqliteUrl(file), 'ours');
    expect(trials.slice(0, 20)).toEqual(left.slice(0, 20));
    expect(trials.map(({ number }) => number)).toEqual(Array.from({ length: 60 }, (_, number) => number));
    expect(trials.slice(20, 22).map(({ params }) => params)).toEqual(left.slice(20).map(({ params }) => params));
    expect(new Set(trials.map(({ state }) => state))).toEqual(new Set(['COMPLETE', 'FAIL']));
  });

  it('the dashboard shows how it gets on', async () => {
    const { file, gate, done, started } = search();
    await started;
    const get = await dashboard(file);
    const { study_summaries } = await get<{ study_summaries: { study_id: number; study_name: string }[] }>(
      '/api/studies',
    );
    expect(study_summaries).toMatchObject([{ study_name: 'ours', directions: ['minimize'] }]);
    const path = `/api/studies/${study_summaries[0]?.study_id}`;
    const finished = async () => {
      const { trials } = await get<{ trials: { state: string }[] }>(path);
      return trials.filter(({ state }) => state === 'Complete' || state === 'Fail').length;
    };
    await until(async () => (await finished()) === 20, done);
    writeFileSync(gate, '');
    expectAll(await done);
    while ((await finished()) < 60) await sleep(100); // it keeps what it read for some seconds
    const detail = await get<{ best_trials: unknown[]; intersection_search_space: unknown[] }>(path);
    expect(detail).toMatchObject({ name: 'ours', has_intermediate_values: true });
    expect(detail.best_trials).toHaveLength(1);
    expect(detail.intersection_search_space).toHaveLength(10);
    const { param_importances } = await get<{ param_importances: unknown[][] }>(`${path}/param_importances`);
    expect(param_importances[0]).toHaveLength(10);
  });
});
