import { on, once } from 'node:events';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  copyLargeObject,
  type CopyProgress,
  type CopyResult,
  isCopyError,
  isStoreError,
  type PartFailedError,
  type StoreError,
  type WarningCode,
} from '../../src/index.ts';
import { failure } from './fake-store.ts';
import { memoryCheckpoints } from './memory-checkpoints.ts';
import { endOf, openPromise, setUpCopy } from './set-up-copy.ts';

const refusesPart = (partNumber: number) => ({
  hook: ({ operation, request }: { operation: string; request: Record<string, unknown> }) => {
    if (operation === 'copyPart' && request['partNumber'] === partNumber) throw failure('copyPart', 'permanent', 403);
  },
});

describe('for await over a copy', () => {
  it('gives progress from 0 to 100 %, and ends with the copy', async () => {
    const { options } = setUpCopy();
    const copy = copyLargeObject(options);
    const seen: CopyProgress[] = [];
    for await (const progress of copy) seen.push(progress);
    expect(seen[0]?.bytesCopied).toBe(0);
    expect(seen.at(-1)).toMatchObject({ phase: 'done', bytesCopied: 200 });
    expect(copy.listenerCount('progress')).toBe(0);
  });

  it('throws what the copy fails with', async () => {
    const { options } = setUpCopy(refusesPart(20));
    const copy = copyLargeObject(options);
    const read = async (): Promise<void> => {
      for await (const _ of copy);
    };
    await expect(read()).rejects.toMatchObject({ code: 'ERR_COPY_PART_FAILED', partNumber: 20 });
  });

  it('leaves the copy running if the loop is left', async () => {
    const { options } = setUpCopy();
    const copy = copyLargeObject(options);
    for await (const _ of copy) break;
    expect(copy.listenerCount('progress')).toBe(0);
    expect((await copy).size).toBe(200);
  });

  it('ends at once after the copy has ended', async () => {
    const { options } = setUpCopy();
    const copy = copyLargeObject(options);
    await copy;
    const seen: CopyProgress[] = [];
    for await (const progress of copy) seen.push(progress);
    expect(seen).toEqual([]);
  });
});

describe('the end of a block that uses a copy', () => {
  it('cancels a copy that still runs, and waits until its upload is aborted', async () => {
    const { promise: begun, resolve } = openPromise();
    const { fake, options } = setUpCopy({
      hook: async ({ operation, count }) => {
        if (operation !== 'copyPart' || count < 3) return;
        resolve();
        await new Promise((later) => {
          setImmediate(later);
        });
      },
    });
    const copy = copyLargeObject(options);
    await begun;
    await copy[Symbol.asyncDispose]();
    expect(copy.progress).toMatchObject({ phase: 'cancelled', etaMs: undefined, partsInFlight: 0 });
    expect(fake.uploads.size).toBe(0);
    expect(fake.objects.has('dst/b')).toBe(false);
  });

  it('changes nothing about a copy that has ended', async () => {
    const { options } = setUpCopy();
    const copy = copyLargeObject(options);
    const result = await copy;
    await copy[Symbol.asyncDispose]();
    expect(await copy).toBe(result);
    expect(copy.progress.phase).toBe('done');
  });
});

describe('once and on of node:events', () => {
  it('wait for an event', async () => {
    const copy = copyLargeObject(setUpCopy().options);
    const [plan] = (await once(copy, 'plan')) as [{ size: number }];
    expect(plan.size).toBe(200);
    await copy;
    expect(copy.eventNames()).toEqual([]);
  });

  it('go over all events of a name', async () => {
    const copy = copyLargeObject(setUpCopy().options);
    const parts: unknown[] = [];
    for await (const [part] of on(copy, 'part', { close: ['complete'] })) parts.push(part);
    expect(parts).toHaveLength(20);
  });

  it('reject with what the copy fails with', async () => {
    const { fake, options } = setUpCopy();
    fake.objects.clear();
    const failure = { code: 'ERR_COPY_SOURCE_NOT_FOUND' };
    await expect(once(copyLargeObject(options), 'plan')).rejects.toMatchObject(failure);
    const read = async (): Promise<void> => {
      for await (const _ of on(copyLargeObject(options), 'progress'));
    };
    await expect(read()).rejects.toMatchObject(failure);
  });

  it('call a listener first that is put before the others, and as often as it asks for', async () => {
    const copy = copyLargeObject(setUpCopy().options);
    const called: string[] = [];
    copy.on('part', () => called.push('usual'));
    copy.prependOnceListener('part', () => called.push('once'));
    copy.prependListener('part', () => called.push('first'));
    await copy;
    expect(called.slice(0, 5)).toEqual(['first', 'once', 'usual', 'first', 'usual']);
    expect([copy.getMaxListeners(), copy.setMaxListeners(1)]).toEqual([0, copy]);
    expect(copy.rawListeners('part')).toHaveLength(2);
  });
});

describe('types of a copy', () => {
  it('is a promise of its result', async () => {
    const copy: Promise<CopyResult> = copyLargeObject(setUpCopy().options);
    expect(Object.prototype.toString.call(copy)).toBe('[object CopyTask]');
    expect((await copy).size).toBe(200);
  });

  it('tells errors apart by their code', async () => {
    const { error } = await endOf(copyLargeObject(setUpCopy(refusesPart(1)).options));
    if (!isCopyError(error) || error.code !== 'ERR_COPY_PART_FAILED') throw error;
    expectTypeOf(error).toEqualTypeOf<PartFailedError>();
    expect(error.partNumber).toBe(1);
    if (!isStoreError(error.cause)) throw error;
    expectTypeOf(error.cause).toEqualTypeOf<StoreError>();
    expect(error.cause.statusCode).toBe(403);
  });

  it('lists the codes of warnings', () => {
    expectTypeOf<'TAGS_NOT_PRESERVED'>().toExtend<WarningCode>();
    expectTypeOf<WarningCode>().not.toEqualTypeOf<string>();
  });
});

describe('a copy that failed', () => {
  it('says so in its progress, and has no time left', async () => {
    const copy = copyLargeObject(setUpCopy(refusesPart(20)).options);
    await endOf(copy);
    expect(copy.progress).toMatchObject({ phase: 'failed', etaMs: undefined, partsInFlight: 0 });
  });
});

describe('a caller is warned', () => {
  it('of a checkpoint store without a lock', async () => {
    const { lock: _, ...checkpoint } = memoryCheckpoints();
    const { warnings } = await copyLargeObject({ ...setUpCopy().options, checkpoint });
    expect(warnings.map(({ code }) => code)).toEqual(['CHECKPOINT_UNLOCKED']);
  });

  it.each([
    [14, ['DESTINATION_DIFFERS']],
    [200, []],
  ])("by 'skip' of %d bytes that stand in place of 200: %j", async (size, codes) => {
    const { fake, options } = setUpCopy({}, { ifExists: 'skip' });
    fake.put('dst/b', size);
    const { strategy, warnings } = await copyLargeObject(options);
    expect(strategy).toBe('skipped');
    expect(warnings.map(({ code }) => code)).toEqual(codes);
  });

  it.each(['x-amz-meta-title', 'X-Obs-Meta-Title'])('of metadata called %s, before anything happens', (name) => {
    const { options } = setUpCopy();
    const destination = { ...options.destination, metadata: { [name]: 'Film' } };
    expect(() => copyLargeObject({ ...options, destination })).toThrow(
      /has the name '.*': leave the prefix out, 'title'/i,
    );
  });
});
