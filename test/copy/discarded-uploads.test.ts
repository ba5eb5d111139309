import { describe, expect, it } from 'vitest';
import { copyLargeObject, type StoreOperation } from '../../src/index.ts';
import { EMPTY_ANSWER } from '../../src/store/classify-failure.ts';
import { failure, type FakeStoreOptions, type Hook } from './fake-store.ts';
import { interrupt, memoryCheckpoints } from './memory-checkpoints.ts';
import { endOf, expectWholeCopy, setUpCopy } from './set-up-copy.ts';

/**
 * A run was killed while the store was still copying a part for it. The source was replaced since, so the next run has no use for its
 * upload. `land` lets the part land: the store brings the upload back for it.
 */
async function setUpKilled(hook?: Hook, fakeOptions: FakeStoreOptions = {}) {
  const checkpoint = memoryCheckpoints();
  const { fake, options } = setUpCopy({ ...fakeOptions, hook: (call) => hook?.(call) }, { checkpoint });
  await interrupt(options);
  const [killed = ''] = fake.uploads.keys();
  const upload = fake.uploads.get(killed);
  fake.put('src/a', 200);
  fake.calls.length = 0;
  const land = (): void => {
    expect(fake.uploads.has(killed)).toBe(false);
    if (upload !== undefined) fake.uploads.set(killed, upload);
  };
  return { fake, options, checkpoint, land, killed };
}

describe('a part of a killed run that lands after the next one has aborted its upload', () => {
  const moments: readonly StoreOperation[] = ['createMultipartUpload', 'copyPart', 'completeMultipartUpload'];
  it.each(moments)('leaves no upload if it lands before the copy has ended (%s)', async (moment) => {
    let land = (): void => undefined;
    const killed = await setUpKilled(({ operation, count }) =>
      operation === moment && count === 1 ? land() : undefined,
    );
    land = killed.land;
    const result = await copyLargeObject(killed.options);
    expect(result.warnings.map(({ code }) => code)).toEqual(['CHECKPOINT_DISCARDED']);
    expect([...killed.fake.uploads]).toEqual([]);
    expectWholeCopy(killed.fake);
  });

  it('leaves no upload but the one that is kept if the copy fails', async () => {
    let land = (): void => undefined;
    const {
      fake,
      options,
      land: landed,
    } = await setUpKilled(({ operation, count }) => {
      if (operation !== 'copyPart' || count !== 6) return;
      land();
      throw failure(operation, 'permanent', 403, 'AccessDenied');
    });
    land = landed;
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({ name: 'PartFailedError' });
    expect([...fake.uploads.keys()]).toEqual([(error as { uploadId?: string }).uploadId]);
  });

  it.each(['resumes', 'discards'])(
    'leaves no upload if it lands when that run was killed, too, and a third one %s',
    async (how) => {
      const { fake, options, checkpoint, land, killed } = await setUpKilled();
      const texts = new Map<string, string>();
      const copy = copyLargeObject({ ...options, onFailure: 'keep' });
      copy.once('part', () => {
        // What a process that is killed now leaves behind.
        for (const [id, text] of checkpoint.texts) texts.set(id, text);
        copy.abort('killed');
      });
      await endOf(copy);
      for (const [id, text] of texts) checkpoint.texts.set(id, text);
      land();
      if (how === 'discards') fake.put('src/a', 200);
      const result = await copyLargeObject(options);
      expect(result.resumed).toBe(how === 'resumes');
      expect([...fake.uploads.keys()]).not.toContain(killed);
      expect(fake.uploads.size).toBe(0);
      expect(checkpoint.texts.size).toBe(0);
    },
  );

  it('costs a copy one look', async () => {
    const { fake, options } = await setUpKilled();
    await copyLargeObject(options);
    expect(fake.count('abortMultipartUpload')).toBe(1);
    // Right after the abort, and at the end.
    expect(fake.count('listParts')).toBe(2);
  });

  it('is left to the process that has taken over if the lock is lost', async () => {
    let lose = (): void => undefined;
    const { fake, options, checkpoint, land, killed } = await setUpKilled(({ operation, count }) => {
      if (operation === 'copyPart' && count === 6) lose();
    });
    const lock = (_id: string, onLost?: () => void): Promise<() => Promise<void>> => {
      lose = () => {
        land();
        onLost?.();
      };
      return Promise.resolve(() => Promise.resolve());
    };
    const { error } = await endOf(copyLargeObject({ ...options, checkpoint: { ...checkpoint, lock } }));
    expect(error).toMatchObject({ name: 'CheckpointError' });
    expect([...fake.uploads.keys()]).toContain(killed);
    lose = () => undefined;
    await copyLargeObject(options);
    expect(fake.uploads.size).toBe(0);
  });
});

it('a duplicate of a part that lands when the copy has begun anew after a conflict leaves no upload', async () => {
  let kept: (typeof fake.uploads extends Map<string, infer Upload> ? Upload : never) | undefined;
  const { fake, options } = setUpCopy(
    {
      hook: ({ operation, count }) => {
        if (operation === 'completeMultipartUpload' && count === 1) {
          kept = fake.uploads.get('upload-2');
          throw failure(operation, 'permanent', 409, 'ConditionalRequestConflict');
        }
        if (operation === 'createMultipartUpload' && count === 2 && kept !== undefined)
          fake.uploads.set('upload-2', kept);
      },
    },
    { checkpoint: memoryCheckpoints() },
  );
  await copyLargeObject(options);
  expect(kept?.parts.size).toBe(20);
  expect(fake.uploads.size).toBe(0);
  expectWholeCopy(fake);
});

describe('a CopyObject that is answered for nothing, twice', () => {
  function setUpUnanswered(found: number) {
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation }) => {
          if (operation !== 'copyObject') return;
          fake.put('dst/b', found);
          const object = fake.objects.get('dst/b');
          if (object !== undefined) object.lastModified = new Date();
          throw failure(operation, 'ambiguous', 200, EMPTY_ANSWER);
        },
      },
      { multipartThreshold: 500 },
    );
    return { fake, options };
  }

  it('is not said to have made the object that somebody else wrote meanwhile', async () => {
    const { fake, options } = setUpUnanswered(22);
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({ name: 'StoreError', vendorCode: EMPTY_ANSWER });
    expect(error).not.toHaveProperty('destinationWritten');
    expect(fake.count('copyObject')).toBe(2);
  });

  it('is taken for the upload of nothing if an empty object stands there', async () => {
    const { fake, options } = setUpUnanswered(0);
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({ name: 'VerificationError', expected: 200, actual: 0, destinationWritten: true });
    expect(fake.count('copyObject')).toBe(2);
  });
});
