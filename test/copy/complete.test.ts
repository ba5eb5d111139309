import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  CompleteFailedError,
  type CopyOptions,
  copyLargeObject,
  DestinationExistsError,
  type StoreOperation,
  VerificationError,
} from '../../src/index.ts';
import { failure, fakeStore, type FakeStoreOptions, type Hook } from './fake-store.ts';
import { endOf, expectWholeCopy, openPromise, setUpCopy } from './set-up-copy.ts';

const COMPLETE: StoreOperation = 'completeMultipartUpload';
const lost = (kind: 'ambiguous' | 'transient' | 'throttled' = 'ambiguous', status?: number, code = 'ECONNRESET') =>
  failure(COMPLETE, kind, status, code);

/** Throws after (or before) the store did the work of the first Completes. */
function loseAnswers(when: 'before' | 'after', error = lost(), times = 1): Hook {
  return ({ operation, count }) => {
    if (operation !== COMPLETE || count > times) return undefined;
    if (when === 'before') throw error;
    return {
      after: () => {
        throw error;
      },
    };
  };
}

afterEach(() => {
  vi.useRealTimers();
});

/** While the parts are copied, a minute passes on every clock. */
const letAMinutePass: Hook = ({ operation, count }) => {
  if (operation !== 'copyPart' || count !== 20) return;
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
};

function finishByHand(fake: ReturnType<typeof fakeStore>): void {
  const [id, upload] = [...fake.uploads][0] ?? [];
  if (id === undefined || upload === undefined) throw new Error('there is no upload');
  const parts = [...upload.parts].toSorted(([a], [b]) => a - b).map(([, part]) => part);
  fake.objects.set('dst/b', {
    size: parts.reduce((sum, part) => sum + part.size, 0),
    etag: fake.etagOf(parts.map((part) => part.etag)),
    lastModified: new Date(),
    properties: {},
    ranges: parts.map((part) => part.range),
    uploadId: id,
  });
  fake.uploads.delete(id);
}

describe('a Complete whose answer is lost', () => {
  const stores: [string, FakeStoreOptions][] = [
    ['a plain store', {}],
    ['a store whose HEAD names the upload (OBS)', { namesUploads: true }],
    ['a store that answers Complete without an ETag (Ceph)', { completesLikeCeph: true }],
    ['a store whose clock is ahead', { clockAheadMs: 3_600_000 }],
    ['a store whose clock is behind', { clockAheadMs: -3_600_000 }],
    ['a store that says no time, with a clock behind ours', { clockAheadMs: -3_600_000, hideServerTime: true }],
    ['a store that dates objects from Create (AWS)', { datesFromCreate: true }],
    ['a store that encrypts without being asked', { encryptsWithKms: { saysSoOn: ['create'] } }],
  ];
  for (const [name, fakeOptions] of stores) {
    for (const when of ['before', 'after'] as const) {
      for (const error of [lost(), lost('transient', 500, 'InternalError'), lost('throttled', 503, 'SlowDown')]) {
        it(`${when} the work, by ${error.vendorCode ?? ''}, ends in a whole copy on ${name}`, async () => {
          const { fake, options } = setUpCopy({ ...fakeOptions, hook: loseAnswers(when, error) });
          const { result, error: caught } = await endOf(copyLargeObject(options));
          expect(caught).toBeUndefined();
          expect(result?.etag).toBe(fake.objects.get('dst/b')?.etag);
          expectWholeCopy(fake);
          expect(fake.uploads.size).toBe(0);
        });
      }
    }
  }

  it('ends in a whole copy on AWS also when the parts took longer than any tolerance', async () => {
    const { options } = setUpCopy({
      datesFromCreate: true,
      hook: (call) => {
        void letAMinutePass(call);
        return loseAnswers('after')(call);
      },
    });
    const { result, error } = await endOf(copyLargeObject(options));
    expect(error).toBeUndefined();
    expect(result?.verified).toBe('etag');
  });

  it('does not take an older object of the same size for its own', async () => {
    const { fake, options } = setUpCopy({
      hook: ({ operation }) => {
        if (operation !== COMPLETE) return;
        fake.uploads.clear();
        throw lost();
      },
    });
    fake.put('dst/b', 200);
    const before = fake.objects.get('dst/b');
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toBeInstanceOf(CompleteFailedError);
    expect(error).toMatchObject({ outcome: 'unknown' });
    expect(fake.objects.get('dst/b')).toBe(before);
  });

  for (const [name, fakeOptions] of [
    ['encrypts', { encryptsWithKms: { saysSoOn: ['create', 'head'] } }],
    ['encrypts and completes dead uploads', { encryptsWithKms: { saysSoOn: ['create'] }, completesLikeCeph: true }],
  ] as const satisfies readonly (readonly [string, FakeStoreOptions])[]) {
    it(`does not take an object written just before it for its own where the store ${name}`, async () => {
      const { fake, options } = setUpCopy({
        ...fakeOptions,
        hook: ({ operation, count }) => {
          if (operation !== COMPLETE) return;
          fake.uploads.clear();
          if (count === 1) throw lost();
        },
      });
      fake.put('dst/b', 200);
      const before = fake.objects.get('dst/b');
      if (before !== undefined) before.lastModified = new Date();
      const { error } = await endOf(copyLargeObject(options));
      expect(error).toBeInstanceOf(CompleteFailedError);
      expect(fake.objects.get('dst/b')).toBe(before);
    });
  }

  it('trusts the upload id that HEAD names more than the ETag', async () => {
    const { fake, options } = setUpCopy({
      namesUploads: true,
      hook: ({ operation }) => {
        if (operation !== COMPLETE) return;
        finishByHand(fake);
        const object = fake.objects.get('dst/b');
        if (object !== undefined) object.uploadId = 'another';
        throw lost();
      },
    });
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({ name: 'CompleteFailedError', outcome: 'unknown' });
  });

  for (const [operation, status] of [
    ['headObject', 500],
    ['listParts', 403],
    ['listParts', 500],
    // As a proxy does: it doesn't say that there is no such upload.
    ['listParts', 404],
  ] as const) {
    it(`is unknown, and aborts nothing, where ${operation} answers ${status} after it`, async () => {
      let completing = false;
      const { fake, options } = setUpCopy(
        {
          hook: (call) => {
            if (call.operation === COMPLETE) completing = true;
            if (completing && call.operation === operation) {
              throw failure(operation, status === 500 ? 'transient' : 'permanent', status);
            }
            return loseAnswers('before', lost(), 100)(call);
          },
        },
        { retry: { maxAttempts: 2, minDelayMs: 1, maxDelayMs: 2 } },
      );
      const { error } = await endOf(copyLargeObject(options));
      expect(error).toMatchObject({ name: 'CompleteFailedError', outcome: 'unknown', uploadId: 'upload-2' });
      expect(fake.count('abortMultipartUpload')).toBe(0);
      expect(fake.uploads.size).toBe(1);
    });
  }

  it('is sent again where HEAD is refused, as S3 does for what isn’t there to those who may not list', async () => {
    const { fake, options } = setUpCopy({
      hook: (call) => {
        const isHidden = call.operation === 'headObject' && call.request['bucket'] === 'dst';
        if (isHidden && !fake.objects.has('dst/b')) throw failure('headObject', 'permanent', 403);
        return loseAnswers('before', lost('transient', 500, 'InternalError'))(call);
      },
    });
    const { result, error } = await endOf(copyLargeObject(options));
    expect(error).toBeUndefined();
    expect(result?.verified).toBe('etag');
    expect(fake.count(COMPLETE)).toBe(2);
  });

  it('is never called failed when the work is done after the last look', async () => {
    for (const onFailure of ['abort', 'keep'] as const) {
      let late = false;
      const { fake, options } = setUpCopy(
        {
          hook: ({ operation, count }) => {
            if (operation === COMPLETE) {
              late = count === 2;
              throw lost();
            }
            if (operation === 'listParts' && late) {
              late = false;
              return { after: () => finishByHand(fake) };
            }
            return undefined;
          },
        },
        { onFailure, retry: { maxAttempts: 2, minDelayMs: 1, maxDelayMs: 2 } },
      );
      const { result, error } = await endOf(copyLargeObject(options));
      expectWholeCopy(fake);
      if (result === undefined) expect(error).toMatchObject({ outcome: 'unknown' });
    }
  });

  it('is never called failed when that happens to an object whose ETag cannot be predicted', async () => {
    let late = false;
    const { fake, options } = setUpCopy(
      {
        encryptsWithKms: { saysSoOn: ['create', 'head'] },
        hook: ({ operation, count }) => {
          if (operation === COMPLETE) {
            late = count === 2;
            throw lost();
          }
          if (operation === 'listParts' && late) {
            late = false;
            return { after: () => finishByHand(fake) };
          }
          return undefined;
        },
      },
      { retry: { maxAttempts: 2, minDelayMs: 1, maxDelayMs: 2 } },
    );
    const { result, error } = await endOf(copyLargeObject(options));
    expectWholeCopy(fake);
    if (result === undefined) expect(error).toMatchObject({ outcome: 'unknown' });
  });
});

describe('a Complete that is refused', () => {
  it('is failed, and leaves neither upload nor object', async () => {
    const { fake, options } = setUpCopy({
      hook: ({ operation }) => {
        if (operation === COMPLETE) throw failure(COMPLETE, 'permanent', 400, 'InvalidPart');
      },
    });
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({ name: 'CompleteFailedError', outcome: 'failed' });
    expect(fake.uploads.size).toBe(0);
    expect(fake.objects.has('dst/b')).toBe(false);
  });

  it('is failed when its upload is gone and nothing was sent before', async () => {
    const { fake, options } = setUpCopy({
      hook: ({ operation }) => {
        if (operation === COMPLETE) fake.uploads.clear();
      },
    });
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({ name: 'CompleteFailedError', outcome: 'failed' });
  });

  it('is failed also where an equal object of other properties was written a second ago', async () => {
    const { fake, options } = setUpCopy({
      hook: ({ operation, count }) => {
        if (operation === COMPLETE && count > 1) throw failure(COMPLETE, 'permanent', 403, 'AccessDenied');
      },
    });
    await copyLargeObject(options);
    const older = fake.objects.get('dst/b');
    const destination = { ...options.destination, contentType: 'new/type' };
    const { error } = await endOf(copyLargeObject({ ...options, destination }));
    expect(error).toMatchObject({ name: 'CompleteFailedError', outcome: 'failed' });
    expect(fake.objects.get('dst/b')).toBe(older);
    expect(fake.uploads.size).toBe(0);
  });

  it('is not taken for success because of what someone else wrote, where ETags cannot be predicted', async () => {
    const { fake, options } = setUpCopy({
      encryptsWithKms: { saysSoOn: ['create', 'head'] },
      hook: ({ operation }) => {
        if (operation !== COMPLETE) return;
        fake.uploads.clear();
        fake.put('dst/b', 200);
        const object = fake.objects.get('dst/b');
        if (object !== undefined) object.lastModified = new Date();
      },
    });
    const { result, error } = await endOf(copyLargeObject(options));
    expect(result).toBeUndefined();
    expect(error).toMatchObject({ name: 'CompleteFailedError', outcome: 'failed' });
  });

  it('after one that was not answered may have been done all the same', async () => {
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation, count }) => {
          if (operation !== COMPLETE) return;
          throw count === 1 ? lost() : failure(COMPLETE, 'transient', 500, 'InternalError');
        },
      },
      { onFailure: 'keep', retry: { maxAttempts: 3, minDelayMs: 1, maxDelayMs: 2 } },
    );
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({ name: 'CompleteFailedError', outcome: 'unknown', uploadId: 'upload-2' });
    expect(fake.uploads.size).toBe(1);
  });

  it('after one that was not answered may have been done where the upload can’t be aborted, either', async () => {
    const { options } = setUpCopy(
      {
        hook: ({ operation }) => {
          if (operation === COMPLETE) throw lost();
          if (operation === 'abortMultipartUpload') throw failure(operation, 'permanent', 403, 'AccessDenied');
        },
      },
      { retry: { maxAttempts: 3, minDelayMs: 1, maxDelayMs: 2 } },
    );
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({ outcome: 'unknown', uploadId: 'upload-2', abortError: { statusCode: 403 } });
  });

  for (const onFailure of ['abort', 'keep'] as const) {
    for (const outcome of ['failed', 'unknown'] as const) {
      it(`names no upload where that is gone, with onFailure ${onFailure} and outcome ${outcome}`, async () => {
        const { fake, options } = setUpCopy(
          {
            hook: ({ operation }) => {
              if (operation !== COMPLETE) return;
              fake.uploads.clear();
              if (outcome === 'unknown') throw failure(COMPLETE, 'ambiguous', undefined, 'ECONNRESET');
            },
          },
          { onFailure },
        );
        const { error } = await endOf(copyLargeObject(options));
        expect(error).toMatchObject({ name: 'CompleteFailedError', outcome });
        expect(error).not.toHaveProperty('uploadId');
      });
    }
  }

  it('is not blamed on ifExists where no condition was sent', async () => {
    const { options } = setUpCopy({
      hook: ({ operation }) => {
        if (operation === COMPLETE) throw failure(COMPLETE, 'permanent', 412, 'PreconditionFailed');
      },
    });
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({ name: 'CompleteFailedError', outcome: 'failed' });
  });
});

describe('a 200 to a Complete', () => {
  it('of a dead upload, on Ceph with an older object, is no success', async () => {
    const { fake, options } = setUpCopy({
      completesLikeCeph: true,
      hook: ({ operation }) => {
        if (operation === COMPLETE) fake.uploads.clear();
      },
    });
    fake.put('dst/b', 200);
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toBeInstanceOf(VerificationError);
    expect(error).not.toHaveProperty('uploadId');
  });

  it('of a dead upload, on Ceph with an object that someone put just now, is no success', async () => {
    const { fake, options } = setUpCopy({
      completesLikeCeph: true,
      hook: ({ operation }) => {
        if (operation !== COMPLETE) return;
        fake.uploads.clear();
        fake.put('dst/b', 200);
        const object = fake.objects.get('dst/b');
        if (object !== undefined) object.lastModified = new Date();
      },
    });
    const { result, error } = await endOf(copyLargeObject(options));
    expect(result).toBeUndefined();
    expect(error).toMatchObject({ name: expect.stringMatching(/CompleteFailedError|VerificationError/) as string });
  });

  for (const fakeOptions of [
    { clockAheadMs: -3_600_000, hideServerTime: true },
    { clockAheadMs: 3_600_000, hideServerTime: true },
    { clockAheadMs: -3_600_000 },
    { datesFromCreate: true },
  ] satisfies FakeStoreOptions[]) {
    it(`without an ETag is read by HEAD, whatever the clocks say: ${JSON.stringify(fakeOptions)}`, async () => {
      const { fake, options } = setUpCopy({
        completesLikeCeph: true,
        ...fakeOptions,
        hook: letAMinutePass,
      });
      const { result, error } = await endOf(copyLargeObject(options));
      expect(error).toBeUndefined();
      expect(result?.verified).toBe('etag');
      expectWholeCopy(fake);
    });
  }

  it('without an ETag, read through a gateway whose clock is ahead, is a success by the predicted ETag', async () => {
    const { fake, options } = setUpCopy({ completesLikeCeph: true });
    const store = {
      ...fake.store,
      headObject: async (request: Parameters<typeof fake.store.headObject>[0]) => {
        const head = await fake.store.headObject(request);
        return request.bucket === 'dst' ? { ...head, serverTime: new Date(Date.now() + 60_000) } : head;
      },
    };
    const { error } = await endOf(copyLargeObject({ ...options, store }));
    expectWholeCopy(fake);
    expect(error).toBeUndefined();
  });

  it('without an ETag is read by the clock of its own store, not of the source’s', async () => {
    const source = fakeStore({ clockAheadMs: 3_600_000 });
    const { fake, options } = setUpCopy({ completesLikeCeph: true }, { sourceStore: source.store });
    const original = fake.objects.get('src/a');
    if (original !== undefined) source.objects.set('src/a', original);
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toBeUndefined();
  });

  for (const status of [403, 500] as const) {
    it(`without an ETag, where HEAD answers ${status}, is not called failed`, async () => {
      let completed = false;
      const { fake, options } = setUpCopy(
        {
          completesLikeCeph: true,
          hook: ({ operation }) => {
            if (operation === COMPLETE) completed = true;
            if (completed && operation === 'headObject') {
              throw failure('headObject', status === 403 ? 'permanent' : 'transient', status);
            }
          },
        },
        { retry: { maxAttempts: 2, minDelayMs: 1, maxDelayMs: 2 } },
      );
      const { result, error } = await endOf(copyLargeObject(options));
      expectWholeCopy(fake);
      if (result === undefined) expect(error).toMatchObject({ outcome: 'unknown' });
    });
  }

  it('with the ETag of an object encrypted without notice, dated from Create, is not called failed', async () => {
    const { options } = setUpCopy({
      datesFromCreate: true,
      encryptsWithKms: { saysSoOn: ['create'] },
      hook: letAMinutePass,
    });
    const { result, error } = await endOf(copyLargeObject(options));
    expect(error).toBeUndefined();
    expect(result?.verified).toBe('size');
  });
});

describe('Complete with If-None-Match', () => {
  const guarded: Partial<CopyOptions> = { ifExists: 'fail' };

  for (const error of [lost(), lost('transient', 500, 'InternalError'), lost('throttled', 503, 'SlowDown')]) {
    it(`whose answer is lost by ${error.vendorCode ?? ''} finds its own object behind the 412 of the retry`, async () => {
      const { fake, options } = setUpCopy(
        {
          hook: (call) => {
            if (call.operation === COMPLETE && call.count > 1) throw failure(COMPLETE, 'permanent', 412);
            return loseAnswers('after', error)(call);
          },
        },
        guarded,
      );
      const { result, error: caught } = await endOf(copyLargeObject(options));
      expect(caught).toBeUndefined();
      expect(result?.ifExistsChecked).toBe('head+condition');
      expectWholeCopy(fake);
    });
  }

  it('that finds another object says so, and leaves that one and no upload', async () => {
    for (const lose of [false, true]) {
      const { fake, options } = setUpCopy(
        {
          hook: (call) => {
            if (call.operation === COMPLETE && call.count === 1) {
              fake.put('dst/b', 77);
              if (lose) throw lost();
            }
          },
        },
        guarded,
      );
      const { error } = await endOf(copyLargeObject(options));
      expect(error).toBeInstanceOf(DestinationExistsError);
      expect(fake.objects.get('dst/b')?.size).toBe(77);
      expect(fake.uploads.size).toBe(0);
    }
  });

  it('that meets another write under way says so where an object comes of it, and fails where none does', async () => {
    for (const comes of [true, false]) {
      const { fake, options } = setUpCopy(
        {
          hook: ({ operation }) => {
            if (operation !== COMPLETE) return;
            if (comes) fake.put('dst/b', 77);
            throw failure(COMPLETE, 'permanent', 409, 'ConditionalRequestConflict');
          },
        },
        guarded,
      );
      const { error } = await endOf(copyLargeObject(options));
      if (comes) expect(error).toBeInstanceOf(DestinationExistsError);
      else expect(error).toMatchObject({ name: 'CompleteFailedError', outcome: 'failed' });
      expect(fake.uploads.size).toBe(0);
    }
  });

  it('lets only one of two equal copies say that it made the object, also after a failure', async () => {
    const { fake, options } = setUpCopy(
      {
        hook: async ({ operation, request, count }) => {
          if (operation !== COMPLETE || count > 1) return;
          // While the first one's fails, the second one's comes through.
          const [other] = [...fake.uploads.keys()].filter((id) => id !== request['uploadId']);
          while (other !== undefined && fake.uploads.has(other)) await new Promise((resolve) => setImmediate(resolve));
          throw lost('transient', 500, 'InternalError');
        },
      },
      guarded,
    );
    const endings = await Promise.all([endOf(copyLargeObject(options)), endOf(copyLargeObject(options))]);
    const errors = endings.flatMap(({ error }) => (error === undefined ? [] : [error]));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(DestinationExistsError);
    expect(fake.uploads.size).toBe(0);
  });

  it('of an upload that its store lists for a while after Complete finds its own object behind the 412', async () => {
    const { fake, options } = setUpCopy({ hook: loseAnswers('after', lost()) }, guarded);
    let finished: Parameters<typeof fake.uploads.set> | undefined;
    const store = {
      ...fake.store,
      completeMultipartUpload: (request: Parameters<typeof fake.store.completeMultipartUpload>[0]) => {
        const upload = fake.uploads.get(request.uploadId);
        if (upload !== undefined) finished = [request.uploadId, upload];
        return fake.objects.has('dst/b')
          ? Promise.reject(failure(COMPLETE, 'permanent', 412, 'InvalidRequest'))
          : fake.store.completeMultipartUpload(request);
      },
      listParts: async (request: Parameters<typeof fake.store.listParts>[0]) => {
        const [id, upload] = finished ?? [];
        if (id !== request.uploadId || upload === undefined) return fake.store.listParts(request);
        const parts = [...upload.parts].map(([partNumber, { etag, size }]) => ({ partNumber, etag, size }));
        return { parts: parts.map((part) => ({ ...part, lastModified: new Date() })), nextPartNumberMarker: undefined };
      },
    };
    const { result, error } = await endOf(copyLargeObject({ ...options, store }));
    expect(error).toBeUndefined();
    expect(result?.ifExistsChecked).toBe('head+condition');
    expectWholeCopy(fake);
  });

  it('lets only one of two equal copies say that it made the object', async () => {
    const { fake, options } = setUpCopy({}, guarded);
    const endings = await Promise.all([endOf(copyLargeObject(options)), endOf(copyLargeObject(options))]);
    const errors = endings.flatMap(({ error }) => (error === undefined ? [] : [error]));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(DestinationExistsError);
    expect(fake.uploads.size).toBe(0);
  });

  it('goes without the condition where the store does not know it, and finds out what a lost answer did', async () => {
    for (const when of ['before', 'after'] as const) {
      const { fake, options } = setUpCopy(
        {
          encryptsWithKms: { saysSoOn: ['create', 'head'] },
          hook: ({ operation, request }) => {
            if (operation !== COMPLETE) return undefined;
            if (request['ifNoneMatch'] !== undefined) throw failure(COMPLETE, 'permanent', 501, 'NotImplemented');
            if (when === 'before') throw lost();
            return {
              after: () => {
                throw lost();
              },
            };
          },
        },
        { ...guarded, retry: { maxAttempts: 1 } },
      );
      const { result, error } = await endOf(copyLargeObject(options));
      if (fake.objects.has('dst/b')) {
        if (result === undefined) expect(error).toMatchObject({ outcome: 'unknown' });
        else expect(result.ifExistsChecked).toBe('head');
      } else {
        expect(error).toMatchObject({ name: 'CompleteFailedError' });
        expect(fake.uploads.size).toBe(0);
      }
    }
  });
});

describe('a Complete that was not done while an equal object was there', () => {
  it('ends well, and leaves no upload', async () => {
    const { fake, options } = setUpCopy({
      hook: ({ operation, count }) => {
        if (operation === COMPLETE && count > 1) throw lost();
      },
    });
    await copyLargeObject(options);
    const { result } = await endOf(copyLargeObject(options));
    expect(result?.verified).toBe('etag');
    expectWholeCopy(fake);
    expect(fake.uploads.size).toBe(0);
  });
});

describe('cancelling between two Completes', () => {
  it('finds the copy that the first one made, also where the upload is to be kept', async () => {
    const controller = new AbortController();
    const { fake, options } = setUpCopy(
      { hook: loseAnswers('after', lost('throttled', 503, 'SlowDown'), 100) },
      { signal: controller.signal, onFailure: 'keep', retry: { minDelayMs: 50, maxDelayMs: 50 } },
    );
    const copy = copyLargeObject(options);
    copy.on('retry', ({ operation }) => {
      if (operation === COMPLETE) controller.abort(new Error('too late'));
    });
    const { result } = await endOf(copy);
    expect(result?.verified).toBe('etag');
    expectWholeCopy(fake);
  });
});

describe('cancelling while Complete is in flight', () => {
  it('does not cut it off, and its success resolves', async () => {
    const gate = openPromise();
    const controller = new AbortController();
    const { fake, options } = setUpCopy(
      {
        hook: async ({ operation, request }) => {
          if (operation !== COMPLETE) return;
          expect(request['signal']).toBeUndefined();
          controller.abort(new Error('too late'));
          setImmediate(gate.resolve);
          await gate.promise;
        },
      },
      { signal: controller.signal },
    );
    const { result } = await endOf(copyLargeObject(options));
    expect(result?.verified).toBe('etag');
    expect(fake.count('abortMultipartUpload')).toBe(0);
    expectWholeCopy(fake);
  });
});
