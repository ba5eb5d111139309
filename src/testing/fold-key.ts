import type { Personality } from './personality.ts';

/** The key that the server at hand makes of another: one that keeps objects as files knows no `a/` and no `a//b`. */
export function foldKey(key: string, { keys }: Personality): string {
  return keys === 'folded' ? key.replaceAll(/\/{2,}/g, '/').replace(/(.)\/$/, '$1') : key;
}
