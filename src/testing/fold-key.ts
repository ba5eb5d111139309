import type { OperationName } from './operation-name.ts';
import type { Personality } from './personality.ts';

/** The key that the server at hand makes of another: one that keeps objects as files knows no `a/` and no `a//b`. */
export function foldKey(key: string, { keys }: Personality, operation: OperationName): string {
  if (!keys.startsWith('folded')) return key;
  const folded = key.replaceAll(/\/{2,}/g, '/').replace(/^\/(?=.)/, '');
  const isUnread = keys === 'folded-unread' && readers.has(operation);
  return isUnread ? folded : folded.replace(/(.)\/$/, '$1');
}

const readers: ReadonlySet<OperationName> = new Set(['headObject', 'getObject']);
