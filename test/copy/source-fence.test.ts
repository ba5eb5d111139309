import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  CopyError,
  copyLargeObject,
  type CopyOptions,
  type CopyStore,
  createLimiter,
  SourceChangedError,
} from '../../src/index.ts';
import { failure, type FakeStoreOptions } from './fake-store.ts';
import { endOf, expectWholeCopy, setUpCopy } from './set-up-copy.ts';

describe.concurrent('a source that changes while it is copied', () => {
  const stores: [string, FakeStoreOptions][] = [
    ['obeys if-match', {}],
    ['ignores if-match', { obeysSourceIfMatch: false }],
    ['cannot be sent if-match', { traits: { sendsSourceIfMatch: false } }],
  ];
  for (const [name, fakeOptions] of stores) {
    for (const moment of ['first part', 'last part', 'deleted', 'same bytes put again'] as const) {
      it(`(${moment}) is noticed on a store that ${name}, and the destination stays`, async () => {
        const { fake, options } = setUpCopy({
          ...fakeOptions,
          hook: ({ operation, count }) => {
            if (operation !== 'copyPart' || count !== (moment === 'last part' ? 20 : 1)) return;
            const source = fake.objects.get('src/a');
            if (moment === 'deleted') fake.objects.delete('src/a');
            else if (moment === 'same bytes put again' && source !== undefined) source.lastModified = new Date();
            else fake.put('src/a', 200);
          },
        });
        fake.put('dst/b', 5);
        const { error } = await endOf(copyLargeObject(options));
        expect(error).toBeInstanceOf(SourceChangedError);
        expect(fake.objects.get('dst/b')?.size).toBe(5);
        expect(fake.uploads.size).toBe(0);
      });
    }
  }

  for (const concurrency of [1, 4]) {
    it(`is noticed also where ${concurrency} parts in flight use up a shared limit`, { timeout: 3000 }, async () => {
      const { fake, options } = setUpCopy(
        {
          hook: ({ operation, count }) => {
            if (operation === 'copyPart' && count === 6) fake.put('src/a', 200);
          },
        },
        { concurrency, limiter: createLimiter({ maxConcurrency: concurrency }) },
      );
      const { error } = await endOf(copyLargeObject(options));
      expect(error).toBeInstanceOf(SourceChangedError);
      expect(fake.uploads.size).toBe(0);
    });
  }
});

describe('a source that is replaced by one of the same size just before a single copy', () => {
  const SINGLE = { multipartThreshold: 1000 };
  const NEVER_MD5 = `${'0'.repeat(32)}-2`;

  /** A store that takes any source, whatever its ETag, and a hook that replaces it. */
  function setUpReplaced(etag: string, more: Partial<CopyOptions>, fakeOptions: FakeStoreOptions = {}) {
    const { fake, options } = setUpCopy(fakeOptions, { ...SINGLE, ...more });
    const put = (name: string, ofObject: string): void => {
      fake.put('src/a', 200, { contentType: name });
      const object = fake.objects.get('src/a');
      if (object !== undefined) object.etag = ofObject;
    };
    put('old', etag);
    const store: CopyStore = {
      ...fake.store,
      copyObject: (request) => {
        put('new', etag.replaceAll('0', '1'));
        return fake.store.copyObject({ ...request, sourceIfMatch: undefined });
      },
    };
    return { fake, options: { ...options, store } };
  }

  for (const [name, etag, more, traits] of [
    ['made in parts', NEVER_MD5, {}, {}],
    ['where ETags are not compared', NEVER_MD5, { verify: 'size' }, {}],
    ['where nothing is verified', NEVER_MD5, { verify: 'none' }, {}],
    ['with a plain ETag, where nothing is verified', '0'.repeat(32), { verify: 'none' }, {}],
    ['with a plain ETag', '0'.repeat(32), {}, {}],
    ['by a client that cannot send if-match', NEVER_MD5, {}, { sendsSourceIfMatch: false }],
    [
      'for an encrypted copy',
      '0'.repeat(32),
      { destination: { bucket: 'dst', key: 'b', sse: { type: 'SSE-KMS' } } },
      {},
    ],
  ] satisfies [string, string, Partial<CopyOptions>, CopyStore['traits']][]) {
    it(`is noticed (${name}), and the error says that the destination was written`, async () => {
      const { fake, options } = setUpReplaced(etag, more, { traits });
      const { error } = await endOf(copyLargeObject(options));
      expect(error).toBeInstanceOf(SourceChangedError);
      expect(error).toMatchObject({
        destinationWritten: true,
        message: expect.stringContaining('the destination was written all the same') as string,
      });
      expect(fake.objects.has('dst/b')).toBe(true);
    });
  }

  it('is not looked for where the ETag proves the copy', async () => {
    for (const verify of ['etag', 'size', 'none'] as const) {
      const { fake, options } = setUpCopy({}, { ...SINGLE, verify });
      await copyLargeObject(options);
      const heads = fake.calls.filter((call) => call.operation === 'headObject' && call.request['bucket'] === 'src');
      expect(heads).toHaveLength(1);
    }
  });

  it('can’t be looked for where the source may not be read again: the copy stands, with a warning', async () => {
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation, request }) => {
          if (operation === 'headObject' && request['bucket'] === 'src' && fake.count('copyObject') > 0) {
            throw failure(operation, 'permanent', 403, 'AccessDenied');
          }
        },
      },
      SINGLE,
    );
    const store: CopyStore = {
      ...fake.store,
      copyObject: async (request) => {
        await fake.store.copyObject(request);
        const copy = fake.objects.get('dst/b');
        if (copy !== undefined) copy.etag = NEVER_MD5;
        return { etag: NEVER_MD5, lastModified: undefined, versionId: undefined };
      },
    };
    const result = await copyLargeObject({ ...options, store });
    expect(result).toMatchObject({ verified: 'size', warnings: [{ code: 'SOURCE_NOT_SEEN' }] });
  });

  it('is not suspected of an object that is copied onto itself', async () => {
    const { fake, options } = setUpCopy(
      {},
      { ...SINGLE, destination: { bucket: 'src', key: 'a', contentType: 'video/mxf' } },
    );
    const store: CopyStore = {
      ...fake.store,
      copyObject: async (request) => {
        await fake.store.copyObject(request);
        const copy = fake.objects.get('src/a');
        if (copy !== undefined) copy.etag = NEVER_MD5;
        return { etag: NEVER_MD5, lastModified: undefined, versionId: undefined };
      },
    };
    const { result } = await endOf(copyLargeObject({ ...options, store }));
    expect(result).toMatchObject({ verified: 'size', warnings: [] });
  });
});

describe('a source that is replaced after a single copy whose answer is lost', () => {
  it('doesn’t hide that the copy was made', async () => {
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation, count }) => {
          if (operation !== 'copyObject' || count !== 1) return undefined;
          return {
            after: () => {
              fake.put('src/a', 300);
              throw failure('copyObject', 'ambiguous', undefined, 'ECONNRESET');
            },
          };
        },
      },
      { multipartThreshold: 1000 },
    );
    const result = await copyLargeObject(options);
    expect(result).toMatchObject({ strategy: 'single', size: 200, verified: 'etag' });
    expectWholeCopy(fake);
  });

  it('leaves it open where the object that is there can’t be told from another', async () => {
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation, count }) => {
          if (operation !== 'copyObject' || count !== 1) return undefined;
          return {
            after: () => {
              fake.put('src/a', 300);
              const copy = fake.objects.get('dst/b');
              if (copy !== undefined) copy.etag = `${'0'.repeat(32)}-2`;
              throw failure('copyObject', 'ambiguous', undefined, 'ECONNRESET');
            },
          };
        },
      },
      { multipartThreshold: 1000 },
    );
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({ outcome: 'unknown', destinationWritten: true });
    expect((error as Error).cause).toBeInstanceOf(SourceChangedError);
    expect(String((error as Error).cause)).not.toContain('the destination is as it was');
  });

  it('and a destination that is not the copy: it says that it may have been written', async () => {
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation, count }) => {
          if (operation !== 'copyObject' || count !== 1) return undefined;
          return {
            after: () => {
              fake.put('src/a', 300);
              fake.put('dst/b', 7);
              throw failure('copyObject', 'ambiguous', undefined, 'ECONNRESET');
            },
          };
        },
      },
      { multipartThreshold: 1000 },
    );
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toBeInstanceOf(SourceChangedError);
    expect(error).toMatchObject({
      destinationWritten: true,
      message: expect.stringContaining('may have been written') as string,
    });
  });

  it('before anything was sent leaves the destination as it was, and says so', async () => {
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation }) => {
          if (operation === 'copyObject') fake.put('src/a', 300);
        },
      },
      { multipartThreshold: 1000 },
    );
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({ message: expect.stringContaining('the destination is as it was') as string });
    expect((error as SourceChangedError).destinationWritten).toBeUndefined();
    expect(fake.objects.has('dst/b')).toBe(false);
  });
});

describe('a store whose if-match is no good', () => {
  it(
    'for multipart sources (412 to every part) gets the date, then nothing, and the copy ends well',
    { timeout: 3000 },
    async () => {
      for (const refusesDate of [false, true]) {
        for (const limiter of [undefined, createLimiter({ maxConcurrency: 2 })]) {
          const { fake, options } = setUpCopy(
            {
              hook: ({ operation, request }) => {
                if (operation !== 'copyPart') return;
                const date = refusesDate ? request['sourceIfUnmodifiedSince'] : undefined;
                if ((request['sourceIfMatch'] ?? date) !== undefined)
                  throw failure('copyPart', 'permanent', 412, 'PreconditionFailed');
              },
            },
            { limiter },
          );
          const { error } = await endOf(copyLargeObject(options));
          expect(error).toBeUndefined();
          expectWholeCopy(fake);
        }
      }
    },
  );
});

describe.concurrent('two stores that have different objects under the source’s name', () => {
  it.each([
    ['another object', { size: 300 }, '(412) and says 300 bytes with ETag '],
    ['one that it may not read', { status: 403 }, "can't read it: injected AccessDenied"],
  ] as const)('are told apart: the one that copies has %s', async (_, other, message) => {
    const { fake, options } = setUpCopy({
      hook: ({ operation, request }) => {
        if ('status' in other && operation === 'headObject' && request['bucket'] === 'src')
          throw failure(operation, 'permanent', other.status, 'AccessDenied');
      },
    });
    fake.put('src/a', 300);
    const { fake: planned } = setUpCopy();
    const { error } = await endOf(copyLargeObject({ ...options, sourceStore: planned.store }));
    expect(error).toBeInstanceOf(CopyError);
    expect(error).toHaveProperty('message', expect.stringContaining(`ETag ${planned.objects.get('src/a')?.etag}`));
    expect(error).toHaveProperty('message', expect.stringContaining(message));
    if (!('status' in other))
      expect(error).toHaveProperty('message', expect.stringContaining(String(fake.objects.get('src/a')?.etag)));
    expect(fake.objects.has('dst/b')).toBe(false);
    expect(fake.uploads.size).toBe(0);
  });

  it('are no matter where the names stand for one object and only its condition doesn’t work', async () => {
    const { fake, options } = setUpCopy({
      hook: ({ operation, request }) => {
        if (operation === 'copyPart' && request['sourceIfMatch'] !== undefined)
          throw failure('copyPart', 'permanent', 412, 'PreconditionFailed');
      },
    });
    const { error } = await endOf(copyLargeObject({ ...options, sourceStore: { ...fake.store } }));
    expect(error).toBeUndefined();
    expectWholeCopy(fake);
  });
});

describe.concurrent('the null version of a source', () => {
  for (const obeysSourceIfMatch of [true, false]) {
    it(`can be replaced, which is noticed on a store that ${obeysSourceIfMatch ? 'obeys' : 'ignores'} if-match`, async () => {
      const { fake, options } = setUpCopy({
        obeysSourceIfMatch,
        hook: ({ operation, count }) => {
          if (operation === 'copyPart' && count === 4) fake.put('src/a', 200);
        },
      });
      fake.put('dst/b', 5);
      const source = { bucket: 'src', key: 'a', versionId: 'null' };
      const { error } = await endOf(copyLargeObject({ ...options, source }));
      expect(error).toBeInstanceOf(SourceChangedError);
      expect(fake.objects.get('dst/b')?.size).toBe(5);
      expect(fake.uploads.size).toBe(0);
    });
  }

  it('is read again before Complete, as no other version is', async () => {
    for (const [versionId, heads] of [
      ['null', 3],
      ['7', 2],
    ] as const) {
      const { fake, options } = setUpCopy();
      await copyLargeObject({ ...options, source: { bucket: 'src', key: 'a', versionId } });
      // Before the plan, before Complete, and the finished object.
      expect(fake.count('headObject')).toBe(heads);
    }
  });
});

describe('pins', () => {
  it('every part to the ETag of the first HEAD, and never a version of its own', async () => {
    const { fake, options } = setUpCopy();
    const etag = fake.objects.get('src/a')?.etag;
    await copyLargeObject(options);
    const parts = fake.calls.filter((call) => call.operation === 'copyPart');
    expect(parts).toHaveLength(20);
    for (const { request } of parts) {
      expect(request).toMatchObject({ sourceIfMatch: etag, source: { bucket: 'src', key: 'a' } });
      expect(request['source']).not.toHaveProperty('versionId');
    }
  });
});

describe('a key that a store might decode twice', () => {
  const decodeTwice = (key: string) => decodeURIComponent(key);

  it('takes its own bytes on a store that decodes once', async () => {
    for (const key of ['a%2Fb', 'x?versionId=7', '100%25']) {
      const { fake, options } = setUpCopy({}, { source: { bucket: 'src', key } });
      const { error } = await endOf(copyLargeObject(options));
      expect(error).toBeUndefined();
      expectWholeCopy(fake, 200, `src/${key}`);
    }
  });

  for (const decoyExists of [false, true]) {
    it(`takes its own bytes on a store that decodes parts twice, ${decoyExists ? 'also' : ''} where the decoded key exists`, async () => {
      const { fake, options } = setUpCopy({}, { source: { bucket: 'src', key: 'a%2Fb' } });
      if (decoyExists) fake.put('src/a/b', 200);
      const store = {
        ...fake.store,
        copyPart: (request: Parameters<typeof fake.store.copyPart>[0]) =>
          fake.store.copyPart({
            ...request,
            sourceIfMatch: undefined,
            source: { ...request.source, key: decodeTwice(request.source.key) },
          }),
      };
      const { error } = await endOf(copyLargeObject({ ...options, store }));
      expect(error).toBeUndefined();
      expectWholeCopy(fake, 200, 'src/a%2Fb');
    });
  }

  describe('where the look at the escaped key is forbidden (403)', () => {
    const forbidEscaped: FakeStoreOptions['hook'] = ({ operation, request }) => {
      if (operation === 'headObject' && request['key'] === 'a%252Fb')
        throw failure(operation, 'permanent', 403, 'AccessDenied');
    };

    for (const obeysSourceIfMatch of [true, false]) {
      it(`never takes the bytes of the object there, by a store that ${obeysSourceIfMatch ? 'obeys' : 'ignores'} if-match`, async () => {
        const { fake, options } = setUpCopy(
          { obeysSourceIfMatch, hook: forbidEscaped },
          { source: { bucket: 'src', key: 'a%2Fb' } },
        );
        fake.put('src/a%252Fb', 300);
        const { error } = await endOf(copyLargeObject(options));
        if (obeysSourceIfMatch) {
          expect(error).toBeUndefined();
          expectWholeCopy(fake, 200, 'src/a%2Fb');
        } else {
          expect(error).toBeInstanceOf(CopyError);
          expect(error).toHaveProperty('message', expect.stringContaining('src/a%252Fb may exist too'));
          expect(fake.objects.has('dst/b')).toBe(false);
          expect(fake.uploads.size).toBe(0);
        }
      });
    }

    it('takes nothing without the condition once that is all that keeps the objects apart', async () => {
      const { fake, options } = setUpCopy(
        {
          hook: (call) => {
            if (call.operation === 'copyPart' && call.count > 1 && call.request['sourceIfMatch'] !== undefined)
              throw failure('copyPart', 'permanent', 412, 'PreconditionFailed');
            return forbidEscaped(call);
          },
        },
        { source: { bucket: 'src', key: 'a%2Fb' } },
      );
      fake.put('src/a%252Fb', 300);
      const { error } = await endOf(copyLargeObject(options));
      expect(error).toMatchObject({ name: 'PartFailedError', cause: { statusCode: 412 } });
      expect(fake.uploads.size).toBe(0);
    });
  });

  it('is looked up as the source is: its requester pays, its owner and key are named', async () => {
    const isAllowed = (request: Record<string, unknown>) =>
      request['requestPayer'] === 'requester' && request['expectedBucketOwner'] === '1' && request['sse'] !== undefined;
    const { fake, options } = setUpCopy(
      {
        obeysSourceIfMatch: false,
        hook: ({ operation, request }) => {
          if (operation === 'headObject' && request['bucket'] === 'src' && !isAllowed(request))
            throw failure(operation, 'permanent', 403, 'AccessDenied');
        },
      },
      {
        source: { bucket: 'src', key: 'a%2Fb', sse: { type: 'SSE-C', key: Buffer.alloc(32, 1) } },
        requestPayer: 'requester',
        expectedSourceBucketOwner: '1',
      },
    );
    fake.put('src/a%252Fb', 300);
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toHaveProperty('message', expect.stringContaining('src/a%252Fb exists too'));
    expect(fake.objects.has('dst/b')).toBe(false);
  });

  it('is refused where its null version hides behind a delete marker', async () => {
    const { fake, options } = setUpCopy(
      {
        obeysSourceIfMatch: false,
        hook: ({ operation, request }) => {
          if (operation === 'headObject' && request['key'] === 'a%252Fb' && request['versionId'] !== 'null')
            throw failure(operation, 'permanent', 404, 'NoSuchKey');
        },
      },
      { source: { bucket: 'src', key: 'a%2Fb', versionId: 'null' } },
    );
    fake.put('src/a%252Fb', 300);
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toHaveProperty('message', expect.stringContaining('src/a%252Fb (version null) exists too'));
    expect(fake.objects.has('dst/b')).toBe(false);
  });

  it('is refused where only the store that copies has the escaped key', async () => {
    const { fake, options } = setUpCopy({ obeysSourceIfMatch: false }, { source: { bucket: 'src', key: 'a%2Fb' } });
    fake.put('src/a%252Fb', 300);
    const sourceStore: typeof fake.store = {
      ...fake.store,
      headObject: (request) =>
        request.key === 'a%252Fb'
          ? Promise.reject(failure('headObject', 'permanent', 404, 'NoSuchKey'))
          : fake.store.headObject(request),
    };
    const { error } = await endOf(copyLargeObject({ ...options, sourceStore }));
    expect(error).toBeInstanceOf(CopyError);
    expect(fake.objects.has('dst/b')).toBe(false);
  });

  it('is copied by a store that keeps it apart from the escaped key, if both exist', async () => {
    const { fake, options } = setUpCopy({}, { source: { bucket: 'src', key: 'a%2Fb' } });
    fake.put('src/a%252Fb', 200);
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toBeUndefined();
    expectWholeCopy(fake, 200, 'src/a%2Fb');
  });

  it('is refused where the escaped key exists too, and the store takes it for the source', async () => {
    const { fake, options } = setUpCopy({ obeysSourceIfMatch: false }, { source: { bucket: 'src', key: 'a%2Fb' } });
    fake.put('src/a%252Fb', 200);
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toBeInstanceOf(CopyError);
    expect(fake.uploads.size).toBe(0);
    expect(fake.objects.has('dst/b')).toBe(false);
  });

  it('is copied where a missing object is answered with 403, as S3 does without permission to list', async () => {
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation, request }) => {
          const key = (request['source'] as { key: string } | undefined)?.key ?? (request['key'] as string);
          const missing = (operation === 'headObject' || operation === 'copyPart') && !fake.objects.has(`src/${key}`);
          if (missing && request['bucket'] !== 'dst') throw failure(operation, 'permanent', 403, 'AccessDenied');
          if (missing && operation === 'copyPart') throw failure(operation, 'permanent', 403, 'AccessDenied');
        },
      },
      { source: { bucket: 'src', key: 'a%2Fb' } },
    );
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toBeUndefined();
    expectWholeCopy(fake, 200, 'src/a%2Fb');
  });
});

it('a source that changes under many parts in flight is asked about once, and is one error', async () => {
  const { fake, options } = setUpCopy({}, { concurrency: 64 }, 2000);
  const copy = copyLargeObject(options);
  copy.once('part', () => fake.put('src/a', 2000));
  const { error } = await endOf(copy);
  expect(error).toBeInstanceOf(SourceChangedError);
  expect(error).not.toHaveProperty('suppressed');
  expect(error).toMatchObject({ cause: { statusCode: 412 } });
  expect(Object.keys(error as object)).not.toContain('cause');
  expect(fake.count('headObject')).toBeLessThan(5);
  expect(inspect(error).split('\n').length).toBeLessThan(60);
});

it('an error that is printed shows none of the fields that few errors have', async () => {
  const { options } = setUpCopy({
    hook: ({ operation }) => {
      if (operation === 'copyPart') throw failure(operation, 'permanent', 400);
    },
  });
  const { error } = await endOf(copyLargeObject(options));
  expect(inspect(error, { depth: 8 })).not.toMatch(
    /(?:abortError|uploadId|destinationWritten|suppressed|retryAfterMs|serverTime|region|endpoint): undefined/,
  );
});
