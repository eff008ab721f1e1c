import { channel } from 'node:diagnostics_channel';
import type { StudyEvent } from '../study/events.js';
import type { RunEvent } from './run-events.js';

/**
 * Every event of every study in this process, as `{ study, event }`, on the channel `shac:event` of Node's
 * `diagnostics_channel`: for tracing and metrics. It costs nothing while nobody subscribes.
 */
const events = channel('shac:event');

/** What subscribers of the channel `shac:event` get. */
export interface DiagnosticsMessage {
  /** The study's name. */
  readonly study: string;
  readonly event: StudyEvent<unknown> | RunEvent;
}

export function publish(study: string, event: DiagnosticsMessage['event']): void {
  if (events.hasSubscribers) events.publish({ study, event } satisfies DiagnosticsMessage);
}
