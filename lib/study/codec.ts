import { ShacError, show } from '../errors.js';
import { ownModule } from '../package/own-files.js';
import type { ParamsOf, SearchSpace, SpaceDefinition } from '../space/index.js';
import type * as EventSchemas from './event-schemas.js';
import type { Candidate, CandidatesDrawn, ParamsEnqueued, Snapshot, StageTrained, StudyEvent } from './events.js';
import type { ClassifierRecord } from './records.js';
import type { TrialRecord } from './trial.js';

/** A candidate or a trial in JSON. */
interface PackedRow {
  /** Fields of a CSV row, exact for every kind of parameter. */
  params: string[];
  /** 16-bit codes, little-endian, in base64. */
  codes: string;
  /** A byte a code, in base64; left out when all coordinates count. */
  active?: string;
  fixed?: Readonly<Record<string, string>>;
}

/** Enqueued params in JSON: fields of a CSV row, by column. */
type PackedQueue = readonly Readonly<Record<string, string>>[];

type PackedClassifier = Omit<ClassifierRecord, 'model'> & { readonly model: string };

/** Events in JSON. */
type Packed =
  | Exclude<StudyEvent<never>, { readonly type: 'enqueued' | 'drawn' | 'trained' | 'restored' }>
  | (Omit<ParamsEnqueued<never>, 'params'> & { readonly params: PackedQueue })
  | (Omit<CandidatesDrawn<never>, 'candidates'> & { readonly candidates: readonly PackedRow[] })
  | (Omit<StageTrained, 'classifier'> & { readonly classifier: PackedClassifier | null })
  | {
      readonly type: 'restored';
      readonly snapshot: Omit<Snapshot<never>, 'trials' | 'classifiers' | 'queue'> & {
        readonly trials: readonly PackedRow[];
        readonly classifiers: readonly PackedClassifier[];
        readonly queue?: PackedQueue;
      };
    };

/**
 * Events of a study as lines of JSON, and back: for stores and logs that keep them as text. What is read is exactly what
 * was written: -0, NaN and infinities, params of every kind, models.
 */
export class EventCodec<D extends SpaceDefinition> {
  readonly #space: SearchSpace<D>;

  /** @param space The study's. */
  constructor(space: SearchSpace<D>) {
    this.#space = space;
  }

  /** @returns one line, without its end. */
  encode(event: StudyEvent<ParamsOf<D>>): string {
    return JSON.stringify(this.#packed(event), (_, value: unknown) =>
      typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)) ? { number: text(value) } : value,
    );
  }

  /** @throws ERR_STORAGE for a line that is no event of this space. */
  decode(line: string): StudyEvent<ParamsOf<D>> {
    try {
      const event = JSON.parse(line, (_, value: unknown) => {
        const { number } = Object(value) as { number?: unknown };
        return typeof number === 'string' ? Number(number) : value;
      });
      return this.#unpacked(event as Packed);
    } catch (cause) {
      const message = `${show(line)} is no event of this study: ${(cause as Error).message}`;
      throw new ShacError('ERR_STORAGE', message, { cause });
    }
  }

  #packed(event: StudyEvent<ParamsOf<D>>): object {
    if (event.type === 'enqueued') return { ...event, params: this.#packQueue(event.params) };
    if (event.type === 'drawn') return { ...event, candidates: event.candidates.map((one) => this.#packRow(one)) };
    if (event.type === 'trained') return { ...event, classifier: event.classifier && packClassifier(event.classifier) };
    if (event.type !== 'restored') return event;
    const { trials, classifiers, queue } = event.snapshot;
    const lists = {
      trials: trials.map((one) => this.#packRow(one)),
      classifiers: classifiers.map(packClassifier),
      ...(queue && { queue: this.#packQueue(queue) }),
    };
    return { ...event, snapshot: { ...event.snapshot, ...lists } };
  }

  #unpacked(event: Packed): StudyEvent<ParamsOf<D>> {
    ownModule<typeof EventSchemas>('study/event-schemas.js').requireEvent(event);
    if (event.type === 'enqueued') return { ...event, params: this.#unpackQueue(event.params) };
    if (event.type === 'drawn') {
      return { ...event, batch: event.batch, candidates: event.candidates.map((one) => this.#unpackRow(one)) };
    }
    if (event.type === 'trained')
      return { ...event, classifier: event.classifier && unpackClassifier(event.classifier) };
    if (event.type !== 'restored') return event;
    const { trials, classifiers, queue, ...rest } = event.snapshot;
    const lists = {
      trials: trials.map((one) => this.#unpackRow<TrialRecord<ParamsOf<D>>>(one)),
      classifiers: classifiers.map(unpackClassifier),
      ...(queue && { queue: this.#unpackQueue(queue) }),
    };
    return { ...event, snapshot: { ...rest, ...lists } };
  }

  #packQueue(queue: readonly Partial<ParamsOf<D>>[]): PackedQueue {
    return queue.map((params) => this.#space.partialText(params as object));
  }

  #unpackQueue(queue: PackedQueue): Partial<ParamsOf<D>>[] {
    return queue.map((fields) => this.#space.partialOf(fields));
  }

  #packRow<T extends Candidate<ParamsOf<D>> | TrialRecord<ParamsOf<D>>>({ params, row, fixed, ...rest }: T) {
    const { codes, active } = row;
    return {
      ...rest,
      params: this.#space.toText(params),
      codes: Buffer.from(codes.buffer, codes.byteOffset, codes.byteLength).toString('base64'),
      ...(fixed !== undefined && { fixed: this.#space.partialText(fixed as object) }),
      ...(active.includes(0) && { active: Buffer.from(active).toString('base64') }),
    };
  }

  #unpackRow<T>({ params, codes, active, fixed, ...rest }: PackedRow): T {
    const row = this.#space.row(
      new Uint16Array(bytesOf(codes).buffer),
      active === undefined ? undefined : bytesOf(active),
    );
    const given = fixed && { fixed: this.#space.partialOf(fixed) };
    return { ...rest, params: this.#space.fromText(params), row, ...given } as T;
  }
}

/** In a buffer of their own: a view of 16 bits needs a start that is aligned. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

function packClassifier({ model, ...rest }: ClassifierRecord) {
  return { ...rest, model: Buffer.from(model).toString('base64') };
}

function unpackClassifier({ model, ...rest }: PackedClassifier): ClassifierRecord {
  return { ...rest, model: bytesOf(model) };
}

function text(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
