import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { CSVLogger } from 'shac';
import { describe, expect, it } from 'vitest';
import { loss, study, temporaryDirectory } from '../support/studies.js';

const small = { totalBudget: 12, numBatches: 3 };
const read = (file: string, delimiter = ',') => parse(readFileSync(file, 'utf8'), { delimiter }) as string[][];

describe('CSVLogger', () => {
  it('writes one line an epoch under a header', async () => {
    const file = join(temporaryDirectory(), 'log.csv');
    const shac = study(small);
    await shac.fit(loss, { callbacks: [new CSVLogger(file)] });
    const [header = [], ...lines] = read(file);
    expect(header[0]).toBe('epoch');
    expect(header.slice(1)).toEqual([...header.slice(1)].sort());
    expect(header).toEqual(expect.arrayContaining(['best', 'datasetIndex', 'evaluations', 'model', 'parameters']));
    expect(header).toEqual(expect.arrayContaining(['accepted', 'acceptance', 'draws', 'liveMass']));
    expect(lines.map(([epoch]) => epoch)).toEqual(['0', '1', '2']);
    const at = (line: string[] | undefined, key: string) => line?.[header.indexOf(key)] as string;
    expect(Number(at(lines[2], 'best'))).toBe(shac.bestTrial?.value);
    expect(at(lines[2], 'accepted')).toBe('4');
    expect(Number(at(lines[2], 'draws'))).toBeGreaterThanOrEqual(4);
    expect(JSON.parse(at(lines[1], 'evaluations'))).toEqual(shac.trials.slice(4, 8).map(({ value }) => value));
    expect(JSON.parse(at(lines[0], 'parameters'))).toEqual(shac.trials.slice(0, 4).map(({ params }) => params));
  });

  it('uses the separator', async () => {
    const file = join(temporaryDirectory(), 'log.tsv');
    await study(small).fit(loss, { callbacks: [new CSVLogger(file, { separator: '\t' })] });
    const lines = read(file, '\t');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toContain('datasetIndex');
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  });

  it('replaces an old file, or goes on in it with one header', async () => {
    const file = join(temporaryDirectory(), 'log.csv');
    writeFileSync(file, 'old\n');
    const run = (append: boolean) => study(small).fit(loss, { callbacks: [new CSVLogger(file, { append })] });
    await run(false);
    expect(readFileSync(file, 'utf8')).not.toContain('old');
    expect(read(file)).toHaveLength(4);
    await run(true);
    expect(read(file).map(([first]) => first)).toEqual(['epoch', '0', '1', '2', '0', '1', '2']);
    await run(false);
    expect(read(file)).toHaveLength(4);
  });

  it('begins a new file with append as well', async () => {
    const file = join(temporaryDirectory(), 'log.csv');
    await study(small).fit(loss, { callbacks: [new CSVLogger(file, { append: true })] });
    expect(read(file).map(([first]) => first)).toEqual(['epoch', '0', '1', '2']);
  });

  it('keeps its columns over a data set and the search after it', async () => {
    const file = join(temporaryDirectory(), 'log.csv');
    const logger = new CSVLogger(file, { append: true });
    const shac = study(small);
    const rows = Array.from({ length: 4 }, (_, i) => ({ params: { x: i, y: 1, layers: 1, act: null }, value: i }));
    await shac.fitDataset(rows, { callbacks: [logger] });
    await shac.fit(loss, { callbacks: [logger] });
    const [header = [], ...lines] = parse(readFileSync(file, 'utf8'), { relax_column_count: true }) as string[][];
    expect(lines.map((line) => line.length)).toEqual(lines.map(() => header.length));
    const best = header.indexOf('best');
    expect(Number(lines[2]?.[best])).toBe(shac.bestTrial?.value);
  });

  it('says when the file cannot be written', async () => {
    const file = join(temporaryDirectory(), 'no', 'such', 'folder.csv');
    const attempt = study(small).fit(loss, { callbacks: [new CSVLogger(file)] });
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_FILE', message: expect.stringContaining(file) });
  });

  it.each([
    [() => new CSVLogger(''), '""'],
    [() => new CSVLogger(5 as never), '5'],
    [() => new CSVLogger('a', { separator: 1 as never }), '1'],
    [() => new CSVLogger('a', { separator: '' }), '""'],
    [() => new CSVLogger('a', { append: 'yes' as never }), '"yes"'],
    [() => new CSVLogger('a', { delimiter: ';' } as never), '"delimiter"'],
  ])('refuses wrong arguments: %s', (construct, shown) => {
    expect(construct).toThrow(TypeError);
    expect(construct).toThrow(shown);
  });
});
