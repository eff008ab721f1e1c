import { ShacRangeError } from '../errors.js';
import type { NativeProgress, NativeSampleResult } from '../native/addon.js';
import { MOST_PARTS, type SampleOptions } from '../native/cascade.js';
import type { SearchSpace, SpaceDefinition } from '../space/index.js';
import type { Constraints } from '../study/constraints.js';
import { AdmittedRows } from './admitted-rows.js';
import type { Proposal, ProposeOptions } from './strategy.js';
import { Turns } from './turns.js';

/** Rows that are asked for beyond what seems to be needed: a share, and so many. */
const SPARE = 1.25;
const FIRST_SPARE = 16;
/** A block is at most so many times what was looked at before, */
const GROWTH = 4;
/** of so many coordinates (20 MB), */
const MOST_COORDINATES = 2 ** 21;
/** and takes about so many draws natively. */
const DRAWS_A_BLOCK = 2 ** 24;

/** So many rows in a row of which none is admitted: of the whole space, and of what classifiers accept. */
const MOST_REFUSED = 2 ** 21;
const MOST_REFUSED_ACCEPTED = 2 ** 17;

/** Parts of the stream that one drawing may take. */
export const PARTS = MOST_PARTS / 2;

/** Candidates that are wanted of what classifiers accept and constraints admit. */
export interface AdmittedRequest<D extends SpaceDefinition> {
  readonly space: SearchSpace<D>;
  readonly constraints: Constraints;
  readonly count: number;
  readonly classifiers: number;
  /** Draws of the classifiers without a candidate after which it is given up. */
  readonly maxDraws: number;
  /** Once so many rows were looked at, so few candidates will do; it is also how long classifiers may leave nothing. */
  readonly enough?: { readonly rows: number; readonly count: number } | undefined;
  /** The first part of the stream that may be drawn from. Default 0. */
  readonly firstPart?: number | undefined;
  /** Whether neighbours in what is drawn are alike: then candidates are taken from all of it. */
  readonly spread: boolean;
  /** Draws so many rows that the classifiers accept from a part of the stream. */
  draw(block: Block): Promise<NativeSampleResult>;
}

type Block = Required<Pick<SampleOptions, 'part' | 'count' | 'maxDraws'>> & Pick<ProposeOptions, 'onProgress'>;

/**
 * Candidates that the classifiers accept and the constraints admit: the first admitted ones of blocks of rows. How large
 * a block is depends on what was found in those before it alone, so the same candidates are found on any machine.
 *
 * @throws ERR_EMPTY_SPACE when the constraints seem to admit nothing of the space, ERR_EMPTY_REGION when they seem to admit
 *   nothing of what the classifiers accept, ERR_CONSTRAINT_FAILED, or the signal's reason.
 */
export async function drawAdmitted<D extends SpaceDefinition>(
  request: AdmittedRequest<D>,
  { signal, onProgress }: Pick<ProposeOptions, 'signal' | 'onProgress'>,
): Promise<Proposal> {
  const { firstPart = 0, maxDraws, classifiers, count, enough, space } = request;
  const rows = new AdmittedRows(count, space.dimensions);
  for (let part = firstPart; ; part++) {
    const { kept, draws } = rows;
    const tell = ({ draws: more, acceptance, liveMass }: NativeProgress) =>
      onProgress?.({ accepted: kept, draws: draws + more, acceptance, liveMass });
    const block = await request.draw({
      part,
      count: blockSize(request, rows),
      maxDraws,
      onProgress: onProgress && tell,
    });
    await look(request, rows, block, signal);
    if (rows.kept === count || (enough && rows.looked >= enough.rows && rows.kept >= enough.count)) break;
    const { refused, drawsRefused } = rows;
    const isLast = part + 1 === firstPart + PARTS;
    const isHopeless = refused >= mostRefused(request) || (classifiers > 0 && drawsRefused >= maxDraws);
    if (isHopeless || isLast) throw emptied(classifiers, rows);
  }
  return { ...rows.result(), classifiers };
}

function mostRefused<D extends SpaceDefinition>({ classifiers, enough }: AdmittedRequest<D>): number {
  return classifiers === 0 ? MOST_REFUSED : Math.min(MOST_REFUSED_ACCEPTED, enough?.rows ?? MOST_REFUSED_ACCEPTED);
}

/** Rows of the next block. */
function blockSize<D extends SpaceDefinition>(
  request: AdmittedRequest<D>,
  { kept, looked, admitted, drawn, draws, refused }: AdmittedRows,
): number {
  const { count, enough, space } = request;
  const rest = (enough && looked >= enough.rows ? enough.count : count) - kept;
  const most = [Math.ceil(MOST_COORDINATES / space.dimensions), mostRefused(request) - refused];
  if (looked === 0) return Math.max(1, Math.min(rest + FIRST_SPARE, ...most));
  if (enough && looked < enough.rows) most.push(enough.rows - looked);
  most.push(GROWTH * looked, Math.ceil((DRAWS_A_BLOCK * drawn) / Math.max(1, draws)));
  return Math.max(1, Math.min(Math.ceil((SPARE * rest * (looked + 1)) / (admitted + 1)), ...most));
}

/** Keeps those of the rows of a block that the constraints admit, until there are enough. */
async function look<D extends SpaceDefinition>(
  { space, constraints, spread }: AdmittedRequest<D>,
  rows: AdmittedRows,
  block: NativeSampleResult,
  signal: AbortSignal | undefined,
): Promise<void> {
  const admits = (params: object) => (space.hasCustom ? constraints.admits(params) : constraints.admitsOwn(params));
  const { codes, offsets, rejections } = block;
  const found: number[] = [];
  let looked = 0;
  const turns = new Turns(signal);
  for (; looked < rejections.length && (spread || found.length < rows.missing); looked++) {
    const turn = turns.next();
    if (turn !== undefined) await turn;
    if (admits(space.decode(codes, offsets, looked * space.dimensions))) found.push(looked);
  }
  rows.add(block, looked, found);
}

function emptied(classifiers: number, { looked, admitted, refused }: AdmittedRows): ShacRangeError {
  const bound = (admitted + 2 * Math.sqrt(admitted) + 3) / looked; // of 95 %; where there are none, the rule of three
  const so = `with 95 % confidence less than a share of ${bound.toPrecision(2)}`;
  const which = admitted === 0 ? `none of ${looked}` : `${admitted} of ${looked}`;
  const last = admitted === 0 || refused === 0 ? '' : `, and none of the last ${refused}`;
  if (classifiers === 0) {
    const message =
      `the constraints admit ${which} draws from the search space${last}: ${so} of it. ` +
      'Loosen the constraints, or choose parameters of which more combinations satisfy them (narrower ranges; a share or a ' +
      'difference in place of a second bound)';
    return new ShacRangeError('ERR_EMPTY_SPACE', message);
  }
  const message =
    `the constraints admit ${which} draws that the classifiers (${classifiers}) accept${last}: ${so} of ` +
    'that region. Pass { relaxChecks: true } to let classifiers be overruled, use fewer of them (maxClassifiers), or loosen ' +
    'the constraints';
  return new ShacRangeError('ERR_EMPTY_REGION', message);
}
