import type { CopyStore } from './copy-store.ts';

type Known = Pick<CopyStore, 'traits'>;

const HUAWEI = /(?:^|\.)myhuaweicloud\.(?:com|cn|eu)$/;

/** Traits of stores that were seen to be Huawei's: a client of the AWS SDK doesn't say beforehand where it sends to. */
const seen = new WeakSet<object>();

/** Buckets that were seen to be none, of each store. One that is may have been made anew since, and is looked at again. */
const plainBuckets = new WeakMap<object, Set<string>>();

/** Whether a store's buckets may be parallel file systems: OBS alone has them. */
export function mayHaveFileSystems({ traits = {} }: Known): boolean {
  const { dialect, endpoint = '' } = traits;
  if (dialect === 'obs' || seen.has(traits)) return true;
  return URL.canParse(endpoint) && HUAWEI.test(new URL(endpoint).hostname);
}

/** Remembers where a store sends to. */
export function learnHost({ traits = {} }: Known, hostname: string): void {
  if (HUAWEI.test(hostname)) seen.add(traits);
}

export function isPlainBucket(store: CopyStore, bucket: string): boolean {
  return plainBuckets.get(store)?.has(bucket) === true;
}

export function learnPlainBucket(store: CopyStore, bucket: string): void {
  plainBuckets.set(store, (plainBuckets.get(store) ?? new Set()).add(bucket));
}
