import path from 'node:path';
import type { OperationName } from './operation-name.ts';
import type { Personality } from './personality.ts';

/** The key that the server at hand makes of another: one that keeps objects as files knows no `a/` and no `a//b`. */
export function foldKey(key: string, { keys }: Personality, operation: OperationName): string {
  if (keys === 'slash-doubled') return foldSlashes(key.replaceAll('\\', '/'));
  if (!keys.startsWith('folded')) return key;
  const folded = keys === 'folded' ? path.posix.normalize(foldSlashes(key)) : foldSlashes(key);
  const isUnread = keys === 'folded-unread' && readers.has(operation);
  return isUnread ? folded : folded.replace(/(.)\/$/, '$1');
}

function foldSlashes(key: string): string {
  return key.replaceAll(/\/{2,}/g, '/').replace(/^\/(?=.)/, '');
}

const readers: ReadonlySet<OperationName> = new Set(['headObject', 'getObject']);
