import { isSameStudy, requireSameStudy, type StudyIdentity } from '../study/identity.js';
import type { StudyKey } from './store.js';

/**
 * Makes sure that a stored study is the one that a key asks for, or the one that it is to grow from.
 *
 * @param place Where it is stored, for the message.
 * @throws ERR_RESTORE_MISMATCH with the difference.
 */
export function requireStudy(
  stored: StudyIdentity,
  { identity, before }: Pick<StudyKey, 'identity' | 'before'>,
  place: string,
): void {
  if (before === undefined || !isSameStudy(stored, before)) requireSameStudy(stored, identity, place);
}
