/** One search at a time writes to a study; everybody may read. */
import { spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import { sqlite } from 'shac';
import { describe, expect, it, onTestFinished } from 'vitest';
import { gate } from '../support/async-runs.js';
import { crashFixture, crashPlan, killAfter, open, saying, startVictim } from '../support/crash.js';
import { expectSound, reading } from '../support/crash-checks.js';
import { crashLoss, expectAsUninterrupted } from '../support/crash-searches.js';
import { type Database, openDatabase } from '../support/database.js';
import { gone, rejection } from '../support/processes.js';
import { outcome, temporaryDirectory } from '../support/studies.js';

const file = () => join(temporaryDirectory(), 'study.db');
const search = (storage: string) => {
  const shac = open({ storage, seed: 1 });
  onTestFinished(() => shac.close());
  return shac;
};
const finish = (shac: ReturnType<typeof search>) => shac.fit(crashLoss, { skipCvChecks: true });

/** A search in another process that is under way. */
async function holder(storage: string) {
  const victim = startVictim('holder.mjs', { storage });
  await victim.going;
  return victim;
}

interface OwnerRow {
  owner: Record<string, unknown>;
  heartbeat: number;
}

function ownerIn(storage: string): OwnerRow {
  return reading(storage, (database) => {
    const row = database.prepare('SELECT owner, heartbeat FROM shac_studies').get() as Record<keyof OwnerRow, never>;
    return { owner: JSON.parse(row.owner), heartbeat: row.heartbeat };
  });
}

function setOwner(storage: string, owner: Record<string, unknown>, heartbeat: number): void {
  const database = openDatabase(storage);
  database.prepare('UPDATE shac_studies SET owner = ?, heartbeat = ?').run(JSON.stringify(owner), heartbeat);
  database.close();
}

describe('a study that is searched', () => {
  it('by another process is refused with its number, and taken over at once when that is killed', async () => {
    const storage = file();
    const victim = await holder(storage);
    const second = search(storage); // opening is reading
    const { code, message } = await rejection(finish(second));
    expect(code).toBe('ERR_STUDY_LOCKED');
    expect(message).toContain(`is being searched by process ${victim.child.pid} on ${hostname()}; end that one`);
    expect(sqlite(storage).studies()).toMatchObject([{ owner: `process ${victim.child.pid} on ${hostname()}` }]);
    expect(() => sqlite(storage).deleteStudy('shac')).toThrow(/being searched by process/);
    expect(await killAfter(victim, 0)).toBe(true);
    await finish(second);
    await expectAsUninterrupted(second);
  });

  it('by another object of this thread is refused until that has ended', async () => {
    const storage = file();
    const { open: let_, opened } = gate();
    const first = search(storage);
    const fitting = first.fit((params) => opened.then(() => crashLoss(params)), { skipCvChecks: true });
    const second = search(storage);
    await expect(finish(second)).rejects.toMatchObject({
      code: 'ERR_STUDY_LOCKED',
      message: expect.stringContaining('is being searched by this process; end that one, or close() it'),
    });
    let_();
    await fitting;
    await finish(second);
    expect(outcome(second.trials)).toEqual(outcome(first.trials));
  });

  it('by another thread is refused, and taken over at once when that is terminated', async () => {
    const storage = file();
    const worker = new Worker(crashFixture('holder.mjs'), { argv: [JSON.stringify({ storage })], stdout: true });
    onTestFinished(() => void worker.terminate());
    await saying(worker.stdout, 'going');
    const other = search(storage);
    await expect(finish(other)).rejects.toThrow(`is being searched by this process, thread ${worker.threadId}`);
    await worker.terminate();
    await finish(other);
    await expectAsUninterrupted(other);
  });

  it('by a process that is dead and that nobody has waited for is taken over', async () => {
    const storage = file();
    const script = `node ${crashFixture('holder.mjs')} '${JSON.stringify({ storage })}' & exec sleep 600`;
    const parent = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void parent.kill('SIGKILL'));
    await saying(parent.stdout, 'going');
    const pid = ownerIn(storage).owner.pid as number;
    process.kill(pid, 'SIGKILL');
    await gone([pid]); // but its parent has not noticed
    await finish(search(storage));
  });

  it('by a process whose number another one has is taken over', async () => {
    const storage = file();
    const [dead, living] = [await holder(storage), await holder(file())];
    const { owner, heartbeat } = ownerIn(storage);
    await killAfter(dead, 0);
    const { pid } = living.child;
    setOwner(storage, { ...owner, pid, task: pid }, heartbeat);
    await finish(search(storage));
  });

  it('by a process whose number another one has is taken over where there is no /proc but ps', async () => {
    const storage = file();
    const bin = temporaryDirectory();
    // Says of each process when it began; of the one that holds the study, what is in a file.
    writeFileSync(join(bin, 'ps'), `#!/bin/sh\n[ -e ${bin}/$4 ] && cat ${bin}/$4 || echo 'Mon Nov  2 10:00:00 2026'\n`);
    chmodSync(join(bin, 'ps'), 0o755);
    const script = `mount -t tmpfs none /proc && exec ${process.execPath} "$@"`;
    const without = (fixture: string) => {
      const args = ['-m', 'sh', '-c', script, 'sh', crashFixture(fixture), JSON.stringify({ storage })];
      const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
      const child = spawn('unshare', args, { stdio: ['pipe', 'pipe', 'pipe'], env });
      onTestFinished(() => void child.kill('SIGKILL'));
      return child;
    };
    const victim = without('holder.mjs');
    await saying(victim.stdout, 'going');
    const { pid, started } = ownerIn(storage).owner;
    expect(started).toBe('Mon Nov  2 10:00:00 2026');
    const said = async () => {
      const child = without('owner.mjs');
      return (await text(child.stdout)).trim();
    };
    expect(await said()).toBe(`process ${pid} on ${hostname()}`);
    writeFileSync(join(bin, String(pid)), 'Mon Nov  2 11:00:00 2026\n');
    expect(await said()).toBe('undefined');
  });

  it.each([
    ['on another machine', { host: 'elsewhere' }, 'on elsewhere'],
    ['in another container', { namespace: 'pid:[1]' }, `on ${hostname()}`],
  ])('%s is taken over when it gave no sign of life for a minute', async (_, place, where) => {
    const storage = file();
    await killAfter(await holder(storage), 0);
    const owner: Record<string, unknown> = { ...ownerIn(storage).owner, ...place };
    setOwner(storage, owner, Date.now() - 55_000);
    const shac = search(storage);
    const { code, message } = await rejection(finish(shac));
    expect(code).toBe('ERR_STUDY_LOCKED');
    expect(message).toContain(`process ${owner.pid} ${where}`);
    setOwner(storage, owner, Date.now() - 60_001);
    await finish(shac);
  });

  it('on another machine, whose clock runs ahead, is taken over when that is by more than an hour', async () => {
    const storage = file();
    await killAfter(await holder(storage), 0);
    const owner: Record<string, unknown> = { ...ownerIn(storage).owner, host: 'elsewhere' };
    setOwner(storage, owner, Date.now() + 3_000_000);
    const shac = search(storage);
    await expect(finish(shac)).rejects.toMatchObject({ code: 'ERR_STUDY_LOCKED' });
    setOwner(storage, owner, Date.now() + 10 * 365 * 86_400_000);
    await finish(shac);
  });
});

describe('a search that was taken over', () => {
  /** A search whose owner looks like one of another machine that is long silent, while it evaluates trial `id`. */
  async function stalled(storage: string, id: number) {
    const { open: goOn, opened } = gate();
    const reached = gate();
    const shac = search(storage);
    shac.setNumParallelEvaluators(1);
    const evaluated: number[] = [];
    const fitting = shac.fit(
      async (params, { trialId }) => {
        evaluated.push(trialId);
        if (trialId === id) {
          reached.open();
          await opened;
        }
        return crashLoss(params);
      },
      { skipCvChecks: true },
    );
    fitting.catch(() => {}); // it is looked at later
    await reached.opened;
    setOwner(storage, { ...ownerIn(storage).owner, host: 'elsewhere' }, 0);
    return { shac, fitting, goOn, evaluated };
  }

  it('is told so when it writes, and overwrites nothing', async () => {
    const storage = file();
    const { fitting, goOn } = await stalled(storage, 14);
    const second = search(storage);
    await second.fit(crashLoss, { skipCvChecks: true });
    const trials = (database: Database) => database.prepare('SELECT * FROM trials').all();
    const before = reading(storage, trials);
    goOn();
    const { code, message } = await rejection(fitting);
    expect(code).toBe('ERR_STUDY_LOCKED');
    expect(message).toContain('was taken over by another search');
    expect(reading(storage, trials)).toEqual(before);
    await expectAsUninterrupted(second);
  });

  it('brings what it has and the other has not when it goes on', async () => {
    const storage = file();
    const { shac, fitting, goOn, evaluated } = await stalled(storage, 1);
    const second = search(storage);
    const asked = await second.ask(2);
    expect(asked.map(({ id }) => id)).toEqual([1, 2]);
    await second.tell(2, crashLoss(asked[1]?.params as never));
    second.close();
    goOn();
    expect(await rejection(fitting)).toMatchObject({ code: 'ERR_STUDY_LOCKED' });
    await shac.fit(
      (params, { trialId }) => {
        evaluated.push(trialId);
        return crashLoss(params);
      },
      { skipCvChecks: true },
    );
    expect(evaluated).toEqual([...Array(60).keys()].filter((id) => id !== 2));
    await expectAsUninterrupted(shac);
  });
});

describe('two objects', () => {
  it('ask and tell in turn', async () => {
    const storage = file();
    const objects = [search(storage), search(storage)];
    for (let i = 0; i < 60; i++) {
      const shac = objects[i % 2] as ReturnType<typeof search>;
      const [trial] = await shac.ask();
      expect(trial?.id).toBe(i);
      const result =
        trial?.params.layers === 8 ? { error: 'no value for 8 layers' } : crashLoss(trial?.params as never);
      await shac.tell(i, result, { skipCvChecks: true });
    }
    await expectAsUninterrupted(search(storage));
  });

  it('of as many processes begin their studies in one new file at once', async () => {
    const { storage, ...plan } = crashPlan({ backend: 'inline', batches: 'sync', seed: 3 });
    const names = ['a', 'b', 'c', 'd'];
    const victims = names.map((studyName) =>
      startVictim('search.mjs', { ...plan, storage, studyName, log: `${plan.log}-${studyName}` }, { TRIAL_MS: '0' }),
    );
    for (const { ended } of victims) expect(await ended).toEqual({ code: 0, stderr: '' });
    reading(storage, expectSound);
    expect(sqlite(storage).studies()).toMatchObject(names.map((name) => ({ name, finished: 60 })));
  });
});

describe('who reads', () => {
  it('waits for nobody, and nobody waits for it', async () => {
    const storage = file();
    const shac = search(storage);
    await shac.ask(1);
    const reader = startVictim('reader.mjs', { storage });
    let said = '';
    reader.child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    await reader.going;
    const longest = openDatabase(storage, { readonly: true, timeout: 0 });
    longest.exec('BEGIN');
    const count = longest.prepare("SELECT count(*) FROM trials WHERE state = 'COMPLETE'").pluck();
    expect(count.get()).toBe(0);
    await finish(shac); // while that transaction is open
    expect(count.get()).toBe(0); // one snapshot
    longest.exec('COMMIT');
    expect(count.get()).toBeGreaterThan(40);
    longest.close();
    reader.child.stdin?.end();
    expect(await reader.ended).toEqual({ code: 0, stderr: '' });
    expect(said).toMatch(/read \d+ times/);
    await expectAsUninterrupted(shac);
  });
});
