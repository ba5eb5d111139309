import { describe, expect, it, vi } from 'vitest';
import { copyLargeObject, type CopyStore, s3Store, type StoreOperation } from '../../src/index.ts';
import { startTestStore } from '../../src/testing/index.ts';
import { failure, type FakeStoreOptions, type Hook } from './fake-store.ts';
import { endOf, expectWholeCopy, openPromise, setUpCopy } from './set-up-copy.ts';

const CREATE: StoreOperation = 'createMultipartUpload';
const lost = () => failure(CREATE, 'ambiguous', undefined, 'ECONNRESET');

function loseAfter(times: number): Hook {
  return ({ operation, count }) => {
    if (operation !== CREATE || count > times) return undefined;
    return {
      after: () => {
        throw lost();
      },
    };
  };
}

describe('a Create whose answer is lost', () => {
  for (const times of [1, 2, 3]) {
    it(`${times} times leaves no upload behind`, async () => {
      const { fake, options } = setUpCopy({ hook: loseAfter(times) });
      const { result, error } = await endOf(copyLargeObject(options));
      expect(error).toBeUndefined();
      expect(result?.warnings).toEqual([]);
      expectWholeCopy(fake);
      expect(fake.uploads.size).toBe(0);
    });
  }

  for (const maxAttempts of [1, 2, 3]) {
    it(`each of ${maxAttempts} times fails with the last loss and leaves no upload behind`, async () => {
      const { fake, options } = setUpCopy(
        { hook: loseAfter(100) },
        { retry: { maxAttempts, minDelayMs: 1, maxDelayMs: 2 } },
      );
      const { error } = await endOf(copyLargeObject(options));
      expect(error).toMatchObject({ code: 'ERR_STORE', vendorCode: 'ECONNRESET' });
      expect(fake.uploads.size).toBe(0);
    });
  }

  for (const [name, loss] of [
    ['was given up', failure(CREATE, 'ambiguous', undefined, 'TimeoutError')],
    ['was cut off', failure(CREATE, 'ambiguous', undefined, 'ECONNRESET')],
    ['timed out in a gateway', failure(CREATE, 'ambiguous', 504, 'GatewayTimeout')],
  ] as const) {
    for (const ends of ['well', 'badly'] as const) {
      it(`because it ${name} is reported where no upload was found and the copy ends ${ends}`, async () => {
        const { fake, options } = setUpCopy(
          {
            hook: ({ operation, count }) => {
              if (operation !== CREATE || (ends === 'well' && count > 1)) return;
              throw loss;
            },
          },
          { retry: { maxAttempts: 3, minDelayMs: 1, maxDelayMs: 2 } },
        );
        const copy = copyLargeObject(options);
        const warnings: string[] = [];
        copy.on('warning', ({ code }) => warnings.push(code));
        const { error } = await endOf(copy);
        expect(error === undefined).toBe(ends === 'well');
        expect(warnings).toEqual(['ORPHAN_UPLOADS']);
        expect(fake.uploads.size).toBe(0);
      });
    }
  }

  it('of each of two copies to one key is not taken for found, if the other copy has found that upload', async () => {
    const isListed = openPromise();
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation, count }) => {
          if (operation === CREATE) {
            if (count > 1) throw lost();
            return {
              after: () => {
                throw lost();
              },
            };
          }
          // Each has listed the one upload before either aborts it.
          if (operation !== 'listMultipartUploads') return undefined;
          if (count === 2) isListed.resolve();
          return { after: () => isListed.promise };
        },
      },
      { retry: { maxAttempts: 1, minDelayMs: 1, maxDelayMs: 2 } },
    );
    const codes: string[] = [];
    const copies = [1, 2].map(() => copyLargeObject(options));
    for (const copy of copies) copy.on('warning', ({ code }) => codes.push(code));
    await Promise.all(copies.map(endOf));
    expect(codes).toEqual(['ORPHAN_UPLOADS']);
    expect(fake.uploads.size).toBe(0);
  });

  it('twice, of which one upload can’t be aborted and the other is not there yet, is reported for both', async () => {
    const { fake, options } = setUpCopy({
      hook: ({ operation, count }) => {
        if (operation === 'abortMultipartUpload') throw failure(operation, 'permanent', 403, 'AccessDenied');
        if (operation !== CREATE || count > 2) return undefined;
        if (count === 1) throw lost();
        return {
          after: () => {
            throw lost();
          },
        };
      },
    });
    const result = await copyLargeObject(options);
    expect(result.warnings.map(({ code }) => code)).toEqual(['UPLOAD_LEFT', 'ORPHAN_UPLOADS']);
    expect(fake.uploads.size).toBe(1);
  });

  it('by a gateway that says 503 leaves no upload behind either', async () => {
    const { fake, options } = setUpCopy({
      hook: ({ operation, count }) => {
        if (operation !== CREATE || count > 1) return undefined;
        return {
          after: () => {
            throw failure(CREATE, 'throttled', 503, 'SlowDown');
          },
        };
      },
    });
    await copyLargeObject(options);
    expectWholeCopy(fake);
    expect(fake.uploads.size).toBe(0);
  });

  it('while the caller cancels leaves no upload behind, and the reason is the caller’s', async () => {
    const controller = new AbortController();
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation }) => {
          if (operation !== CREATE) return undefined;
          controller.abort(new Error('enough'));
          return {
            after: () => {
              throw lost();
            },
          };
        },
      },
      { signal: controller.signal },
    );
    const { error } = await endOf(copyLargeObject(options));
    expect(fake.uploads.size).toBe(0);
    expect(error).toBe(controller.signal.reason);
  });

  it('is found among many pages of other uploads', async () => {
    const { fake, options } = setUpCopy({ hook: loseAfter(1) });
    const list = fake.store.listMultipartUploads.bind(fake.store);
    const store = {
      ...fake.store,
      listMultipartUploads: async (request: Parameters<typeof list>[0]) => {
        const { uploads } = await list(request);
        const from =
          request.uploadIdMarker === undefined
            ? 0
            : uploads.findIndex((u) => u.uploadId === request.uploadIdMarker) + 1;
        const page = uploads.slice(from, from + 1);
        const last = page.at(-1);
        return {
          uploads: page,
          next:
            last === undefined || from + 1 >= uploads.length
              ? undefined
              : { keyMarker: last.key, uploadIdMarker: last.uploadId },
        };
      },
    };
    for (let index = 0; index < 5; index++) {
      fake.uploads.set(`old-${index}`, {
        bucket: 'dst',
        key: 'b',
        initiated: new Date(Date.now() - 600_000),
        properties: {},
        parts: new Map(),
      });
    }
    await copyLargeObject({ ...options, store });
    expect([...fake.uploads.keys()]).toEqual(['old-0', 'old-1', 'old-2', 'old-3', 'old-4']);
  });

  it('is not looked for for ever where the store lists the same page again and again', async () => {
    const { fake, options } = setUpCopy({ hook: loseAfter(1) });
    let pages = 0;
    const store = {
      ...fake.store,
      listMultipartUploads: async () => {
        if (++pages > 100) throw failure('listMultipartUploads', 'permanent', 400, 'TooManyPages');
        return Promise.resolve({ uploads: [], next: { keyMarker: 'b', uploadIdMarker: 'x' } });
      },
    };
    await endOf(copyLargeObject({ ...options, store }));
    expect(pages).toBeLessThan(20);
  });

  it('where listing is not permitted is reported by one warning', async () => {
    const { options } = setUpCopy({
      hook: (call) => {
        if (call.operation === 'listMultipartUploads') throw failure(call.operation, 'permanent', 403, 'AccessDenied');
        return loseAfter(1)(call);
      },
    });
    const result = await copyLargeObject(options);
    expect(result.warnings.map(({ code }) => code)).toEqual(['ORPHAN_UPLOADS']);
  });
});

describe('uploads of others to the same key', () => {
  const foreign = (initiated: Date, parts = new Map()) => ({
    bucket: 'dst',
    key: 'b',
    initiated,
    properties: {},
    parts,
  });

  it('are left alone: older ones, ones with parts, and those for longer keys', async () => {
    const { fake, options } = setUpCopy({ hook: loseAfter(1) });
    const part = { etag: 'x', size: 1, range: { source: 'x', start: 0, end: 0 } };
    fake.uploads.set('older', foreign(new Date(Date.now() - 60_000)));
    fake.uploads.set('with-parts', foreign(new Date(), new Map([[1, part]])));
    fake.uploads.set('longer', { ...foreign(new Date()), key: 'b2' });
    await copyLargeObject(options);
    expect([...fake.uploads.keys()]).toEqual(['older', 'with-parts', 'longer']);
  });

  it('are left alone when one answer was lost and two uploads may be its', async () => {
    const { fake, options } = setUpCopy({
      hook: (call) => {
        if (call.operation === CREATE && call.count === 1) fake.uploads.set('foreign', foreign(new Date()));
        return loseAfter(1)(call);
      },
    });
    const result = await copyLargeObject(options);
    expect(fake.uploads.has('foreign')).toBe(true);
    expect(result.warnings.map(({ code }) => code)).toContain('ORPHAN_UPLOADS');
  });

  it('are named, and said to be perhaps not all, while the store may still be at a Create', async () => {
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation, count }) => {
          if (operation !== CREATE) return;
          for (const id of ['foreign 1', 'foreign 2', 'foreign 3']) fake.uploads.set(id + count, foreign(new Date()));
          throw failure(CREATE, 'ambiguous', undefined, 'TimeoutError');
        },
      },
      { retry: { maxAttempts: 2, minDelayMs: 1, maxDelayMs: 2 } },
    );
    const copy = copyLargeObject(options);
    const warnings: string[] = [];
    copy.on('warning', ({ message }) => warnings.push(message));
    await endOf(copy);
    expect(warnings).toEqual([
      expect.stringMatching(
        /foreign 1.*none of these was aborted; of 2 the store may still begin an upload, which will stay$/,
      ),
    ]);
  });

  it('are left alone, and named beside the lost one, when they were begun while we copied', async () => {
    const { fake, options } = setUpCopy({
      hook: (call) => {
        if (call.operation === 'completeMultipartUpload') fake.uploads.set('foreign', foreign(new Date()));
        return loseAfter(1)(call);
      },
    });
    const result = await copyLargeObject(options);
    expect(fake.uploads.has('foreign')).toBe(true);
    for (const uploadId of fake.uploads.keys()) expect(result.warnings[0]?.message).toContain(uploadId);
  });

  it('are left alone where the lost Create never reached the store', async () => {
    const { fake, options } = setUpCopy({
      hook: ({ operation, count }) => {
        if (operation === CREATE && count === 1) {
          fake.uploads.set('foreign', foreign(new Date()));
          throw failure(CREATE, 'transient', undefined, 'ECONNREFUSED');
        }
      },
    });
    await copyLargeObject(options);
    expect([...fake.uploads.keys()]).toEqual(['foreign']);
  });

  it('are left alone where they are another copy’s of this process, whose first part takes longer than our whole copy', async () => {
    const held = openPromise();
    const begun = openPromise();
    const { fake, options } = setUpCopy({
      hook: async ({ operation, count, request }) => {
        if (operation === CREATE && count === 2) throw failure(CREATE, 'transient', 500, 'InternalError');
        if (operation !== 'copyPart' || request['uploadId'] !== 'upload-2') return;
        begun.resolve();
        await held.promise;
      },
    });
    const first = endOf(copyLargeObject(options));
    await begun.promise;
    // Another client of the same store is the same store.
    const second = await endOf(copyLargeObject({ ...options, store: { ...fake.store } }));
    held.resolve();
    expect(second.result?.warnings).toEqual([]);
    expect((await first).error).toBeUndefined();
    expectWholeCopy(fake);
  });

  it('are left alone where they are another program’s whose first part landed while we copied', async () => {
    const part = { etag: 'x', size: 1, range: { source: 'x', start: 0, end: 0 } };
    const { fake, options } = setUpCopy({
      hook: ({ operation, count }) => {
        if (operation === CREATE && count === 1) {
          fake.uploads.set('foreign', foreign(new Date()));
          throw failure(CREATE, 'transient', 500, 'InternalError');
        }
        if (operation === 'copyPart') fake.uploads.get('foreign')?.parts.set(1, part);
      },
    });
    const result = await copyLargeObject(options);
    expect(result.warnings).toEqual([]);
    expect([...fake.uploads.keys()]).toEqual(['foreign']);
  });

  it('are left alone and reported where the store doesn’t say when they were begun', async () => {
    const { fake, options } = setUpCopy({
      hook: ({ operation, count }) => {
        if (operation === CREATE && count === 1) throw failure(CREATE, 'transient', 500, 'InternalError');
      },
    });
    fake.uploads.set('foreign', foreign(new Date(0)));
    const store: CopyStore = {
      ...fake.store,
      listMultipartUploads: async (request) => {
        const { uploads } = await fake.store.listMultipartUploads(request);
        return { uploads: uploads.map((upload) => ({ ...upload, initiated: undefined })), next: undefined };
      },
    };
    const result = await copyLargeObject({ ...options, store });
    expect([...fake.uploads.keys()]).toEqual(['foreign']);
    expect(result.warnings).toMatchObject([{ code: 'ORPHAN_UPLOADS', message: expect.stringContaining('foreign') }]);
  });
});

describe('a Create whose answer is lost leaves no upload behind where', () => {
  for (const moment of ['before', 'after'] as const) {
    it(`the store’s clock is put forward right ${moment} it begins the upload`, async () => {
      const putForward = (): void => {
        fakeOptions.clockAheadMs = 60_000;
      };
      const fakeOptions: { clockAheadMs: number } & FakeStoreOptions = {
        clockAheadMs: 0,
        hook: ({ operation, count }) => {
          if (operation !== CREATE || count > 1) return undefined;
          if (moment === 'before') putForward();
          return {
            after: () => {
              putForward();
              throw lost();
            },
          };
        },
      };
      const { fake, options } = setUpCopy(fakeOptions);
      const result = await copyLargeObject(options);
      expect(result.warnings).toEqual([]);
      expect(fake.uploads.size).toBe(0);
    });
  }

  it('the store’s clock and ours are set back before its answer is missed', async () => {
    const { fake, options } = setUpCopy({
      hook: ({ operation, count }) => {
        if (operation !== CREATE || count > 1) return undefined;
        return {
          after: () => {
            vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 60_000 });
            throw lost();
          },
        };
      },
    });
    try {
      const result = await copyLargeObject(options);
      expect(result.warnings).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
    expect(fake.uploads.size).toBe(0);
  });

  for (const hideServerTimeOf404 of [false, true]) {
    it(`the source is read through another store and our clock is a minute behind${hideServerTimeOf404 ? ', though the store’s 404 doesn’t say the time' : ''}`, async () => {
      const { fake, options } = setUpCopy({ hook: loseAfter(1), clockAheadMs: 60_000 });
      const store: CopyStore = {
        ...fake.store,
        headObject: (request) => {
          if (hideServerTimeOf404 && request.bucket === 'dst' && !fake.objects.has('dst/b')) {
            return Promise.reject(failure('headObject', 'permanent', 404, 'NoSuchKey'));
          }
          return fake.store.headObject(request);
        },
      };
      // The other one's clock is right by ours.
      const sourceStore: CopyStore = {
        ...fake.store,
        headObject: async (request) => ({ ...(await fake.store.headObject(request)), serverTime: new Date() }),
      };
      const result = await copyLargeObject({ ...options, store, sourceStore });
      expect(result.warnings).toEqual([]);
      expect(fake.uploads.size).toBe(0);
    });
  }

  for (const change of ['is put forward meanwhile', 'is ahead of ours all the time'] as const) {
    it(`the source is read with other credentials over HTTP, and the store’s clock ${change}`, async () => {
      const size = 40 * 1024 * 1024;
      const server = await startTestStore({ objects: [{ bucket: 'src', key: 'a', size }], buckets: ['dst'] });
      try {
        if (change === 'is ahead of ours all the time') server.setClock(30_000);
        server.setFaults([
          ({ operation, attempt }) => {
            if (operation !== CREATE || attempt > 1) return undefined;
            server.setClock(30_000);
            return { kind: 'resetAfterWork' };
          },
        ]);
        const makeStore = (): CopyStore =>
          s3Store({ endpoint: server.endpoint, region: server.region, credentials: server.credentials });
        const result = await copyLargeObject({
          store: makeStore(),
          sourceStore: makeStore(),
          source: { bucket: 'src', key: 'a' },
          destination: { bucket: 'dst', key: 'b' },
          multipartThreshold: 0,
          partSize: 8 * 1024 * 1024,
        });
        expect(result.warnings).toEqual([]);
        expect(server.uploads('dst')).toEqual([]);
      } finally {
        await server.close();
      }
    });
  }
});

it('a Create whose answer is lost is reported where nothing but a clock keeps the upload from being ours', async () => {
  const hour = 3_600_000;
  const { fake, options } = setUpCopy({ hook: loseAfter(1), clockAheadMs: hour, hideServerTime: true });
  const result = await copyLargeObject(options);
  const [left] = fake.uploads.keys();
  expect(left).toBeDefined();
  expect(result.warnings).toMatchObject([
    { code: 'ORPHAN_UPLOADS', message: expect.stringContaining(`${left} (begun`) },
  ]);
});
