import { describe, expect, it } from 'vitest';
import {
  CompleteFailedError,
  copyLargeObject,
  type CopyOptions,
  type CopyProgress,
  PartFailedError,
  SourceChangedError,
  SourceNotFoundError,
} from '../../src/index.ts';
import { failure, fakeStore, type Hook } from './fake-store.ts';
import { endOf } from './set-up-copy.ts';

const SIZE = 1000;
const FAST_RETRY = { minDelayMs: 1, maxDelayMs: 5 };

function setUp(hook?: Hook, size = SIZE) {
  const fake = fakeStore(hook === undefined ? {} : { hook });
  fake.put('src/a', size, { contentType: 'video/mxf', metadata: { title: 'A' } });
  const options: CopyOptions = {
    store: fake.store,
    source: { bucket: 'src', key: 'a' },
    destination: { bucket: 'dst', key: 'b' },
    multipartThreshold: 10,
    partSize: 10,
    concurrency: 8,
    retry: FAST_RETRY,
  };
  return { fake, options };
}

function expectWholeCopy(fake: ReturnType<typeof fakeStore>, size = SIZE): void {
  const object = fake.objects.get('dst/b');
  expect(object?.size).toBe(size);
  let offset = 0;
  for (const range of object?.ranges ?? []) {
    expect(range).toMatchObject({ source: 'src/a', start: offset });
    offset = range.end + 1;
  }
  expect(offset).toBe(size);
}

describe('copyLargeObject()', () => {
  it('copies in parts, each from its own range', async () => {
    const { fake, options } = setUp();
    const result = await copyLargeObject(options);
    expect(result).toMatchObject({
      bucket: 'dst',
      key: 'b',
      size: SIZE,
      strategy: 'multipart',
      parts: 100,
      partSize: 10,
      verified: 'etag',
      retries: 0,
      resumed: false,
      warnings: [],
    });
    expectWholeCopy(fake);
    expect(fake.objects.get('dst/b')?.properties).toEqual({ contentType: 'video/mxf', metadata: { title: 'A' } });
    expect(fake.uploads.size).toBe(0);
    expect(fake.stats.maxInFlight).toBe(8);
  });

  it('copies small and empty objects by one CopyObject', async () => {
    for (const size of [0, 1, 10]) {
      const { fake, options } = setUp(undefined, size);
      const result = await copyLargeObject(options);
      expect(result).toMatchObject({ strategy: 'single', size, parts: 0, verified: 'etag' });
      expect(fake.count('createMultipartUpload')).toBe(0);
      expect(fake.objects.get('dst/b')?.size).toBe(size);
    }
  });

  it('reports exact and monotonic progress, from 0 to all', async () => {
    const { options } = setUp();
    const copy = copyLargeObject(options);
    const seen: CopyProgress[] = [];
    copy.on('progress', (progress) => seen.push(progress));
    const parts: number[] = [];
    copy.on('part', (part) => parts.push(part.size));
    await copy;
    expect(seen[0]).toMatchObject({ bytesCopied: 0, bytesTotal: SIZE });
    expect(seen.at(-1)).toMatchObject({
      phase: 'done',
      bytesCopied: SIZE,
      partsCopied: 100,
      partsInFlight: 0,
      etaMs: 0,
    });
    const bytes = seen.map((progress) => progress.bytesCopied);
    expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
    expect(parts).toHaveLength(100);
  });

  it('retries parts that fail for a moment, and tells', async () => {
    const { fake, options } = setUp(({ operation, count }) => {
      if (operation === 'copyPart' && count % 7 === 0) throw failure('copyPart', 'transient', 500, 'InternalError');
    });
    const copy = copyLargeObject(options);
    const retries: number[] = [];
    copy.on('retry', (event) => retries.push(event.partNumber ?? 0));
    const result = await copy;
    expect(result.retries).toBe(retries.length);
    expect(retries.length).toBeGreaterThan(10);
    expectWholeCopy(fake);
  });

  it('fails with the part, its range and its attempts, and leaves nothing behind', async () => {
    const { fake, options } = setUp(({ operation, request }) => {
      if (operation === 'copyPart' && request['partNumber'] === 17) throw failure('copyPart', 'transient', 503, 'Busy');
    });
    const error = await copyLargeObject({ ...options, retry: { ...FAST_RETRY, maxAttempts: 3 } }).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(PartFailedError);
    expect(error).toMatchObject({ partNumber: 17, start: 160, end: 169, attempts: 3 });
    expect((error as Error).message).toContain('part 17 (bytes 160-169): 3 attempts');
    expect(fake.uploads.size).toBe(0);
    expect(fake.objects.has('dst/b')).toBe(false);
  });

  describe('throttling of one part', () => {
    const refuse = (times: number): ReturnType<typeof setUp> => {
      let refused = 0;
      return setUp(({ operation, request }) => {
        if (operation === 'copyPart' && request['partNumber'] === 17 && refused++ < times)
          throw failure('copyPart', 'throttled', 503, 'SlowDown');
      });
    };

    it('uses up none of its attempts', async () => {
      const { fake, options } = refuse(12);
      const result = await copyLargeObject({ ...options, retry: { ...FAST_RETRY, maxAttempts: 2 } });
      expect(result.retries).toBe(12);
      expectWholeCopy(fake);
    });

    it('leaves all of them for its other failures', async () => {
      const answers = ['throttled', 'transient', 'throttled', 'throttled', 'transient', 'throttled'] as const;
      for (const [maxAttempts, attempts] of [
        [3, undefined],
        [2, 5],
      ] as const) {
        let sent = 0;
        const { options } = setUp(({ operation, request }) => {
          const kind = operation === 'copyPart' && request['partNumber'] === 17 ? answers[sent++] : undefined;
          if (kind !== undefined) throw failure('copyPart', kind, 503, 'Busy');
        });
        const { error } = await endOf(copyLargeObject({ ...options, retry: { ...FAST_RETRY, maxAttempts } }));
        if (attempts === undefined) expect(error).toBeUndefined();
        else expect(error).toMatchObject({ name: 'PartFailedError', partNumber: 17, attempts });
      }
    });

    it('ends with the time that is allowed', async () => {
      const { fake, options } = refuse(Number.POSITIVE_INFINITY);
      const retry = { ...FAST_RETRY, maxAttempts: 2, maxElapsedMs: 100 };
      const { error } = await endOf(copyLargeObject({ ...options, retry }));
      expect(error).toMatchObject({ name: 'PartFailedError', partNumber: 17, cause: { vendorCode: 'SlowDown' } });
      expect((error as PartFailedError).attempts).toBeGreaterThan(2);
      expect(fake.uploads.size).toBe(0);
    });

    it('is not repeated where one attempt is all that is allowed', async () => {
      const { fake, options } = refuse(1);
      const { error } = await endOf(copyLargeObject({ ...options, retry: { ...FAST_RETRY, maxAttempts: 1 } }));
      expect(error).toMatchObject({ name: 'PartFailedError', partNumber: 17, attempts: 1 });
      expect(fake.uploads.size).toBe(0);
    });
  });

  it('throttling of other operations uses up none of their attempts either', async () => {
    const refused = new Map<string, number>();
    const { fake, options } = setUp(({ operation }) => {
      const times = refused.get(operation) ?? 0;
      refused.set(operation, times + 1);
      if (operation !== 'copyPart' && times < 5) throw failure(operation, 'throttled', 429, 'TooManyRequests');
    });
    await copyLargeObject({ ...options, retry: { ...FAST_RETRY, maxAttempts: 2 } });
    expectWholeCopy(fake);
  });

  it('does not try again what will fail again', async () => {
    const { fake, options } = setUp(({ operation, request }) => {
      if (operation === 'copyPart' && request['partNumber'] === 3) {
        throw failure('copyPart', 'permanent', 403, 'AccessDenied');
      }
    });
    await expect(copyLargeObject(options)).rejects.toMatchObject({ partNumber: 3, attempts: 1 });
    expect(fake.count('copyPart')).toBeLessThan(30);
    expect(fake.uploads.size).toBe(0);
  });

  it('refuses a missing source', async () => {
    const { options } = setUp();
    await expect(copyLargeObject({ ...options, source: { bucket: 'src', key: 'none' } })).rejects.toBeInstanceOf(
      SourceNotFoundError,
    );
  });

  it('notices a source that is replaced in mid-copy, also where the store ignores if-match', async () => {
    for (const sendsSourceIfMatch of [true, false]) {
      const fake = fakeStore({
        traits: { sendsSourceIfMatch },
        hook: ({ operation, count }) => {
          if (operation === 'copyPart' && count === 40) fake.put('src/a', SIZE);
        },
      });
      const { options } = setUp();
      fake.put('src/a', SIZE);
      await expect(copyLargeObject({ ...options, store: fake.store })).rejects.toBeInstanceOf(SourceChangedError);
      expect(fake.objects.has('dst/b')).toBe(false);
      expect(fake.uploads.size).toBe(0);
    }
  });

  it('finds out that a Complete whose answer was lost did work', async () => {
    const { fake, options } = setUp(({ operation, count }) => {
      if (operation !== 'completeMultipartUpload' || count > 1) return undefined;
      return {
        after: () => {
          throw failure('completeMultipartUpload', 'ambiguous', undefined, 'ECONNRESET');
        },
      };
    });
    const result = await copyLargeObject(options);
    expect(result.verified).toBe('etag');
    expectWholeCopy(fake);
    expect(fake.count('completeMultipartUpload')).toBe(1);
  });

  it('says that it cannot tell, and aborts nothing, when nobody answers after a Complete', async () => {
    let lost = false;
    const { fake, options } = setUp(({ operation }) => {
      if (lost) throw failure(operation, 'ambiguous', undefined, 'ECONNRESET');
      if (operation === 'completeMultipartUpload') {
        lost = true;
        throw failure(operation, 'ambiguous', undefined, 'ECONNRESET');
      }
    });
    const error = await copyLargeObject({ ...options, retry: { ...FAST_RETRY, maxAttempts: 2 } }).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(CompleteFailedError);
    expect(error).toMatchObject({ outcome: 'unknown', uploadId: 'upload-2' });
    expect(fake.count('abortMultipartUpload')).toBe(0);
  });

  it('finds and aborts the upload of a Create whose answer was lost', async () => {
    const { fake, options } = setUp(({ operation, count }) => {
      if (operation !== 'createMultipartUpload' || count > 2) return undefined;
      return {
        after: () => {
          throw failure('createMultipartUpload', 'ambiguous', undefined, 'ECONNRESET');
        },
      };
    });
    const result = await copyLargeObject(options);
    expect(result.warnings).toEqual([]);
    expect(fake.uploads.size).toBe(0);
    expectWholeCopy(fake);
  });

  it('pauses, resumes and changes its concurrency while it runs', async () => {
    const { fake, options } = setUp();
    const copy = copyLargeObject(options);
    let pausedAt = 0;
    copy.once('part', () => {
      copy.pause();
      setTimeout(() => {
        pausedAt = fake.count('copyPart');
        setTimeout(() => {
          expect(fake.count('copyPart')).toBe(pausedAt);
          copy.concurrency = 3;
          fake.stats.maxInFlight = 0;
          copy.resume();
        }, 20);
      }, 20);
    });
    await copy;
    expect(pausedAt).toBeGreaterThan(0);
    expect(fake.stats.maxInFlight).toBe(3);
    expectWholeCopy(fake);
  });

  it('rejects with the reason it was cancelled for, at whatever event, and leaves no upload', async () => {
    for (const event of ['plan', 'upload', 'part', 'progress'] as const) {
      for (const reason of [new Error('enough'), 'a text', undefined]) {
        const { fake, options } = setUp();
        const controller = new AbortController();
        const copy = copyLargeObject({ ...options, signal: controller.signal });
        copy.once(event, () => controller.abort(reason));
        const error = await copy.then(
          () => 'resolved',
          (caught: unknown) => caught,
        );
        expect(error).toBe(controller.signal.reason);
        expect(fake.uploads.size).toBe(0);
        expect(fake.objects.has('dst/b')).toBe(false);
      }
    }
  });

  it('goes on when a listener throws', async () => {
    const { fake, options } = setUp();
    const copy = copyLargeObject(options);
    let heard = 0;
    copy.on('part', () => {
      throw new Error('listener');
    });
    copy.on('part', () => heard++);
    await copy;
    expect(heard).toBe(100);
    expectWholeCopy(fake);
  });
});
