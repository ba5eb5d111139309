import { describe, expect, it } from 'vitest';
import {
  type CopyOptions,
  copyLargeObject,
  type CopyStore,
  type ListPartsRequest,
  type StoreOperation,
} from '../../src/index.ts';
import { failure, type FakeStoreOptions, type Hook } from './fake-store.ts';
import { completeAndDie, interrupt, memoryCheckpoints } from './memory-checkpoints.ts';
import { endOf, expectWholeCopy, setUpCopy } from './set-up-copy.ts';

const COMPLETE: StoreOperation = 'completeMultipartUpload';

function setUp(fakeOptions: FakeStoreOptions = {}, more: Partial<CopyOptions> = {}) {
  const checkpoint = memoryCheckpoints();
  return { checkpoint, ...setUpCopy(fakeOptions, { checkpoint, ...more }) };
}

/** A hook that does nothing until it is armed. */
function armable(hook: Hook): { hook: Hook; arm: () => void } {
  let armed = false;
  return {
    hook: (call) => (armed ? hook(call) : undefined),
    arm: () => {
      armed = true;
    },
  };
}

describe('a copy whose process was killed when its Complete had come through', () => {
  const stores: [string, FakeStoreOptions][] = [
    ['a plain store', {}],
    ['a store whose HEAD names the upload (OBS)', { namesUploads: true }],
    ['a store that encrypts', { encryptsWithKms: { saysSoOn: ['create', 'head'] } }],
    ['a store that dates objects from Create (AWS)', { datesFromCreate: true }],
    ['a store with a clock of its own', { clockAheadMs: -3_600_000 }],
  ];
  for (const [name, fakeOptions] of stores) {
    for (const ifExists of ['overwrite', 'fail', 'skip'] as const) {
      it(`is finished, and nothing is copied again, on ${name} with ifExists ${ifExists}`, async () => {
        const { checkpoint, fake, options } = setUp(fakeOptions, { ifExists });
        await completeAndDie(options, checkpoint);
        expect(checkpoint.texts.size).toBe(1);
        fake.calls.length = 0;
        const copy = copyLargeObject(options);
        const progress: number[] = [];
        copy.on('progress', ({ bytesCopied }) => progress.push(bytesCopied));
        const result = await copy;
        expect(result).toMatchObject({ strategy: 'multipart', resumed: true, parts: 20, warnings: [] });
        expect(result.etag).toBe(fake.objects.get('dst/b')?.etag);
        expect(fake.count('copyPart')).toBe(0);
        expect(fake.count('createMultipartUpload')).toBe(0);
        expect(progress.at(-1)).toBe(200);
        expect(checkpoint.texts.size).toBe(0);
      });
    }
  }

  it('gets the tags that Create could not carry', async () => {
    const { checkpoint, fake, options } = setUp(
      { knowsTags: true },
      { destination: { bucket: 'dst', key: 'b', tags: { project: 'film' } } },
    );
    await completeAndDie(options, checkpoint);
    const object = fake.objects.get('dst/b');
    if (object !== undefined) object.properties = {};
    await copyLargeObject(options);
    expect(fake.objects.get('dst/b')?.properties.tags).toEqual({ project: 'film' });
  });

  it('and whose tags could not be set gets them by the next run, and nothing is copied again', async () => {
    const fault = armable(({ operation, request }) => {
      const upload = fake.uploads.get(String(request['uploadId']));
      if (operation === COMPLETE && upload !== undefined) upload.properties = {};
      if (operation === 'putObjectTagging') throw failure(operation, 'permanent', 403, 'AccessDenied');
    });
    let isBroken = true;
    const { checkpoint, fake, options } = setUp(
      { knowsTags: true, hook: (call) => (isBroken ? fault.hook(call) : undefined) },
      { destination: { bucket: 'dst', key: 'b', tags: { project: 'film' } } },
    );
    fault.arm();
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({
      code: 'ERR_COPY',
      message: expect.stringContaining('tags could not be set') as string,
    });
    isBroken = false;
    fake.calls.length = 0;
    expect(await copyLargeObject(options)).toMatchObject({ resumed: true });
    expect(fake.count('copyPart')).toBe(0);
    expect(fake.objects.get('dst/b')?.properties.tags).toEqual({ project: 'film' });
    expect(checkpoint.texts.size).toBe(0);
  });

  it('is copied again where somebody has replaced the object since', async () => {
    const { checkpoint, fake, options } = setUp();
    await completeAndDie(options, checkpoint);
    fake.put('dst/b', 200);
    const result = await copyLargeObject(options);
    expect(result).toMatchObject({ resumed: false, warnings: [{ code: 'CHECKPOINT_DISCARDED' }] });
    expectWholeCopy(fake);
  });

  it('is copied again where other properties are asked for now', async () => {
    const { checkpoint, fake, options } = setUp();
    await completeAndDie(options, checkpoint);
    await copyLargeObject({ ...options, destination: { ...options.destination, contentType: 'a/b' } });
    expect(fake.objects.get('dst/b')?.properties.contentType).toBe('a/b');
  });
});

/** Ends as if the process had died right before Complete was sent, with that recorded. */
async function dieBeforeComplete(options: CopyOptions): Promise<void> {
  const store: CopyStore = {
    ...options.store,
    completeMultipartUpload: () => Promise.reject(failure(COMPLETE, 'permanent', 403, 'AccessDenied')),
  };
  await expect(copyLargeObject({ ...options, store, onFailure: 'keep' })).rejects.toMatchObject({
    name: 'CompleteFailedError',
  });
}

describe('a copy whose process was killed before its Complete was sent', () => {
  it('takes nothing for its own that somebody wrote long after, where ETags can’t be predicted', async () => {
    const { checkpoint, fake, options } = setUp({ encryptsWithKms: { saysSoOn: ['create', 'head'] } });
    await dieBeforeComplete(options);
    for (const [id, text] of checkpoint.texts) {
      const document = JSON.parse(text) as { createdAt: string; completing: { at: string } };
      document.createdAt = new Date(Date.now() - 3 * 86_400_000).toISOString();
      document.completing.at = new Date(Date.now() - 2 * 86_400_000).toISOString();
      checkpoint.texts.set(id, JSON.stringify(document));
    }
    fake.uploads.clear();
    fake.put('dst/b', 200);
    const foreign = fake.objects.get('dst/b');
    if (foreign !== undefined) Object.assign(foreign, { etag: `${'e'.repeat(32)}-20`, lastModified: new Date() });
    const result = await copyLargeObject(options);
    expect(result).toMatchObject({ resumed: false });
    expectWholeCopy(fake);
  });

  it('is failed, not unknown, where a refusal is the first that it hears of Complete', async () => {
    const fault = armable(({ operation }) => {
      if (operation === COMPLETE) throw failure(COMPLETE, 'permanent', 403, 'AccessDenied');
    });
    const { options } = setUp({ hook: fault.hook });
    await interrupt(options);
    fault.arm();
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({ name: 'CompleteFailedError', outcome: 'failed' });
    expect(error).not.toHaveProperty('destinationWritten');
  });
});

it('a refusal that has nothing to do with the checksum throws no kept part away', async () => {
  let isDisabled = true;
  const { fake, options } = setUp({
    hook: ({ operation, request }) => {
      if (isDisabled && operation === 'copyPart' && request['partNumber'] === 19)
        throw failure(operation, 'permanent', 400, 'KMS.DisabledException');
    },
  });
  const store: CopyStore = {
    ...fake.store,
    headObject: async (request) => {
      const head = await fake.store.headObject(request);
      return request.bucket === 'src' ? { ...head, checksums: { CRC64NVME: 'AAAAAAAAAAA=' } } : head;
    },
  };
  await endOf(copyLargeObject({ ...options, store, concurrency: 1 }));
  await endOf(copyLargeObject({ ...options, store, concurrency: 1 }));
  isDisabled = false;
  fake.calls.length = 0;
  const result = await copyLargeObject({ ...options, store });
  expect(result).toMatchObject({ resumed: true, warnings: [] });
  expect(fake.count('copyPart')).toBe(2);
});

describe('uploads of Creates that a killed run never heard of', () => {
  /** Leaves an upload whose Create was never answered, and a checkpoint that tells of it. */
  async function dieInCreate(options: CopyOptions): Promise<void> {
    const copy = copyLargeObject({
      ...options,
      store: {
        ...options.store,
        createMultipartUpload: async (request) => {
          await options.store.createMultipartUpload(request);
          throw failure('createMultipartUpload', 'permanent', undefined, 'Killed');
        },
      },
      checkpoint: { ...memoryCheckpoints(), ...options.checkpoint, delete: () => Promise.resolve() },
    });
    await endOf(copy);
  }

  for (const ifExists of ['skip', 'fail'] as const) {
    it(`are looked for also where the copy isn’t made, with ifExists ${ifExists}`, async () => {
      const { fake, options } = setUp({}, { ifExists });
      await dieInCreate(options);
      expect(fake.uploads.size).toBe(1);
      fake.put('dst/b', 7);
      await endOf(copyLargeObject(options));
      expect(fake.uploads.size).toBe(0);
    });
  }

  it('are looked for at the end, when another program’s upload has its parts', async () => {
    const { fake, options } = setUp();
    await dieInCreate(options);
    const [lost] = [...fake.uploads.keys()];
    const copy = copyLargeObject(options);
    let leftAtFirstPart: string[] = [];
    copy.once('part', () => {
      leftAtFirstPart = [...fake.uploads.keys()];
    });
    await copy;
    expect(leftAtFirstPart).toContain(lost);
    expect(fake.uploads.size).toBe(0);
  });
});

describe('a resumed copy over an equal older object with other properties', () => {
  const refusals = [
    failure(COMPLETE, 'permanent', 403, 'AccessDenied'),
    failure(COMPLETE, 'transient', 500, 'InternalError'),
    failure(COMPLETE, 'ambiguous', undefined, 'ECONNRESET'),
  ];
  for (const error of refusals) {
    for (const times of [1, 100]) {
      it(`is not done by a Complete that failed ${times} times with ${error.vendorCode}`, async () => {
        let completes = 0;
        const fault = armable(({ operation }) => {
          if (operation === COMPLETE && completes++ < times) throw error;
        });
        const { checkpoint, fake, options } = setUp({ hook: fault.hook });
        await copyLargeObject({ ...options, checkpoint: undefined });
        const older = fake.objects.get('dst/b');
        const wanted: CopyOptions = {
          ...options,
          destination: { bucket: 'dst', key: 'b', contentType: 'new/type' },
          retry: { maxAttempts: 3, minDelayMs: 1, maxDelayMs: 2 },
        };
        await interrupt(wanted);
        fault.arm();
        const { result } = await endOf(copyLargeObject(wanted));
        if (times === 1 && error.retryable) {
          expect(result).toMatchObject({ resumed: true });
          expect(fake.objects.get('dst/b')?.properties.contentType).toBe('new/type');
          expect(fake.uploads.size).toBe(0);
        } else {
          expect(result).toBeUndefined();
          expect(fake.objects.get('dst/b')).toBe(older);
          expect([fake.uploads.size, checkpoint.texts.size]).toEqual([1, 1]);
        }
      });
    }
  }
});

describe('a copy that is skipped', () => {
  it('as an object came between two runs, leaves neither upload nor checkpoint', async () => {
    const { checkpoint, fake, options } = setUp({}, { ifExists: 'skip' });
    await interrupt(options);
    fake.put('dst/b', 7);
    expect(await copyLargeObject(options)).toMatchObject({
      strategy: 'skipped',
      warnings: [{ code: 'DESTINATION_DIFFERS' }],
    });
    expect([fake.uploads.size, checkpoint.texts.size]).toEqual([0, 0]);
  });

  for (const onFailure of ['keep', 'abort'] as const) {
    it(`as an object came during the copy, leaves neither upload nor checkpoint (onFailure ${onFailure})`, async () => {
      const { checkpoint, fake, options } = setUp(
        {
          hook: ({ operation }) => {
            if (operation !== COMPLETE) return;
            fake.put('dst/b', 7);
          },
        },
        { ifExists: 'skip', onFailure },
      );
      expect(await copyLargeObject(options)).toMatchObject({ strategy: 'skipped', size: 7 });
      expect([fake.uploads.size, checkpoint.texts.size]).toEqual([0, 0]);
    });
  }

  it('and whose upload can’t be aborted, tells of it and keeps the checkpoint', async () => {
    const { checkpoint, fake, options } = setUp(
      {
        hook: ({ operation }) => {
          if (operation === 'abortMultipartUpload') throw failure(operation, 'permanent', 403, 'AccessDenied');
        },
      },
      { ifExists: 'skip' },
    );
    await interrupt(options);
    fake.put('dst/b', 7);
    expect(await copyLargeObject(options)).toMatchObject({
      warnings: [{ code: 'UPLOAD_LEFT' }, { code: 'DESTINATION_DIFFERS' }],
    });
    expect([fake.uploads.size, checkpoint.texts.size]).toEqual([1, 1]);
  });
});

it('a copy that must not overwrite names the upload of the earlier run, and keeps it', async () => {
  const { checkpoint, fake, options } = setUp({}, { ifExists: 'fail' });
  await interrupt(options);
  const [uploadId] = [...fake.uploads.keys()];
  fake.put('dst/b', 7);
  const { error } = await endOf(copyLargeObject(options));
  expect(error).toMatchObject({ name: 'DestinationExistsError', uploadId });
  expect([fake.uploads.size, checkpoint.texts.size]).toEqual([1, 1]);
});

it('a source that changes during the copy leaves neither upload nor checkpoint, as no resume could use them', async () => {
  const { checkpoint, fake, options } = setUp({
    obeysSourceIfMatch: false,
    hook: ({ operation, count }) => {
      if (operation === 'copyPart' && count === 9) fake.put('src/a', 200);
    },
  });
  const { error } = await endOf(copyLargeObject(options));
  expect(error).toMatchObject({ name: 'SourceChangedError' });
  expect([fake.uploads.size, checkpoint.texts.size]).toEqual([0, 0]);
});

it('a Create that is refused leaves no checkpoint, so that a later run takes nobody’s upload for its own', async () => {
  const fault = armable(({ operation }) => {
    if (operation === 'createMultipartUpload') throw failure(operation, 'permanent', 403, 'AccessDenied');
  });
  const { checkpoint, fake, options } = setUp({ hook: fault.hook });
  fault.arm();
  await endOf(copyLargeObject(options));
  expect([fake.uploads.size, checkpoint.texts.size]).toEqual([0, 0]);
});

describe('an upload that is gone', () => {
  /** Lists no parts, rather than no upload, for one that is gone. */
  function listsNothing(store: CopyStore, more: Partial<CopyStore> = {}): CopyStore {
    const listParts = (request: ListPartsRequest) =>
      store.listParts(request).catch(() => ({ parts: [], nextPartNumberMarker: undefined }));
    return { ...store, ...more, listParts };
  }

  it('is noticed on a store that lists nothing for it', async () => {
    const { fake, options } = setUp();
    await interrupt(options);
    fake.uploads.clear();
    const result = await copyLargeObject({ ...options, store: listsNothing(fake.store) });
    expect(result).toMatchObject({ resumed: false, warnings: [{ code: 'CHECKPOINT_DISCARDED' }] });
    expectWholeCopy(fake);
  });

  it('is noticed at the first part where nothing can be listed', async () => {
    const { checkpoint, fake, options } = setUp();
    await interrupt(options);
    fake.uploads.clear();
    const listMultipartUploads = () =>
      Promise.reject(failure('listMultipartUploads', 'permanent', 403, 'AccessDenied'));
    const store = listsNothing(fake.store, { listMultipartUploads });
    const result = await copyLargeObject({ ...options, store });
    expect(result).toMatchObject({ resumed: false, warnings: [{ code: 'CHECKPOINT_DISCARDED' }] });
    expectWholeCopy(fake);
    expect(checkpoint.texts.size).toBe(0);
  });

  it('is not believed of a proxy that has lost its way: nothing is thrown away', async () => {
    const fault = armable(({ operation }) => {
      if (operation === 'listParts' || operation === 'abortMultipartUpload') throw failure(operation, 'permanent', 404);
    });
    const { checkpoint, fake, options } = setUp({ hook: fault.hook });
    await interrupt(options);
    fault.arm();
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({ statusCode: 404 });
    expect([fake.uploads.size, checkpoint.texts.size]).toEqual([1, 1]);
  });
});

it('parts that can’t be listed are copied again, into the same upload', async () => {
  const fault = armable(({ operation }) => {
    if (operation === 'listParts') throw failure(operation, 'permanent', 403, 'AccessDenied');
  });
  const { fake, options } = setUp({ hook: fault.hook });
  await interrupt(options);
  fault.arm();
  const result = await copyLargeObject(options);
  expect(result).toMatchObject({ resumed: true, warnings: [{ code: 'PARTS_NOT_KEPT' }] });
  expect(fake.count('createMultipartUpload')).toBe(1);
  expectWholeCopy(fake);
});

it('a part of the killed run that lands late, in a store that encrypts, does no harm', async () => {
  const { fake, options } = setUp({ encryptsWithKms: { saysSoOn: ['create', 'head'] } });
  await interrupt(options);
  const copy = copyLargeObject(options);
  let uploadId = '';
  copy.on('upload', (upload) => {
    ({ uploadId } = upload);
  });
  copy.once('part', ({ partNumber, start, end }) => {
    const source = { bucket: 'src', key: 'a' };
    void fake.store.copyPart({ bucket: 'dst', key: 'b', uploadId, partNumber, source, start, end });
  });
  expect(await copy).toMatchObject({ resumed: true, verified: 'size' });
  expectWholeCopy(fake);
});

describe('the source’s checksum', () => {
  const withChecksums = (store: CopyStore, completed: string): CopyStore => ({
    ...store,
    headObject: async (request) => {
      const head = await store.headObject(request);
      return request.bucket === 'src'
        ? { ...head, checksums: { CRC64NVME: 'AAAAAAAAAAA=' }, checksumType: 'FULL_OBJECT' }
        : head;
    },
    completeMultipartUpload: async (request) => ({
      ...(await store.completeMultipartUpload(request)),
      checksums: { CRC64NVME: completed },
    }),
  });

  for (const by of ['checkpoint', 'upload id'] as const) {
    it(`is compared in a copy resumed by ${by}, too`, async () => {
      const { fake, options } = setUpCopy();
      const checkpoint = memoryCheckpoints();
      const store = withChecksums(fake.store, 'BBBBBBBBBBB=');
      await interrupt(by === 'checkpoint' ? { ...options, store, checkpoint } : { ...options, store });
      const [resume] = [...fake.uploads.keys()];
      const more = by === 'checkpoint' ? { checkpoint } : { resume };
      const { error } = await endOf(copyLargeObject({ ...options, store, ...more }));
      expect(error).toMatchObject({ name: 'VerificationError', actual: 'BBBBBBBBBBB=' });
    });
  }

  it('that a store takes on Create and refuses on parts (MinIO) is done without in a resumed copy, too', async () => {
    const { checkpoint, fake, options } = setUp();
    let asked = false;
    const refusing: CopyStore = {
      ...withChecksums(fake.store, 'AAAAAAAAAAA='),
      createMultipartUpload: (request) => {
        asked = request.checksumAlgorithm !== undefined;
        return fake.store.createMultipartUpload(request);
      },
      copyPart: (request) =>
        asked ? Promise.reject(failure('copyPart', 'permanent', 400, 'InvalidArgument')) : fake.store.copyPart(request),
    };
    // Killed right after Create.
    const killed = copyLargeObject({ ...options, store: refusing, onFailure: 'keep' });
    killed.once('upload', () => killed.abort(new Error('killed')));
    await endOf(killed);
    expect([fake.uploads.size, checkpoint.texts.size]).toEqual([1, 1]);
    const result = await copyLargeObject({ ...options, store: refusing });
    expect(result.warnings.map(({ code }) => code)).toEqual(['CHECKSUM_NOT_PRESERVED']);
    expect([fake.uploads.size, checkpoint.texts.size]).toEqual([0, 0]);
    expectWholeCopy(fake);
  });
});

describe('an upload id of which nothing else is known', () => {
  it('whose parts have unequal sizes, with some missing, ends in the right bytes', async () => {
    const { fake, options } = setUpCopy({}, {}, 45);
    const { uploadId } = await fake.store.createMultipartUpload({ bucket: 'dst', key: 'b' });
    let start = 0;
    for (const [index, size] of [10, 5, 10, 10, 10].entries()) {
      const end = start + size - 1;
      const part = { bucket: 'dst', key: 'b', uploadId, partNumber: index + 1, source: { bucket: 'src', key: 'a' } };
      if (index !== 1 && index !== 4) await fake.store.copyPart({ ...part, start, end });
      start = end + 1;
    }
    const { result, error } = await endOf(copyLargeObject({ ...options, partSize: 'auto', resume: uploadId }));
    if (result === undefined) expect(String(error)).toContain('name the partSize');
    else expectWholeCopy(fake, 45);
  });

  it('that was begun before the source was written last keeps none of its parts', async () => {
    const { fake, options } = setUpCopy();
    await interrupt(options);
    const [resume] = [...fake.uploads.keys()];
    fake.put('src/a', 200);
    const source = fake.objects.get('src/a');
    if (source !== undefined) source.lastModified = new Date();
    fake.calls.length = 0;
    const result = await copyLargeObject({ ...options, resume });
    expect(result).toMatchObject({ resumed: true, warnings: [{ code: 'PARTS_NOT_KEPT' }] });
    expect(fake.count('copyPart')).toBe(20);
  });

  it('that was begun with other properties than are asked for now tells of them', async () => {
    const { fake, options } = setUpCopy();
    await interrupt(options);
    const [resume] = [...fake.uploads.keys()];
    const destination = { ...options.destination, contentType: 'video/mp4', metadata: { reel: '7' } };
    const result = await copyLargeObject({ ...options, destination, resume });
    expect(result.warnings).toMatchObject([{ code: 'PROPERTIES_DIFFER' }]);
    expect(result.warnings[0]?.message).toContain('contentType, metadata');
  });
});
