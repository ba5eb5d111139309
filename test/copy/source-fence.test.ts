import { describe, expect, it } from 'vitest';
import { CopyError, copyLargeObject, createLimiter, SourceChangedError } from '../../src/index.ts';
import { failure, type FakeStoreOptions } from './fake-store.ts';
import { endOf, expectWholeCopy, setUpCopy } from './set-up-copy.ts';

describe('a source that changes while it is copied', () => {
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

  it('is refused where the escaped key exists too', async () => {
    const { fake, options } = setUpCopy({}, { source: { bucket: 'src', key: 'a%2Fb' } });
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
