import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type CopyStore, copyLargeObject } from '../../src/index.ts';
import { failure } from './fake-store.ts';
import { endInFakeTime, waitMs } from './fake-time.ts';
import { expectWholeCopy, setUpCopy } from './set-up-copy.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A store on which each write of a part gets an ETag of its own, and the first request for the last part lands late. */
function setUpLateDuplicate(name: string, change: Partial<CopyStore> = {}) {
  const { fake, options } = setUpCopy(
    { encryptsWithKms: { saysSoOn: ['head', 'complete'] } },
    { hedge: { factor: 3, minDelayMs: 50, maxRatio: 0.2 } },
  );
  let isSlow = true;
  const store: CopyStore = {
    ...fake.store,
    name,
    copyPart: async (request) => {
      const work = () => fake.store.copyPart({ ...request, signal: undefined, cancellation: undefined });
      if (request.partNumber !== 20 || !isSlow) {
        await waitMs(60);
        return work();
      }
      isSlow = false;
      void waitMs(500).then(work, () => undefined);
      return new Promise((_, reject) => {
        request.signal?.addEventListener('abort', () => reject(request.signal?.reason as Error));
      });
    },
    ...change,
  };
  return { fake, options: { ...options, store } };
}

it('a duplicate that lands after its part was answered: Complete is sent once more, with what is listed', async () => {
  const { fake, options } = setUpLateDuplicate('late-1', {
    // The duplicate lands just before Complete is judged.
    completeMultipartUpload: async (request) => {
      if (fake.count('completeMultipartUpload') === 0) await waitMs(1000);
      return fake.store.completeMultipartUpload(request);
    },
  });
  const ended = await endInFakeTime(copyLargeObject(options), 60_000);
  expect(ended).toMatchObject({ result: { hedges: 1 } });
  expect(fake.count('completeMultipartUpload')).toBe(2);
  expectWholeCopy(fake);
});

it('a part that is refused for another reason: the copy fails with what the store said', async () => {
  const { fake, options } = setUpLateDuplicate('late-2', {
    completeMultipartUpload: () => Promise.reject(failure('completeMultipartUpload', 'permanent', 400, 'InvalidPart')),
    listParts: () => Promise.reject(failure('listParts', 'permanent', 403, 'AccessDenied')),
  });
  const ended = await endInFakeTime(copyLargeObject(options), 60_000);
  expect(ended).toMatchObject({ error: { name: 'CompleteFailedError', cause: { vendorCode: 'InvalidPart' } } });
  expect(fake.objects.has('dst/b')).toBe(false);
});
