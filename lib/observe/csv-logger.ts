import { appendFileSync, existsSync, statSync, writeFileSync } from 'node:fs';
import type * as CsvStringify from 'csv-stringify/sync';
import { ShacError } from '../errors.js';
import { require } from '../package/own-files.js';
import { flag, knownOptions, text } from '../validate.js';
import { Callback, type EpochLogs } from './callback.js';

export interface CSVLoggerOptions {
  /** Between fields. Default `','`. */
  separator?: string;
  /** Go on in an existing file instead of replacing it. Default false. */
  append?: boolean;
}

/**
 * All of them, always: an epoch that drew nothing lacks some, and the columns must stay where they are. So the share that
 * constraints admit has none: files of before have no place for it.
 */
const KEYS = Object.keys({
  generatorThreads: true,
  perClassifierBudget: true,
  parameters: true,
  deviceIds: true,
  evaluations: true,
  datasetIndex: true,
  model: true,
  rejected: true,
  classifiers: true,
  draws: true,
  accepted: true,
  acceptance: true,
  liveMass: true,
  best: true,
  samplingTime: true,
  evaluationTime: true,
  trainingTime: true,
} satisfies Record<Exclude<keyof EpochLogs, 'admitted'>, true>).sort() as Exclude<keyof EpochLogs, 'admitted'>[];

/** Writes one line an epoch to a CSV file: `epoch`, then the keys of its logs in alphabetical order. */
export class CSVLogger extends Callback {
  readonly filename: string;
  readonly separator: string;
  readonly append: boolean;

  constructor(filename: string, options?: CSVLoggerOptions) {
    super();
    this.filename = text('filename', filename);
    const { separator = ',', append } = knownOptions('CSVLogger', options, ['separator', 'append']);
    this.separator = text('separator', separator);
    this.append = flag('append', append);
  }

  override onTrainBegin(): void {
    if (!this.append) this.#write(() => writeFileSync(this.filename, ''));
  }

  override onEpochEnd(epoch: number, logs: EpochLogs): void {
    const header = !existsSync(this.filename) || statSync(this.filename).size === 0;
    const rows: string[][] = header ? [['epoch', ...KEYS]] : [];
    rows.push([String(epoch), ...KEYS.map((key) => field(logs[key]))]);
    const { stringify } = require('csv-stringify/sync') as typeof CsvStringify;
    this.#write(() => appendFileSync(this.filename, stringify(rows, { delimiter: this.separator })));
  }

  #write(action: () => void): void {
    try {
      action();
    } catch (cause) {
      throw new ShacError('ERR_FILE', `the log ${this.filename} cannot be written: ${(cause as Error).message}`, {
        cause,
      });
    }
  }
}

function field(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
