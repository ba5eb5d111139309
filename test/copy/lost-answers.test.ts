import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type CopyOptions,
  type CopyPartRequest,
  type CopyStore,
  copyLargeObject,
  type StoreError,
} from '../../src/index.ts';
import { type FakeStoreOptions, failure } from './fake-store.ts';
import { endInFakeTime, waitMs } from './fake-time.ts';
import { expectWholeCopy, setUpCopy } from './set-up-copy.ts';

const MIB = 2 ** 20;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** How a gateway that gives up says so. */
const GIVEN_UP: readonly (readonly [string, () => StoreError])[] = [
  ['504', () => failure('copyPart', 'transient', 504)],
  ['502', () => failure('copyPart', 'transient', 502)],
  ['a reset', () => failure('copyPart', 'transient', undefined, 'ECONNRESET')],
  ['408', () => failure('copyPart', 'transient', 408)],
];

interface Behind {
  /** Milliseconds until the gateway gives up. */
  readonly limitMs: number;
  /** Milliseconds that a part takes; infinite if it never ends. */
  readonly workMs: (request: CopyPartRequest) => number;
  readonly giveUp?: () => StoreError;
}

/** Copies through a gateway that gives up on parts while the store goes on with them. */
async function copyBehindGateway(
  { limitMs, workMs, giveUp = () => failure('copyPart', 'transient', 504) }: Behind,
  more: Partial<CopyOptions> = {},
  size = 200,
  fakeOptions: FakeStoreOptions = {},
) {
  const { fake, options } = setUpCopy(fakeOptions, more, size);
  const sent = new Map<number, number>();
  const store: CopyStore = {
    ...fake.store,
    copyPart: async (request) => {
      sent.set(request.partNumber, (sent.get(request.partNumber) ?? 0) + 1);
      const takesMs = workMs(request);
      const work = async () => {
        await waitMs(takesMs);
        return fake.store.copyPart({ ...request, signal: undefined, cancellation: undefined });
      };
      if (takesMs < limitMs) return work();
      if (takesMs < Infinity) void work().catch(() => undefined);
      await waitMs(limitMs);
      throw giveUp();
    },
  };
  const task = copyLargeObject({ ...options, store });
  const plans: number[] = [];
  const warnings: string[] = [];
  task.on('plan', (plan) => plans.push(plan.partSize));
  task.on('warning', ({ code }) => warnings.push(code));
  const ended = await endInFakeTime(task, 600_000);
  return { fake, ended, plans, warnings, most: Math.max(...sent.values()) };
}

describe('a part that is cut off while the store goes on with it', () => {
  it.each(GIVEN_UP)('is found, not sent again (%s)', async (_, giveUp) => {
    const { fake, ended, most } = await copyBehindGateway({ limitMs: 1000, workMs: () => 1500, giveUp });
    expect(ended.error).toBeUndefined();
    expect(most).toBe(1);
    expectWholeCopy(fake);
  });

  it('is looked for together with the others', async () => {
    const { fake, ended } = await copyBehindGateway({ limitMs: 1000, workMs: () => 1900 }, { concurrency: 20 });
    expect(ended.error).toBeUndefined();
    expect(fake.count('copyPart')).toBe(20);
    expect(fake.count('listParts')).toBeLessThan(30);
  });

  it('is waited for longer the second time', async () => {
    const { fake, ended, most } = await copyBehindGateway({ limitMs: 1000, workMs: () => 4500 }, { concurrency: 20 });
    expect(ended.error).toBeUndefined();
    expect(most).toBe(2);
    expectWholeCopy(fake);
  });

  it('is not taken from before the request', async () => {
    let planted = false;
    const { fake, options } = setUpCopy({
      hook: ({ operation, request }) => {
        if (operation !== 'copyPart' || planted) return;
        planted = true;
        fake.uploads.get(request['uploadId'] as string)?.parts.set(request['partNumber'] as number, {
          etag: 'e'.repeat(32),
          size: 10,
          range: { source: 'src/other', start: 0, end: 9 },
          lastModified: new Date(Date.now() - 60_000),
        });
        throw failure('copyPart', 'transient', 504);
      },
    });
    const ended = await endInFakeTime(copyLargeObject(options), 60_000);
    expect(ended.error).toBeUndefined();
    expect(fake.count('listParts')).toBeGreaterThan(0);
    expectWholeCopy(fake);
  });

  it('says which limit cuts it off, and what helps', async () => {
    const { fake, ended, most } = await copyBehindGateway({ limitMs: 2000, workMs: () => Infinity });
    expect(ended.error).toMatchObject({ name: 'PartFailedError', attempts: 2 });
    expect((ended.error as Error).message).toMatch(/cut off after 2 s.*use a partSize smaller than 10 bytes/);
    expect(most).toBe(2);
    expect(fake.uploads.size).toBe(0);
  });

  it('is made smaller if its size was left to the library', async () => {
    const size = 128 * MIB;
    const { fake, ended, plans, warnings } = await copyBehindGateway(
      { limitMs: 2000, workMs: ({ start = 0, end = 0 }) => (end - start > 10 * MIB ? Infinity : 1000) },
      { partSize: 'auto' },
      size,
    );
    expect(ended).toMatchObject({ result: { partSize: 8 * MIB, parts: 16 } });
    expect(plans.at(-1)).toBe(8 * MIB);
    expect(plans.length).toBe(warnings.length + 1);
    expect(new Set(warnings)).toEqual(new Set(['PARTS_MADE_SMALLER']));
    expect(fake.uploads.size).toBe(0);
    expectWholeCopy(fake, size);
  });
});

it('a part that is cut off is given up once its upload is seen to be gone', async () => {
  const { fake, options } = setUpCopy(
    {
      hook({ operation, request }) {
        if (operation !== 'copyPart' || request['partNumber'] === 1) return;
        fake.uploads.clear();
        throw failure('copyPart', 'transient', 504);
      },
    },
    { concurrency: 1 },
  );
  const { error } = await endInFakeTime(copyLargeObject(options), 60_000);
  expect(error).toMatchObject({ name: 'PartFailedError', partNumber: 2 });
  expect((error as Error).message).toMatch(/upload .* does not exist any more/);
  // The first part, and this one twice at most.
  expect(fake.count('copyPart')).toBeLessThanOrEqual(3);
});

it('a quick refusal costs no look', async () => {
  const failed = new Set<unknown>();
  const { fake, options } = setUpCopy({
    hook: ({ operation, request }) => {
      if (operation !== 'copyPart' || failed.has(request['partNumber'])) return;
      failed.add(request['partNumber']);
      throw failed.size % 2 === 0
        ? failure('copyPart', 'transient', 500, 'InternalError')
        : failure('copyPart', 'throttled', 503, 'SlowDown');
    },
  });
  const ended = await endInFakeTime(copyLargeObject(options), 60_000);
  expect(ended.error).toBeUndefined();
  expect(fake.count('listParts')).toBe(0);
});

describe('a part whose answer holds nothing', () => {
  const EMPTY = () => failure('copyPart', 'transient', 200, 'EmptyAnswer');

  it('is taken from the listing', async () => {
    const { fake, options } = setUpCopy({
      hook: ({ operation }) => (operation === 'copyPart' ? { after: () => Promise.reject(EMPTY()) } : undefined),
    });
    const ended = await endInFakeTime(copyLargeObject(options), 60_000);
    expect(ended.error).toBeUndefined();
    expect(fake.count('copyPart')).toBe(20);
    expectWholeCopy(fake);
  });

  it('is tried once more if it is not there, and no oftener', async () => {
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation }) => {
          if (operation === 'copyPart') throw EMPTY();
        },
      },
      { partSize: 200 },
    );
    const ended = await endInFakeTime(copyLargeObject(options), 60_000);
    expect(ended).toMatchObject({ error: { name: 'PartFailedError', attempts: 2 } });
    expect(fake.count('copyPart')).toBe(2);
    expect(fake.uploads.size).toBe(0);
  });
});

it.each([
  ['listParts', 3],
  ['headObject', 3],
  ['abortMultipartUpload', 2],
] as const)(
  '%s that is answered with something else is asked %d times, and no oftener: the next answer would be the same',
  async (operation, times) => {
    const { fake, options } = setUpCopy({
      hook: (call) => {
        if (call.operation === 'copyPart') throw failure('copyPart', 'permanent', 403, 'AccessDenied');
        const isOurs = (call.request as { bucket?: string }).bucket === 'dst';
        if (call.operation === operation && isOurs) throw failure(operation, 'transient', 200, 'BodyTooLarge');
      },
    });
    const ended = await endInFakeTime(copyLargeObject({ ...options, ifExists: 'fail' }), 5_000);
    expect(ended.error).toBeInstanceOf(Error);
    expect(fake.count(operation) - (operation === 'headObject' ? 1 : 0)).toBe(times);
  },
);

describe('a single copy', () => {
  const single = { multipartThreshold: 1000 };

  it.each([true, false])('whose answer holds nothing is looked for (ETags hidden: %s)', async (hideEtags) => {
    const { fake, options } = setUpCopy(
      {
        hideEtags,
        hook: ({ operation }) =>
          operation === 'copyObject'
            ? { after: () => Promise.reject(failure('copyObject', 'ambiguous', 200, 'EmptyAnswer')) }
            : undefined,
      },
      single,
    );
    const ended = await endInFakeTime(copyLargeObject(options), 60_000);
    expect(ended).toMatchObject({ result: { verified: hideEtags ? 'size' : 'etag' } });
    expect(ended.result?.warnings.map(({ code }) => code)).toEqual(hideEtags ? ['SOURCE_PIN_WEAK', 'NO_ETAG'] : []);
    expect(fake.count('copyObject')).toBe(1);
  });

  it('whose answers hold nothing is sent twice if it is not there', async () => {
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation }) => {
          if (operation === 'copyObject') throw failure('copyObject', 'ambiguous', 200, 'EmptyAnswer');
        },
      },
      single,
    );
    const ended = await endInFakeTime(copyLargeObject(options), 60_000);
    expect(ended.error).toBeDefined();
    expect(fake.count('copyObject')).toBe(2);
    expect(fake.objects.has('dst/b')).toBe(false);
  });

  it.each([1500, Infinity])('that is cut off is looked for while the store may be at it (%i ms)', async (workMs) => {
    const { fake, options } = setUpCopy({}, single);
    let sent = 0;
    const store: CopyStore = {
      ...fake.store,
      copyObject: async (request) => {
        sent++;
        if (workMs < Infinity) void waitMs(workMs).then(() => fake.store.copyObject({ ...request, signal: undefined }));
        await waitMs(1000);
        throw failure('copyObject', 'ambiguous', 504);
      },
    };
    const ended = await endInFakeTime(copyLargeObject({ ...options, store }), 60_000);
    expect(sent).toBe(workMs < Infinity ? 1 : 2);
    if (workMs < Infinity) expectWholeCopy(fake);
    else expect((ended.error as Error).message).toMatch(/cut off after 1 s.*lower multipartThreshold/);
  });
});
