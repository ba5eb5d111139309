import type { CopyStore } from './copy-store.ts';

type Known = Pick<CopyStore, 'traits'>;

/** Stores that have shown in this process that they obey conditions: by endpoint, or by the traits of one. */
const obeying = new Set<string>();
const obeyingOnes = new WeakSet<object>();

/** Whether a store is known to obey `If-None-Match` and `If-Match` on what it writes. One that ignores them never says so. */
export function obeysConditions({ traits }: Known): boolean {
  if (traits?.conditions !== undefined) return traits.conditions === 'obeyed';
  if (traits === undefined) return false;
  return traits.endpoint === undefined ? obeyingOnes.has(traits) : obeying.has(traits.endpoint);
}

/** Remembers that a store obeys them: it is Amazon's, or has refused a request for a condition that HEAD showed to be broken. */
export function learnThatConditionsAreObeyed({ traits }: Known): void {
  if (traits?.endpoint !== undefined) obeying.add(traits.endpoint);
  else if (traits !== undefined) obeyingOnes.add(traits);
}
