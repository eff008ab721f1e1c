import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect, it, onTestFinished } from 'vitest';
import { loss, study } from '../support/studies.js';

it('every event of a run is published on the channel shac:event, with the name of its study', async () => {
  const heard: { study: string; event: { type: string; id?: number } }[] = [];
  const listen = (message: unknown) => void heard.push(message as (typeof heard)[number]);
  subscribe('shac:event', listen);
  onTestFinished(() => void unsubscribe('shac:event', listen));
  const search = study({ studyName: 'heard', totalBudget: 20, numBatches: 2 });
  search.setNumParallelEvaluators(1);
  await search.fit((params, { report }) => {
    report(1);
    return loss(params);
  });
  expect(new Set(heard.map(({ study: name }) => name))).toEqual(new Set(['heard']));
  const types = heard.map(({ event }) => event.type);
  expect(types.slice(0, 2)).toEqual(['created', 'runBegan']);
  expect(types.at(-1)).toBe('runEnded');
  const count = (type: string) => types.filter((one) => one === type).length;
  expect([count('started'), count('reported'), count('told'), count('batchEnded')]).toEqual([20, 20, 20, 2]);
  const first = heard.filter(({ event }) => event.id === 0).map(({ event }) => event.type);
  expect(first).toEqual(['started', 'reported', 'told']);
});
