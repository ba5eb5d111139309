import { describe, expect, it } from 'vitest';
import { copyLargeObject } from '../../src/index.ts';
import { normalizeCopyOptions } from '../../src/options/normalize-copy-options.ts';
import { createContext } from '../../src/engine/copy-context.ts';
import { SILENT } from '../../src/engine/copy-reporter.ts';
import type { LostCreates } from '../../src/engine/orphan-search.ts';
import { createUpload, type CreatedUpload } from '../../src/engine/upload.ts';
import { failure, type FakeStoreOptions } from './fake-store.ts';
import { memoryCheckpoints } from './memory-checkpoints.ts';
import { endOf, openPromise, setUpCopy } from './set-up-copy.ts';

const CREATE = 'createMultipartUpload';
const MINUTE = 60_000;

/** What a test records of a Create. */
interface CreateWatch {
  readonly onAttempt?: () => Promise<void>;
  readonly lostBefore?: LostCreates;
  /** Called when Create has failed for good. */
  readonly onFailure?: (mayHaveLeft: boolean) => void;
}

const lostSince = (sinceMs: number, answers = 1): LostCreates => ({ sinceMs, untilMs: sinceMs, answers });

let stores = 0;

/** What `copyLargeObject` gives to the steps of one copy. */
function setUpContext(fakeOptions: FakeStoreOptions = {}) {
  // Copies that never end hold their uploads, and the ids are the same in every fake store.
  const traits = { endpoint: `https://store-${++stores}.example` };
  const { fake, options } = setUpCopy(
    { traits, ...fakeOptions },
    { retry: { maxAttempts: 3, minDelayMs: 1, maxDelayMs: 2 } },
  );
  const normalized = normalizeCopyOptions(options);
  const warnings: string[] = [];
  const controller = new AbortController();
  const reporter = { ...SILENT, warning: (_: string, message: string) => void warnings.push(message) };
  const context = createContext(normalized, reporter, controller.signal);
  const create = async ({ onAttempt, lostBefore, onFailure }: CreateWatch): Promise<CreatedUpload> => {
    const record = { isLeft: false, ...(onAttempt && { creating: onAttempt }) };
    try {
      return await createUpload(context, { properties: {}, checksum: undefined, record, lostBefore });
    } catch (error) {
      onFailure?.(record.isLeft);
      throw error;
    }
  };
  const foreign = (id: string, agoMs: number): void => {
    const initiated = new Date(Date.now() + (fakeOptions.clockAheadMs ?? 0) - agoMs);
    fake.uploads.set(id, { bucket: 'dst', key: 'b', initiated, properties: {}, parts: new Map() });
  };
  return { fake, options, context, controller, create, foreign, warnings };
}

describe('onAttempt', () => {
  it('is awaited before each Create', async () => {
    const order: string[] = [];
    const { create } = setUpContext({
      hook: ({ operation, count }) => {
        if (operation !== CREATE) return;
        order.push(`Create ${count}`);
        if (count < 3) throw failure(CREATE, 'throttled', 503, 'SlowDown');
      },
    });
    const onAttempt = async (): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push('recorded');
    };
    await create({ onAttempt });
    expect(order).toEqual(['recorded', 'Create 1', 'recorded', 'Create 2', 'recorded', 'Create 3']);
  });

  for (const attempt of [1, 2]) {
    it(`that fails before attempt ${attempt} ends the copy with its error, and that one isn't sent`, async () => {
      const { fake, create } = setUpContext({
        hook: ({ operation }) => {
          if (operation === CREATE) return { after: () => Promise.reject(failure(CREATE, 'ambiguous')) };
          return undefined;
        },
      });
      // Retryable, as a checkpoint may be kept in a store too.
      const refusal = failure('headObject', 'transient', 500);
      let attempts = 0;
      const onAttempt = (): Promise<void> => (++attempts === attempt ? Promise.reject(refusal) : Promise.resolve());
      await expect(create({ onAttempt })).rejects.toBe(refusal);
      expect(fake.count(CREATE)).toBe(attempt - 1);
      expect(fake.uploads.size).toBe(0);
    });
  }

  it('during which the caller cancels is followed by no Create', async () => {
    const { fake, create, controller } = setUpContext();
    const reason = new Error('enough');
    await expect(create({ onAttempt: () => Promise.resolve(controller.abort(reason)) })).rejects.toBe(reason);
    expect(fake.count(CREATE)).toBe(0);
  });

  it('comes after the store’s time is known, also where the source is read through another store', async () => {
    const { context, create } = setUpContext({ clockAheadMs: 5 * MINUTE });
    let stampedAt = 0;
    const onAttempt = (): Promise<void> => {
      stampedAt = context.clock.now();
      return Promise.resolve();
    };
    await create({ onAttempt });
    expect(Math.abs(stampedAt - Date.now() - 5 * MINUTE)).toBeLessThan(MINUTE);
  });
});

describe('the upload of a Create of an earlier process', () => {
  it('is aborted at the end of the copy, however long that Create was tried', async () => {
    const { fake, create, foreign, warnings } = setUpContext({ clockAheadMs: 5 * MINUTE });
    foreign('of-the-first-try', 14 * MINUTE);
    foreign('of-the-last-try', MINUTE);
    foreign('older', 40 * MINUTE);
    const sinceMs = Date.now() + 5 * MINUTE - 14 * MINUTE;
    const { uploadId, sweepOrphans } = await create({ lostBefore: lostSince(sinceMs, 2) });
    await sweepOrphans();
    expect([...fake.uploads.keys()]).toEqual(['older', uploadId]);
    expect(warnings).toEqual([]);
  });

  it('is aborted where it lands while the next copy is at work', async () => {
    const { fake, create, foreign } = setUpContext();
    const { uploadId, sweepOrphans } = await create({ lostBefore: lostSince(Date.now() - MINUTE) });
    foreign('late', 0);
    await sweepOrphans();
    expect([...fake.uploads.keys()]).toEqual([uploadId]);
  });

  it('is aborted where the next copy goes on with another upload', async () => {
    const checkpoint = memoryCheckpoints();
    const stopped = openPromise();
    const { fake, options } = setUpContext({
      hook: ({ operation, count }) => {
        if (operation === CREATE && count === 1) {
          return { after: () => Promise.reject(failure(CREATE, 'ambiguous', undefined, 'ECONNRESET')) };
        }
        if (operation !== 'copyPart' || count > 4) return undefined;
        if (count === 4) stopped.resolve();
        // No answer ever arrives: to the next run it is as if this process had been killed here.
        return { after: () => new Promise<void>(() => undefined) };
      },
    });
    void copyLargeObject({ ...options, checkpoint: { ...checkpoint } }).catch(() => undefined);
    await stopped.promise;
    const result = await copyLargeObject({ ...options, checkpoint: { ...checkpoint } });
    expect(result).toMatchObject({ resumed: true, warnings: [] });
    expect(fake.uploads.size).toBe(0);
  });

  it('is aborted where the next Create fails for good', async () => {
    const { fake, create, foreign } = setUpContext({
      hook: ({ operation }) => {
        if (operation === CREATE) throw failure(CREATE, 'permanent', 403, 'AccessDenied');
      },
    });
    foreign('lost', MINUTE);
    const failures: boolean[] = [];
    const lostBefore = lostSince(Date.now() - 2 * MINUTE);
    await expect(create({ lostBefore, onFailure: (mayHaveLeft) => failures.push(mayHaveLeft) })).rejects.toMatchObject({
      statusCode: 403,
    });
    expect(fake.uploads.size).toBe(0);
    expect(failures).toEqual([false]);
  });
});

it('an upload that is resumed in this process is left alone by a copy whose Create was lost', async () => {
  const held = openPromise();
  const begun = openPromise();
  const { fake, options } = setUpContext({
    hook: async ({ operation, count, request }) => {
      if (operation === CREATE && count === 2) throw failure(CREATE, 'transient', 500, 'InternalError');
      if (operation !== 'copyPart' || request['uploadId'] !== 'upload-2') return;
      begun.resolve();
      await held.promise;
    },
  });
  const { uploadId } = await fake.store.createMultipartUpload({ bucket: 'dst', key: 'b' });
  const first = endOf(copyLargeObject({ ...options, resume: uploadId }));
  await begun.promise;
  const second = await endOf(copyLargeObject(options));
  held.resolve();
  expect(second.error).toBeUndefined();
  expect(await first).toMatchObject({ result: { uploadId, resumed: true } });
});

describe('onFailure', () => {
  const lost = () => failure(CREATE, 'ambiguous', undefined, 'ECONNRESET');
  const cases = [
    { what: 'refused', error: failure(CREATE, 'permanent', 403, 'AccessDenied'), begins: false, mayHaveLeft: false },
    {
      what: 'never sent',
      error: failure(CREATE, 'transient', undefined, 'ECONNREFUSED'),
      begins: false,
      mayHaveLeft: false,
    },
    { what: 'answered with 500', error: failure(CREATE, 'transient', 500), begins: false, mayHaveLeft: false },
    { what: 'lost and found', error: lost(), begins: true, mayHaveLeft: false },
    { what: 'lost and not found', error: lost(), begins: false, mayHaveLeft: true },
  ];
  for (const { what, error, begins, mayHaveLeft } of cases) {
    it(`is told that Create ${mayHaveLeft ? 'may have' : 'has not'} left an upload where it was ${what}`, async () => {
      const { fake, create } = setUpContext({
        hook: ({ operation }) => {
          if (operation !== CREATE) return undefined;
          if (!begins) throw error;
          return { after: () => Promise.reject(error) };
        },
      });
      const told: boolean[] = [];
      await expect(create({ onFailure: (left) => told.push(left) })).rejects.toBe(error);
      expect(told).toEqual([mayHaveLeft]);
      expect(fake.uploads.size).toBe(0);
    });
  }

  it('is told that it may have where the lost upload can’t be looked for', async () => {
    const { create } = setUpContext({
      hook: ({ operation }) => {
        if (operation === 'listMultipartUploads') throw failure(operation, 'permanent', 403, 'AccessDenied');
        if (operation === CREATE) throw failure(CREATE, 'transient', 500);
      },
    });
    const told: boolean[] = [];
    await expect(create({ onFailure: (left) => told.push(left) })).rejects.toMatchObject({ statusCode: 500 });
    expect(told).toEqual([true]);
  });
});

it('a lost upload is aborted though a copy in another store works on one of the same id', async () => {
  const other = await setUpContext().create({});
  const { fake, create } = setUpContext();
  const { uploadId } = await fake.store.createMultipartUpload({ bucket: 'dst', key: 'b' });
  expect(uploadId).toBe(other.uploadId);
  const ours = await create({ lostBefore: lostSince(Date.now() - MINUTE) });
  await ours.sweepOrphans();
  expect([...fake.uploads.keys()]).toEqual([ours.uploadId]);
});
