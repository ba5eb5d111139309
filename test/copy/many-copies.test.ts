import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CopyOptions, copyLargeObject, createLimiter, PartFailedError } from '../../src/index.ts';
import { failure, fakeStore } from './fake-store.ts';
import { endOf, FAST_RETRY } from './set-up-copy.ts';

const unhandled: unknown[] = [];
const remember = (reason: unknown): void => void unhandled.push(reason);

beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', remember);
});
afterEach(() => {
  process.off('unhandledRejection', remember);
  expect(unhandled).toEqual([]);
});

function optionsFor(fake: ReturnType<typeof fakeStore>, key: string, more: Partial<CopyOptions> = {}): CopyOptions {
  return {
    store: fake.store,
    source: { bucket: 'src', key },
    destination: { bucket: 'dst', key },
    multipartThreshold: 50,
    partSize: 10,
    concurrency: 8,
    retry: FAST_RETRY,
    ...more,
  };
}

describe('a thousand small copies and a few large ones at once, one failing', () => {
  for (const [name, limiter] of [
    ['each by itself', undefined],
    ['within one limit', createLimiter({ maxConcurrency: 16 })],
  ] as const) {
    it(`(${name}) go their ways`, async () => {
      const fake = fakeStore({
        hook: ({ operation, request, count }) => {
          if (operation === 'copyPart' && request['key'] === 'large-2' && request['partNumber'] === 7) {
            throw failure('copyPart', 'permanent', 403, 'AccessDenied');
          }
          // Has some copies wait for another attempt.
          if (operation === 'headObject' && count % 200 === 1)
            throw failure(operation, 'transient', 500, 'InternalError');
        },
      });
      const { signal } = new AbortController();
      const small = Array.from({ length: 1000 }, (_, index) => `small-${index}`);
      const large = Array.from({ length: 5 }, (_, index) => `large-${index}`);
      for (const key of small) fake.put(`src/${key}`, 40);
      for (const key of large) fake.put(`src/${key}`, 1000);
      let inFlight = 0;
      let most = 0;
      const counted: typeof fake.store = {
        ...fake.store,
        copyPart: async (request) => {
          most = Math.max(most, ++inFlight);
          try {
            return await fake.store.copyPart(request);
          } finally {
            inFlight--;
          }
        },
      };
      const endings = await Promise.all(
        [...small, ...large].map((key) =>
          endOf(copyLargeObject(optionsFor(fake, key, { store: counted, limiter, signal }))),
        ),
      );
      const errors = endings.flatMap(({ error }) => (error === undefined ? [] : [error]));
      expect(errors).toHaveLength(1);
      expect(errors[0]).toBeInstanceOf(PartFailedError);
      for (const key of [...small, ...large]) {
        const object = fake.objects.get(`dst/${key}`);
        if (key === 'large-2') expect(object).toBeUndefined();
        else expect(object?.ranges.every((range) => range.source === `src/${key}`)).toBe(true);
      }
      expect(fake.uploads.size).toBe(0);
      expect(getEventListeners(signal, 'abort')).toEqual([]);
      expect(fake.countListeners()).toBe(0);
      if (limiter !== undefined) expect(most).toBeLessThanOrEqual(16);
    });
  }

  it('end each with the shared reason when all are cancelled by one signal', async () => {
    const fake = fakeStore();
    const controller = new AbortController();
    const reason = new Error('all of you');
    const keys = Array.from({ length: 50 }, (_, index) => `k-${index}`);
    for (const key of keys) fake.put(`src/${key}`, 1000);
    const copies = keys.map((key) => copyLargeObject(optionsFor(fake, key, { signal: controller.signal })));
    // Node would warn of eleven.
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    copies[25]?.once('part', () => controller.abort(reason));
    const endings = await Promise.all(copies.map((copy) => endOf(copy)));
    expect(endings.every(({ error }) => error === reason)).toBe(true);
    expect(fake.uploads.size).toBe(0);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    expect(fake.countListeners()).toBe(0);
  });

  it('cancelled by the failure of one of them don’t change that error', async () => {
    const fake = fakeStore();
    const controller = new AbortController();
    const reason = new PartFailedError('elsewhere', { partNumber: 1, start: 0, end: 9, attempts: 1, elapsedMs: 1 });
    fake.put('src/k', 1000);
    const copy = copyLargeObject(optionsFor(fake, 'k', { signal: controller.signal, onFailure: 'keep' }));
    copy.once('part', () => controller.abort(reason));
    const { error } = await endOf(copy);
    expect(error).toBe(reason);
    expect(reason.uploadId).toBeUndefined();
  });
});

describe('listeners that throw or reject', () => {
  it('at every event change nothing', async () => {
    const fake = fakeStore({
      hook: ({ operation, count }) => {
        if (operation === 'copyPart' && count === 3) throw failure('copyPart', 'throttled', 503, 'SlowDown');
      },
    });
    fake.put('src/k', 1000);
    const copy = copyLargeObject(optionsFor(fake, 'k'));
    const heard = new Set<string>();
    for (const event of [
      'plan',
      'upload',
      'part',
      'retry',
      'throttle',
      'warning',
      'progress',
      'complete',
      'failed',
    ] as const) {
      copy.on(event, () => {
        heard.add(event);
        throw new Error(`listener of ${event}`);
      });
      copy.on(event, () => Promise.reject(new Error('async')) as unknown as void);
    }
    const result = await copy;
    expect(result.verified).toBe('etag');
    expect([...heard].toSorted()).toEqual(['complete', 'part', 'plan', 'progress', 'retry', 'throttle', 'upload']);
  });
});
