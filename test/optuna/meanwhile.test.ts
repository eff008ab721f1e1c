/** Optuna at a file while a search of another process writes to it. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type CliResult, lastLine, start } from '../cli/shac.js';
import { dashboard, type OptunaStudy, optuna, sqliteUrl } from '../support/optuna.js';
import { sleep, temporaryDirectory } from '../support/studies.js';

const STUDY = fileURLToPath(new URL('../fixtures/optuna/study.ts', import.meta.url));

/** A search as a process. It stays at trial 20 until the file `gate` is there. */
function search() {
  const cwd = temporaryDirectory();
  const gate = join(cwd, 'gate');
  const file = join(cwd, 'shac.db');
  const { child, done } = start(cwd, ['run', STUDY, '--db', file, '--json', '--evaluators', '2'], { GATE: gate });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { file, gate, done, started: until(() => trialsIn(file) > 0, done) };
}

function trialsIn(file: string): number {
  if (!existsSync(file)) return 0;
  const database = new Database(file, { readonly: true });
  try {
    return database.prepare('SELECT count(*) FROM trials').pluck().get() as number;
  } catch {
    return 0; // the tables are being made
  } finally {
    database.close();
  }
}

async function until(probe: () => boolean | Promise<boolean>, done: Promise<CliResult>): Promise<void> {
  const ended = done.then((result) => result);
  for (;;) {
    if (await probe()) return;
    const result = await Promise.race([ended, sleep(20)]);
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
    const reader = new Database(file, { readonly: true });
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
