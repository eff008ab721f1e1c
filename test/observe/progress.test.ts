import type { WriteStream } from 'node:tty';
import { Progress, type SamplingProgress } from 'shac';
import { describe, expect, it } from 'vitest';
import { contradiction, loss, study } from '../support/studies.js';

/** A terminal that keeps what is written to it. */
function terminal(columns = 200) {
  const written: string[] = [];
  const stream = { isTTY: true, columns, write: (text: string) => written.push(text) } as unknown as WriteStream;
  return { written, stream };
}

describe('onProgress', () => {
  it('is told once for each batch that is drawn at once, with what the logs say of it', async () => {
    const told: SamplingProgress[] = [];
    const shac = study();
    const { history } = await shac.fit(loss, { callbacks: [{ onProgress: (progress) => void told.push(progress) }] });
    const ends = told.filter(({ accepted, wanted }) => accepted === wanted);
    expect(ends).toEqual(
      [0, 1, 2, 3, 4, 5].map((stage) => ({
        stage,
        phase: 'sampling',
        wanted: 10,
        accepted: history.accepted?.[stage],
        draws: history.draws?.[stage],
        acceptance: history.acceptance?.[stage],
        liveMass: history.liveMass?.[stage],
      })),
    );
  });

  it('is told while a drawing takes long, no more than ten times a second, and can end it', async () => {
    const shac = await contradiction({ samplerMemory: 0 });
    shac.setNumParallelGenerators(1); // half a second until it gives up
    const told: SamplingProgress[] = [];
    const controller = new AbortController();
    const onProgress = (progress: SamplingProgress) => {
      told.push(progress);
      if (told.length === 2) controller.abort();
    };
    const started = performance.now();
    const attempt = shac.fit(loss, { callbacks: [{ onProgress }], signal: controller.signal });
    await expect(attempt).rejects.toMatchObject({ name: 'AbortError' });
    expect(performance.now() - started).toBeGreaterThan(150);
    expect(told).toHaveLength(2);
    for (const progress of told) {
      expect(progress).toMatchObject({
        stage: 2,
        phase: 'sampling',
        wanted: 20,
        accepted: 0,
        acceptance: 0,
        liveMass: 1,
      });
    }
    const draws = told.map((progress) => progress.draws);
    expect(draws.at(-1)).toBeGreaterThan(draws[0] as number);
    expect([...draws].sort((a, b) => a - b)).toEqual(draws);
    await shac.fit(loss, { relaxChecks: true });
    expect(shac.trials).toHaveLength(60);
  });

  it('that throws, at once or later, stops the drawing with its error', async () => {
    const broken = new Error('broken');
    for (const onProgress of [
      () => {
        throw broken;
      },
      () => new Promise<void>((_, reject) => setTimeout(() => reject(broken), 20)),
    ]) {
      const shac = await contradiction({ samplerMemory: 0 });
      shac.setNumParallelGenerators(1); // half a second until it gives up
      await expect(shac.fit(loss, { callbacks: [{ onProgress }] })).rejects.toBe(broken);
      expect(shac.trials).toHaveLength(40);
    }
  });

  it('is not told again before it has answered', async () => {
    const shac = await contradiction({ samplerMemory: 0 });
    shac.setNumParallelGenerators(1);
    const controller = new AbortController();
    let [asked, answered] = [0, 0];
    const onProgress = async () => {
      expect(asked++).toBe(answered);
      await new Promise((resolve) => setTimeout(resolve, 150));
      if (++answered === 1) controller.abort();
    };
    await expect(shac.fit(loss, { callbacks: [{ onProgress }], signal: controller.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect({ asked, answered }).toEqual({ asked: 1, answered: 1 });
  });

  it('changes nothing of what is drawn', async () => {
    const [watched, other] = [study(), study()];
    await watched.fit(loss, { callbacks: [{ onProgress: () => {} }] });
    await other.fit(loss);
    expect(watched.trials.map(({ params }) => params)).toEqual(other.trials.map(({ params }) => params));
  });
});

describe('Progress', () => {
  it('shows a drawing that takes long', async () => {
    const shac = await contradiction({ samplerMemory: 0 });
    const { written, stream } = terminal();
    const progress = new Progress(stream);
    const controller = new AbortController();
    const callbacks = [progress, { onProgress: () => controller.abort() }];
    await expect(shac.fit(loss, { callbacks, signal: controller.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
    progress.stop();
    expect(written.at(-2)).toMatch(/^\r40\/60 trials, best 0, drawing 0\/20, \d+ draws, .*stage 3\/3/);
    expect(written.at(-1)).toBe('\n');
  });

  it('shows how far it is, and no more of it when it is over', () => {
    const { written, stream } = terminal();
    const progress = new Progress(stream);
    progress.onTrainBegin();
    const drawing = {
      stage: 3,
      phase: 'sampling',
      wanted: 10,
      draws: 1_500_000,
      acceptance: 2e-6,
      liveMass: 0.1,
    } as const;
    progress.onProgress({ ...drawing, accepted: 3 });
    expect(written.at(-1)).toContain('drawing 3/10, acceptance 2e-6');
    progress.onProgress({ ...drawing, accepted: 10 });
    progress.stop();
    expect(written.at(-2)).not.toContain('drawing');
  });

  it('ends with all trials and no activity', async () => {
    const { written, stream } = terminal();
    await study().fit(loss, { callbacks: [new Progress(stream)] });
    expect(written.at(-2)).toMatch(/^\r60\/60 trials, best [\d.e-]+, stage 6\/6, \d classifiers?, \d+s elapsed *$/);
  });
});
