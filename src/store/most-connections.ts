import type { CopyStore } from './copy-store.ts';

type Known = Pick<CopyStore, 'traits'>;

/** By the traits of a store, as the store itself may be wrapped. */
const seen = new WeakMap<object, number>();

/** How many connections a vendor's client opens at most; undefined as long as that isn't known. */
export function mostConnectionsOf({ traits }: Known): number | undefined {
  return traits && seen.get(traits);
}

/** Notes what a client has shown. */
export function noteMostConnections({ traits }: Known, most: number | undefined): void {
  if (traits !== undefined && most !== undefined) seen.set(traits, most);
}
