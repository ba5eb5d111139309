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
function setUpLateDuplicate(host: string, change: Partial<CopyStore> = {}) {
  const { fake, options } = setUpCopy(
    { encryptsWithKms: { saysSoOn: ['head', 'complete'] } },
    { hedge: { factor: 3, minDelayMs: 50, maxRatio: 0.2 } },
  );
  let isSlow = true;
  const store: CopyStore = {
    ...fake.store,
    traits: { ...fake.store.traits, endpoint: `https://${host}` },
    copyPart: async (request) => {
      const work = () => fake.store.copyPart({ ...request, signal: undefined, cancellation: undefined });
      if (request.partNumber !== 20 || !isSlow) {
        await waitMs(60);
        return work();
      }
      isSlow = false;
      void waitMs(500)
        .then(work)
        .catch(() => undefined);
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

  // From then on this store's parts are waited for and listed before Complete.
  const next = setUpLateDuplicate('late-1');
  const again = await endInFakeTime(copyLargeObject(next.options), 60_000);
  expect(again).toMatchObject({ result: { hedges: 1 } });
  expect(next.fake.count('completeMultipartUpload')).toBe(1);
  expect(next.fake.count('listParts')).toBe(1);
  expectWholeCopy(next.fake);
});

it('a part that was answered but is not over: Complete is sent again until it is', async () => {
  let refusals = 0;
  const { fake, options } = setUpLateDuplicate('late-3', {
    // It refuses the part until the first request for it has ended. The ETags stay as they are.
    completeMultipartUpload: (request) => {
      if (refusals === 2) return fake.store.completeMultipartUpload(request);
      refusals++;
      return Promise.reject(failure('completeMultipartUpload', 'permanent', 400, 'InvalidPart'));
    },
  });
  const ended = await endInFakeTime(copyLargeObject(options), 60_000);
  expect(ended).toMatchObject({ result: { hedges: 1 } });
  expect(refusals).toBe(2);
  expectWholeCopy(fake);
});

it('a duplicate that takes many times as long as the parts is waited for up to a second', async () => {
  let refusedUntil: number | undefined;
  const { fake, options } = setUpLateDuplicate('late-5', {
    completeMultipartUpload: (request) => {
      refusedUntil ??= Date.now() + 900;
      if (Date.now() >= refusedUntil) return fake.store.completeMultipartUpload(request);
      return Promise.reject(failure('completeMultipartUpload', 'permanent', 400, 'InvalidPart'));
    },
  });
  const ended = await endInFakeTime(copyLargeObject(options), 60_000);
  expect(ended).toMatchObject({ result: { hedges: 1 } });
  expectWholeCopy(fake);
});

it('a part that stays refused: the copy fails soon, with what the store said', async () => {
  let refusals = 0;
  const { fake, options } = setUpLateDuplicate('late-4', {
    completeMultipartUpload: () => {
      refusals++;
      return Promise.reject(failure('completeMultipartUpload', 'permanent', 400, 'InvalidPart'));
    },
  });
  const ended = await endInFakeTime(copyLargeObject(options), 5000);
  expect(ended).toMatchObject({ error: { name: 'CompleteFailedError', cause: { vendorCode: 'InvalidPart' } } });
  expect(refusals).toBe(5);
  expect(fake.uploads.size).toBe(0);
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
