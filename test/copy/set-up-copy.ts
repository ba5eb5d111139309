import { expect } from 'vitest';
import type { CopyOptions, CopyResult } from '../../src/index.ts';
import { fakeStore, type FakeStoreOptions } from './fake-store.ts';

/** Retries that don't keep a test waiting. */
export const FAST_RETRY = { minDelayMs: 1, maxDelayMs: 5 };

/** A fake store with a source of `size` bytes, and options that copy it in parts of 10. */
export function setUpCopy(fakeOptions: FakeStoreOptions = {}, more: Partial<CopyOptions> = {}, size = 200) {
  const fake = fakeStore(fakeOptions);
  const source = more.source ?? { bucket: 'src', key: 'a' };
  fake.put(`${source.bucket}/${source.key}`, size);
  const options: CopyOptions = {
    store: fake.store,
    source,
    destination: { bucket: 'dst', key: 'b' },
    multipartThreshold: 5,
    partSize: 10,
    concurrency: 4,
    retry: FAST_RETRY,
    hedge: false,
    ...more,
  };
  return { fake, options };
}

/** Waits for the end of a copy, whatever it is. */
export async function endOf(copy: PromiseLike<CopyResult>): Promise<{ result?: CopyResult; error?: unknown }> {
  try {
    return { result: await copy };
  } catch (error) {
    return { error };
  }
}

/** The destination holds every byte of the source, each from its own place. */
export function expectWholeCopy(fake: ReturnType<typeof fakeStore>, size = 200, source = 'src/a'): void {
  const object = fake.objects.get('dst/b');
  expect(object?.size).toBe(size);
  let offset = 0;
  for (const range of object?.ranges ?? []) {
    expect(range).toMatchObject({ source, start: offset });
    offset = range.end + 1;
  }
  expect(offset).toBe(size);
}

/** A promise that is settled from outside. */
export function openPromise(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
