import * as v from 'valibot';
import { count, errorSchema } from '../../study/schemas.js';
import { CHANNEL, type Message } from './messages.js';

/** Also NaN and infinities: what an objective reports. */
const anyNumber = v.custom<number>((value) => typeof value === 'number');
const failed = v.looseObject({ type: v.literal('failed'), error: errorSchema });
const key = { trialId: count, attempt: count };

const MESSAGES: Readonly<Record<Message['type'], v.GenericSchema>> = {
  prepared: v.object({ failed: v.optional(failed) }),
  listening: v.object(key),
  reported: v.object({ ...key, value: anyNumber, step: v.optional(anyNumber) }),
  ended: v.object({ ...key, answer: v.looseObject({}) }), // checked by the run, as of any dispatcher
  tornDown: v.object({}),
};

/** What a worker sent: undefined when it is not for us, `'invalid'` when it says it is and is not as it must be. */
export function opened(raw: unknown): Message | 'invalid' | undefined {
  const { channel, type } = Object(raw) as { channel?: unknown; type?: unknown };
  if (channel !== CHANNEL) return undefined;
  if (typeof type !== 'string' || !Object.hasOwn(MESSAGES, type)) return 'invalid';
  return v.is(MESSAGES[type as Message['type']], raw) ? (raw as Message) : 'invalid';
}
