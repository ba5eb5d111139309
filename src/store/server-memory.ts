import type { CopyStore, StoreTraits } from './copy-store.ts';

/** A store, as far as it says what is known of it. */
export type Known = Pick<CopyStore, 'traits'>;

/** What this process has learnt of one server by its answers; what a store's traits say goes before it. */
export interface ServerMemory {
  /** Of objects in parts. */
  etagFormula?: NonNullable<StoreTraits['etagFormula']>;
  /** A copy that isn't in parts had its source's MD5 as its ETag. */
  keepsEtags?: true;
  conditions?: 'obeyed';
  annotations?: 'kept';
  /** Whether the server refused an answered part until its duplicate had ended. */
  answersPartsEarly?: true;
  /** Requests were seen to go to Huawei: a client of the AWS SDK doesn't say beforehand where it sends to. */
  isHuawei?: boolean;
  /** Buckets that are no parallel file systems. One that is may have been made anew since, and is looked at again. */
  plainBuckets?: Set<string>;
}

let atEndpoint = new Map<string, ServerMemory>();
let ofStore = new WeakMap<object, ServerMemory>();

/** What is known of a store's server, to read and to add to: by endpoint, or for a store without one by its traits, which wrapping keeps. */
export function memoryOf(store: Known): ServerMemory {
  const endpoint = store.traits?.endpoint;
  const known = endpoint === undefined ? ofStore.get(store.traits ?? store) : atEndpoint.get(endpoint);
  if (known !== undefined) return known;
  const memory: ServerMemory = {};
  if (endpoint === undefined) ofStore.set(store.traits ?? store, memory);
  else atEndpoint.set(endpoint, memory);
  return memory;
}

/** Whether a store is known to have an ability that Amazon's own have, and others may. One that hasn't it never says so. */
export function has(store: Known, ability: 'annotations' | 'conditions'): boolean {
  const known = store.traits?.[ability] ?? memoryOf(store)[ability];
  return known === 'obeyed' || known === 'kept';
}

/** Forgets every server: another one may listen at the same port. */
export function forgetServers(): void {
  atEndpoint = new Map();
  ofStore = new WeakMap();
}
