/** How a batch was drawn, or in an 'async' run a part of it. */
export interface BatchRecord {
  /** 0-based number of the batch. */
  readonly stage: number;
  /** Classifiers that decided; in the local phase, that there were. */
  readonly classifiers: number;
  /** Candidates: the batch size, or what a data set or an earlier part left of it. */
  readonly count: number;
  /**
   * Draws from the region that the classifiers accept, those from a partition of the space and those of single
   * coordinates among them. In the local phase, those that candidates were drawn with.
   */
  readonly draws: number;
  /** Estimated share of the space that the cascade accepts. */
  readonly acceptance: number;
  /** Proven upper bound on it. */
  readonly liveMass: number;
  /**
   * Estimated share that the constraints admit of what the classifiers accept: of the space, where there are none. Not there
   * in studies without constraints. In the local phase, of what candidates were drawn from.
   */
  readonly admitted?: number | undefined;
  /** With the option `distinct`: nothing is left to be tried after these. There may be none of them. */
  readonly usedUp?: boolean | undefined;
  /** Milliseconds. */
  readonly samplingTime: number;
}

/** One classifier of the cascade. */
export interface ClassifierRecord {
  /** The batch after which it was trained. */
  readonly stage: number;
  /** Mean held-out accuracy over five stratified folds; null when the checks were skipped. */
  readonly cvAccuracy: number | null;
  /** Share of the whole space that it accepts on its own, from 4,096 fixed draws; not there in studies of before. */
  readonly acceptance?: number | undefined;
  /** Trainings it took. */
  readonly attempts: number;
  /** XGBoost's UBJSON. */
  readonly model: Uint8Array;
}

/** One classifier of the cascade, as users see it. */
export interface ClassifierInfo {
  /** The batch after which it was trained. */
  readonly stage: number;
  /** Mean held-out accuracy over five stratified folds; null when the checks were skipped. */
  readonly cvAccuracy: number | null;
  /** Share of the whole space that it accepts on its own, from 4,096 fixed draws. */
  readonly acceptance: number;
}
