/** The oldest format of our tables that can be read. */
export const OLDEST_FORMAT = 1;

/** The first one with checksums of trials, batches and studies. */
export const CHECKED_FORMAT = 3;

/** The first one with params that were enqueued. */
export const QUEUE_FORMAT = 4;
