import { onTestFinished } from 'vitest';
import { copyLargeObject, type CopyOptions, type CopyResult } from '../../src/index.ts';
import { obsStore, s3Store } from '../../src/wire/http-store.ts';
import type { CopyStore } from '../../src/store/copy-store.ts';
import { startTestStore, type TestStore, type TestStoreOptions } from '../../src/testing/index.ts';

export const MIB = 1024 * 1024;
export const SOURCE = { bucket: 'source', key: 'film' };
export const DESTINATION = { bucket: 'destination', key: 'copy of film' };
/** Two parts of 5 MiB and a smaller one. */
export const SIZE = 12 * MIB;
export const IN_PARTS = { multipartThreshold: 0, partSize: 5 * MIB } as const;
export const strategies = [
  { strategy: 'single', sizes: { multipartThreshold: SIZE } },
  { strategy: 'multipart', sizes: IN_PARTS },
] as const;
export const dialects = ['s3', 'obs'] as const;
export type DialectName = (typeof dialects)[number];

/** An embedded store for one test, with a source unless objects are given, and a store of ours on it. */
export async function setUpStore(
  dialect: DialectName = 's3',
  options: TestStoreOptions = {},
): Promise<{ readonly server: TestStore; readonly store: CopyStore }> {
  const server = await startTestStore({
    buckets: [SOURCE.bucket, DESTINATION.bucket],
    objects: [{ ...SOURCE, size: SIZE }],
    ...options,
  });
  onTestFinished(() => server.close());
  return { server, store: connect(server, dialect) };
}

/** One of our stores on an embedded one. */
export function connect(server: TestStore, dialect: DialectName = 's3'): CopyStore {
  const { endpoint, region, credentials } = server;
  const make = dialect === 'obs' ? obsStore : s3Store;
  return make({ endpoint, region, credentials });
}

/** Copies the source. Bad options reject, too. */
export async function copySource(options: Partial<CopyOptions> & Pick<CopyOptions, 'store'>): Promise<CopyResult> {
  return copyLargeObject({
    source: SOURCE,
    destination: DESTINATION,
    // Duplicates would be counted as requests.
    hedge: false,
    retry: { maxAttempts: 3, minDelayMs: 1, maxDelayMs: 5 },
    ...options,
  });
}

/** What a copy threw. */
export async function failureOf(copy: PromiseLike<unknown>): Promise<unknown> {
  try {
    await copy;
  } catch (error) {
    return error;
  }
  throw new Error('The copy succeeded');
}

/** Operations of a store that leave something: none of them may come before a refusal. */
export function writesOf(server: TestStore): readonly string[] {
  const writes = ['copyObject', 'createMultipartUpload', 'copyPart', 'completeMultipartUpload', 'putObjectTagging'];
  return Object.keys(server.stats().operations).filter((operation) => writes.includes(operation));
}

/** Whether every byte of the copy is the source's byte at the same place. */
export function isWholeCopy(server: TestStore, destination = DESTINATION, source = SOURCE): boolean {
  let next = 0;
  for (const range of server.provenance(destination.bucket, destination.key)) {
    const isOurs = range.bucket === source.bucket && range.key === source.key;
    if (!isOurs || range.start !== next || range.offset !== next) return false;
    next = range.end + 1;
  }
  return next === server.object(source.bucket, source.key)?.size;
}

/** A store of which some operations are others. */
export function withOperations(
  store: CopyStore,
  operations: { readonly [Name in keyof CopyStore]?: CopyStore[Name] | undefined },
): CopyStore {
  return new Proxy(store, {
    get: (target, name) => {
      if (Object.hasOwn(operations, name)) return Reflect.get(operations, name) as unknown;
      const own: unknown = Reflect.get(target, name, target);
      return typeof own === 'function' ? (own.bind(target) as unknown) : own;
    },
  });
}
