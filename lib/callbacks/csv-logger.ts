import { appendFileSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { stringify } from 'csv-stringify/sync';
import { ShacError } from '../errors.js';
import { flag, knownOptions, text } from '../validate.js';
import { Callback, type EpochLogs } from './callback.js';

export interface CSVLoggerOptions {
  /** Between fields. Default `','`. */
  separator?: string;
  /** Go on in an existing file instead of replacing it. Default false. */
  append?: boolean;
}

/** Writes one line an epoch to a CSV file: `epoch`, then the keys of its logs in alphabetical order. */
export class CSVLogger extends Callback {
  readonly filename: string;
  readonly separator: string;
  readonly append: boolean;
  #keys: string[] | undefined;

  constructor(filename: string, options?: CSVLoggerOptions) {
    super();
    this.filename = text('filename', filename);
    const { separator = ',', append } = knownOptions('CSVLogger', options, ['separator', 'append']);
    this.separator = text('separator', separator);
    this.append = flag('append', append);
  }

  onTrainBegin(): void {
    this.#keys = undefined;
    if (!this.append) this.#write(() => writeFileSync(this.filename, ''));
  }

  onEpochEnd(epoch: number, logs: EpochLogs): void {
    this.#keys ??= Object.keys(logs).sort();
    const header = !existsSync(this.filename) || statSync(this.filename).size === 0;
    const rows: string[][] = header ? [['epoch', ...this.#keys]] : [];
    rows.push([String(epoch), ...this.#keys.map((key) => field(logs[key as keyof EpochLogs]))]);
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
