import { describe, expect, it } from 'vitest';
import { copyLargeObject, type StoreOperation } from '../../src/index.ts';
import { failure, type Hook } from './fake-store.ts';
import { endOf, expectWholeCopy, setUpCopy } from './set-up-copy.ts';

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

  for (const ends of ['well', 'badly'] as const) {
    it(`because it was given up is told of where no upload was found and the copy ends ${ends}`, async () => {
      const { fake, options } = setUpCopy(
        {
          hook: ({ operation, count }) => {
            if (operation !== CREATE || (ends === 'well' && count > 1)) return;
            throw failure(CREATE, 'ambiguous', undefined, 'TimeoutError');
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

  it('where listing is not permitted is told of by one warning', async () => {
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

  it('are left alone when they were begun after the lost one was found', async () => {
    const { fake, options } = setUpCopy({
      hook: (call) => {
        if (call.operation === 'completeMultipartUpload') fake.uploads.set('foreign', foreign(new Date()));
        return loseAfter(1)(call);
      },
    });
    await copyLargeObject(options);
    expect([...fake.uploads.keys()]).toEqual(['foreign']);
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
});
