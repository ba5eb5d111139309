import { describe, expect, it } from 'vitest';
import {
  type CopyOptions,
  CopyOptionsError,
  type CopyStore,
  copyLargeObject,
  type HeadObjectResult,
  VerificationError,
} from '../../src/index.ts';
import { failure, type FakeStoreOptions } from './fake-store.ts';
import { endOf, expectWholeCopy, setUpCopy } from './set-up-copy.ts';

const SINGLE = { multipartThreshold: 1000 };

describe('the finished object', () => {
  it.each([
    ['plain', '7'.repeat(32)],
    ['of other parts', `${'7'.repeat(32)}-3`],
  ])(
    'that was written a moment before, and has an ETag that is %s, is not taken for a copy whose Complete stored nothing',
    async (_, etag) => {
      const { fake, options } = setUpCopy({}, { verify: 'size' });
      fake.put('dst/b', 200);
      const older = Object.assign(fake.objects.get('dst/b') ?? {}, { etag, lastModified: new Date() });
      const store: CopyStore = {
        ...fake.store,
        completeMultipartUpload: async (request) => {
          const answer = await fake.store.completeMultipartUpload(request);
          fake.objects.set('dst/b', older as never);
          return answer;
        },
      };
      for (const verify of ['etag', 'size'] as const) {
        const { error } = await endOf(copyLargeObject({ ...options, store, verify }));
        expect(error).toMatchObject({ name: 'VerificationError', actual: etag });
      }
    },
  );

  for (const [name, more] of [
    ['in parts', {}],
    ['by a single copy', SINGLE],
  ] as const) {
    it(`${name} that is shorter than its source is refused, and stays`, async () => {
      const { fake, options } = setUpCopy(
        {
          hook: ({ operation }) => ({
            after: () => {
              const object = fake.objects.get('dst/b');
              if (operation.startsWith('co') && operation !== 'copyPart' && object !== undefined) object.size = 190;
            },
          }),
        },
        more,
      );
      const { error } = await endOf(copyLargeObject(options));
      expect(error).toBeInstanceOf(VerificationError);
      expect(error).toMatchObject({ expected: 200, actual: 190 });
      expect(fake.objects.get('dst/b')?.size).toBe(190);
      expect(fake.count('abortMultipartUpload')).toBe(0);
    });

    it.each([
      ['shows it', true],
      ['shows none', false],
    ])(`${name} with another ETag is refused, and stays (HEAD %s)`, async (_how, isShown) => {
      const { fake, options } = setUpCopy({}, more);
      const wrong = name === 'in parts' ? `${'0'.repeat(32)}-20` : '0'.repeat(32);
      const store = {
        ...fake.store,
        headObject: async (request: Parameters<typeof fake.store.headObject>[0]) => {
          const head = await fake.store.headObject(request);
          return isShown || request.bucket === 'src' ? head : { ...head, etag: undefined };
        },
        completeMultipartUpload: async (request: Parameters<typeof fake.store.completeMultipartUpload>[0]) => {
          const answer = await fake.store.completeMultipartUpload(request);
          const object = fake.objects.get('dst/b');
          if (object !== undefined) object.etag = wrong;
          return { ...answer, etag: wrong };
        },
        copyObject: async (request: Parameters<typeof fake.store.copyObject>[0]) => {
          const answer = await fake.store.copyObject(request);
          const object = fake.objects.get('dst/b');
          if (object !== undefined) object.etag = wrong;
          return { ...answer, etag: wrong };
        },
      };
      const { error } = await endOf(copyLargeObject({ ...options, store }));
      expect(error).toBeInstanceOf(VerificationError);
      expect(error).toMatchObject({ actual: wrong, message: expect.stringContaining(`has ETag ${wrong}`) });
      expect(fake.objects.has('dst/b')).toBe(true);
    });
  }

  it.each(['completeMultipartUpload', 'copyObject'] as const)(
    'is not taken for an older one of its size, if %s answers the right ETag for nothing and HEAD shows none',
    async (last) => {
      const { fake, options } = setUpCopy({}, { multipartThreshold: last === 'copyObject' ? 1000 : 1 });
      fake.put('dst/b', 200);
      const older = fake.objects.get('dst/b')!;
      const store: CopyStore = {
        ...fake.store,
        headObject: async (request) => {
          const head = await fake.store.headObject(request);
          return request.bucket === 'src' ? head : { ...head, etag: undefined };
        },
        [last]: async (request: never) => {
          const answer = await fake.store[last](request);
          fake.objects.set('dst/b', older);
          return answer;
        },
      };
      const { error } = await endOf(copyLargeObject({ ...options, store }));
      expect(error).toBeInstanceOf(VerificationError);
    },
  );

  it.each([{}, SINGLE])(
    'whose ETag isn’t the one that is computed is reported to who asks for the size: %o',
    async (more) => {
      const { fake, options } = setUpCopy({}, { ...more, verify: 'size' });
      const etag = more === SINGLE ? '7'.repeat(32) : `${'7'.repeat(32)}-20`;
      const store: CopyStore = {
        ...fake.store,
        headObject: async (request) => {
          const head = await fake.store.headObject(request);
          return request.bucket === 'dst' ? { ...head, etag } : head;
        },
        copyObject: async (request) => ({ ...(await fake.store.copyObject(request)), etag }),
        completeMultipartUpload: async (request) => ({ ...(await fake.store.completeMultipartUpload(request)), etag }),
      };
      const result = await copyLargeObject({ ...options, store });
      expect(result).toMatchObject({ etag, verified: 'size', warnings: [{ code: 'ETAG_DIFFERS' }] });
    },
  );

  it('whose unpredictable ETag is another than the store answered is reported, by its own', async () => {
    const { fake, options } = setUpCopy({}, SINGLE);
    const object = fake.objects.get('src/a');
    if (object !== undefined) object.etag = `${'1'.repeat(32)}-2`;
    const store = {
      ...fake.store,
      copyObject: async (request: Parameters<typeof fake.store.copyObject>[0]) => {
        const { versionId } = await fake.store.copyObject(request);
        const copied = fake.objects.get('dst/b');
        if (copied !== undefined) copied.etag = '2'.repeat(32);
        return { etag: '3'.repeat(32), versionId, lastModified: undefined };
      },
    };
    const result = await copyLargeObject({ ...options, store });
    expect(result).toMatchObject({ etag: '2'.repeat(32), verified: 'size', warnings: [{ code: 'ETAG_DIFFERS' }] });
  });

  for (const [name, more] of [
    ['in parts', {}],
    ['by a single copy', SINGLE],
  ] as const) {
    it(`${name} that is not found at once is looked for again`, async () => {
      let missed = 0;
      const { fake, options } = setUpCopy(
        {
          hook: ({ operation, request }) => {
            if (operation !== 'headObject' || request['bucket'] !== 'dst' || ++missed > 2) return;
            throw failure(operation, 'permanent', 404, 'NoSuchKey');
          },
        },
        more,
      );
      const { verified } = await copyLargeObject(options);
      expect(verified).toBe('etag');
      expectWholeCopy(fake);
    });
  }

  it('that is gone when it is looked at is refused', async () => {
    const { fake, options } = setUpCopy({
      hook: ({ operation }) => ({
        after: () => {
          if (operation === 'completeMultipartUpload') fake.objects.delete('dst/b');
        },
      }),
    });
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toBeInstanceOf(VerificationError);
  });

  it('is compared as asked, and the result says how', async () => {
    for (const verify of ['etag', 'size', 'none'] as const) {
      const { fake, options } = setUpCopy({}, { verify });
      const result = await copyLargeObject(options);
      expect(result.verified).toBe(verify);
      expect(
        fake.calls.filter(({ operation, request }) => operation === 'headObject' && request['bucket'] === 'dst'),
      ).toHaveLength(verify === 'none' ? 0 : 1);
    }
  });

  it('that may not be read is not verified, though the answer to Complete is right, and a warning says so', async () => {
    for (const status of [403, 500] as const) {
      const { options } = setUpCopy(
        {
          hook: ({ operation, request }) => {
            if (operation === 'headObject' && request['bucket'] === 'dst') {
              throw failure('headObject', status === 403 ? 'permanent' : 'transient', status);
            }
          },
        },
        { retry: { maxAttempts: 2, minDelayMs: 1, maxDelayMs: 2 } },
      );
      const result = await copyLargeObject(options);
      expect(result.verified).toBe('none');
      expect(result.warnings.map(({ code }) => code)).toEqual(['SIZE_NOT_VERIFIED']);
    }
  });
});

describe('an encrypted destination', () => {
  for (const place of ['create', 'complete', 'head'] as const) {
    it(`that only ${place} tells of is verified by size`, async () => {
      const { fake, options } = setUpCopy({ encryptsWithKms: { saysSoOn: [place] } });
      const { result, error } = await endOf(copyLargeObject(options));
      expect(error).toBeUndefined();
      expect(result?.verified).toBe('size');
      expectWholeCopy(fake);
    });
  }

  for (const [name, fakeOptions, more] of [
    [
      'by option',
      { encryptsWithKms: { saysSoOn: [] } },
      { destination: { bucket: 'dst', key: 'b', sse: { type: 'SSE-KMS' } } },
    ],
    ['by the bucket', { encryptsWithKms: { saysSoOn: ['create'] } }, {}],
  ] satisfies [string, FakeStoreOptions, Partial<CopyOptions>][]) {
    it(`(${name}) completes with the ETags that the store holds after parts were sent twice`, async () => {
      const sent = new Map<unknown, number>();
      const { fake, options } = setUpCopy(
        {
          ...fakeOptions,
          hook: ({ operation, request }) => {
            const partNumber = request['partNumber'] as number;
            if (operation !== 'copyPart' || partNumber > 3) return undefined;
            const times = (sent.get(partNumber) ?? 0) + 1;
            sent.set(partNumber, times);
            if (times === 1) throw failure('copyPart', 'transient', 500, 'InternalError');
            // What the first request did lands after the second one, whose ETag is in the answer already.
            const upload = fake.uploads.get(request['uploadId'] as string);
            const land = (): void => {
              const part = upload?.parts.get(partNumber);
              if (part !== undefined) part.etag = part.etag.split('').toReversed().join('');
            };
            return { after: land };
          },
        },
        { ...more, retry: { minDelayMs: 0, maxDelayMs: 0 } },
      );
      const { error } = await endOf(copyLargeObject(options));
      expect(error).toBeUndefined();
      expectWholeCopy(fake);
    });
  }
});

describe('the ETag of a single copy', () => {
  it('is never made up where the store gives none', async () => {
    const { fake, options } = setUpCopy({}, SINGLE);
    const store: CopyStore = {
      ...fake.store,
      headObject: async (request) => {
        if (request.bucket === 'dst') throw failure('headObject', 'permanent', 403, 'AccessDenied');
        return fake.store.headObject(request);
      },
      copyObject: async (request) => ({ ...(await fake.store.copyObject(request)), etag: undefined }),
    };
    const result = await copyLargeObject({ ...options, store });
    expect(result).toMatchObject({ etag: '', verified: 'none' });
    expect(result.sameEtag).toBeUndefined();
    expect(result.warnings.map(({ code }) => code)).toContain('NO_ETAG');
  });
});

describe('an object that someone else puts there right after the copy', () => {
  for (const [name, more, last] of [
    ['in parts', {}, 'completeMultipartUpload'],
    ['by a single copy', SINGLE, 'copyObject'],
  ] as const) {
    const theirs = { tags: { owner: 'someone-else' } };

    /** Someone replaces the copy; in a versioned bucket, the copy can still be read by its version id. */
    function setUpReplaced(versionId: string | undefined, options: Partial<CopyOptions> = {}, traits = {}) {
      const setUp = setUpCopy({ knowsTags: true, traits }, { ...more, ...options });
      const { fake } = setUp;
      const versions = new Map<string, HeadObjectResult>();
      const replaceCopy = async <T extends object>(finished: Promise<T>) => {
        const answer = await finished;
        if (versionId !== undefined) {
          versions.set(versionId, await fake.store.headObject({ bucket: 'dst', key: 'b' }));
        }
        fake.put('dst/b', 77, theirs);
        return { ...answer, versionId };
      };
      const store: CopyStore = {
        ...fake.store,
        headObject: async (request) => versions.get(request.versionId ?? '') ?? fake.store.headObject(request),
        [last]: (request: never) => replaceCopy<object>(fake.store[last](request)),
      };
      return { fake, options: { ...setUp.options, store } };
    }

    it(`(${name}) is no success, as nothing proves that the copy was ever made`, async () => {
      for (const verify of ['etag', 'size'] as const) {
        const { fake, options } = setUpReplaced(undefined, { verify });
        const { error } = await endOf(copyLargeObject(options));
        expect(error).toBeInstanceOf(VerificationError);
        expect(error).toMatchObject({
          destinationWritten: true,
          message: expect.stringContaining('77 bytes') as string,
        });
        expect(fake.objects.get('dst/b')).toMatchObject({ size: 77, properties: theirs });
      }
    });

    it(`(${name}) is not given our tags, where the copy is an older version by now`, async () => {
      const destination = { bucket: 'dst', key: 'b', tags: { mine: 'yes' } };
      const { fake, options } = setUpReplaced('v7', { destination });
      const result = await copyLargeObject(options);
      expect(result).toMatchObject({ versionId: 'v7', verified: 'etag' });
      expect(result.warnings).toMatchObject([
        { code: 'DESTINATION_REPLACED', message: expect.stringContaining('tags') as string },
      ]);
      expect(fake.objects.get('dst/b')).toMatchObject({ size: 77, properties: theirs });
    });

    it(`(${name}) is not blamed for being in the clear, or without our lock`, async () => {
      const destination = { bucket: 'dst', key: 'b', sse: { type: 'AES256' } } as const;
      const { fake, options } = setUpReplaced('v7', { preserve: { objectLock: true }, destination }, { dialect: 's3' });
      const source = fake.objects.get('src/a');
      if (source !== undefined) source.properties = { objectLock: { legalHold: true } };
      const { result, error } = await endOf(copyLargeObject(options));
      expect(error).toBeUndefined();
      expect(result?.warnings).toMatchObject([{ code: 'DESTINATION_REPLACED' }]);
    });

    it(`(${name}) isn't taken for the copy because of the version id “null”`, async () => {
      const { options } = setUpReplaced('null');
      const { error } = await endOf(copyLargeObject(options));
      expect(error).toBeInstanceOf(VerificationError);
    });
  }
});

describe('encryption that was asked for', () => {
  it('and ignored by the store is an error that says that the destination was written', async () => {
    for (const more of [{}, SINGLE]) {
      const sse = { type: 'AES256' } as const;
      const { fake, options } = setUpCopy(
        { traits: { dialect: 's3' } },
        { ...more, destination: { bucket: 'dst', key: 'b', sse } },
      );
      const { error } = await endOf(copyLargeObject(options));
      expect(error).toMatchObject({ code: 'ERR_COPY', destinationWritten: true });
      expectWholeCopy(fake);
    }
  });

  const MINE = 'arn:aws:kms:eu-west-1:1:key/mine';
  const UUID = '4f1cd4de-ab64-4807-920a-47fc42e7f0d0';

  for (const [name, more] of [
    ['in parts', {}],
    ['by a single copy', SINGLE],
  ] as const) {
    it(`(${name}) and that a store too busy to tell of can’t be seen is not said to be wrong`, async () => {
      const { fake, options } = setUpCopy(
        {
          traits: { dialect: 's3' },
          hook: ({ operation, request }) => {
            const isDone = fake.count('completeMultipartUpload') + fake.count('copyObject') > 0;
            if (isDone && operation === 'headObject' && request['bucket'] === 'dst') {
              throw failure(operation, 'throttled', 503, 'SlowDown');
            }
          },
        },
        {
          ...more,
          destination: { bucket: 'dst', key: 'b', sse: { type: 'SSE-KMS' } },
          retry: { minDelayMs: 1, maxDelayMs: 1, maxElapsedMs: 50 },
        },
      );
      const { result, error } = await endOf(copyLargeObject(options));
      expect(error).toBeUndefined();
      expect(result?.warnings.map(({ code }) => code)).toContain('ENCRYPTION_NOT_SEEN');
    });

    for (const [dialect, asked, found, isWrong] of [
      ['s3', MINE, MINE, false],
      ['s3', MINE, 'arn:aws:kms:eu-west-1:1:key/other', true],
      ['s3', 'arn:aws:kms:eu-west-1:1:alias/mine', MINE, false],
      ['s3', UUID, MINE, false],
      ['s3', 'my-key', 'arn:aws:kms:my-key', false],
      ['s3', MINE, undefined, false],
      ['obs', UUID, UUID.toUpperCase(), false],
      ['obs', UUID, `${UUID.slice(0, -1)}1`, true],
      ['obs', UUID, `cn-north-4:domain:key/${UUID}`, false],
      ['obs', `cn-north-4:domain:key/${UUID}`, `cn-north-4:other:key/${UUID}`, true],
      ['obs', 'my-key', 'default', false],
    ] as const) {
      it(`(${name}, ${dialect}) by key ${asked} is ${isWrong ? 'not ' : ''}had where HEAD names ${found}`, async () => {
        const sse = { type: 'SSE-KMS', keyId: asked } as const;
        const { fake, options } = setUpCopy(
          { traits: { dialect }, encryptsWithKms: { saysSoOn: ['create', 'complete'] } },
          { ...more, destination: { bucket: 'dst', key: 'b', sse } },
        );
        const encryption = dialect === 'obs' ? 'kms' : 'aws:kms';
        const store: CopyStore = {
          ...fake.store,
          headObject: async (request) => {
            const head = await fake.store.headObject(request);
            return request.bucket === 'src' ? head : { ...head, encryption, encryptionKeyId: found };
          },
          copyObject: async (request) => ({ ...(await fake.store.copyObject(request)), encryption }),
        };
        const { result, error } = await endOf(copyLargeObject({ ...options, store }));
        expect(fake.objects.has('dst/b')).toBe(true);
        if (isWrong) {
          expect(error).toMatchObject({
            destinationWritten: true,
            message: expect.stringContaining(`the key ${found}`) as string,
          });
        } else {
          expect(error).toBeUndefined();
          expect(result?.warnings).toEqual([]);
        }
      });
    }
  }
});

describe('the source’s checksum', () => {
  const VALUE = 'AAAAAAAAAAA=';

  /** A store whose CopyObject tells no checksum, and whose HEAD of the copy tells this. */
  function setUpChecksums(copy: Partial<HeadObjectResult>, refusedWith?: number) {
    const { fake, options } = setUpCopy({}, SINGLE);
    const asked: (boolean | undefined)[] = [];
    const store: CopyStore = {
      ...fake.store,
      headObject: async (request) => {
        const head = await fake.store.headObject(request);
        if (request.bucket === 'src') return { ...head, checksums: { CRC64NVME: VALUE }, checksumType: 'FULL_OBJECT' };
        asked.push(request.checksums);
        if (request.checksums === true && refusedWith !== undefined) {
          throw failure('headObject', 'permanent', refusedWith, 'Refused');
        }
        return request.checksums === true ? { ...head, ...copy } : head;
      },
    };
    return { fake, options: { ...options, store }, asked };
  }

  it('is compared with the one that HEAD tells of the copy, where the answer told none', async () => {
    const { fake, options } = setUpChecksums({ checksums: { CRC64NVME: 'BBBBBBBBBBA=' }, checksumType: 'FULL_OBJECT' });
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toBeInstanceOf(VerificationError);
    expect(error).toMatchObject({ expected: VALUE, actual: 'BBBBBBBBBBA=', destinationWritten: true });
    expect(fake.objects.has('dst/b')).toBe(true);
  });

  for (const [name, copy] of [
    ['the same', { checksums: { CRC64NVME: VALUE }, checksumType: 'FULL_OBJECT' }],
    ['one of another algorithm', { checksums: { CRC32: 'AAAAAA==' } }],
    ['one made of those of parts', { checksums: { CRC64NVME: 'BBBBBBBBBBA=' }, checksumType: 'COMPOSITE' }],
    ['one made of those of parts, by its looks', { checksums: { CRC64NVME: 'BBBBBBBBBBA=-2' } }],
    ['none', {}],
  ] satisfies [string, Partial<HeadObjectResult>][]) {
    it(`doesn’t disagree with ${name}`, async () => {
      const { options, asked } = setUpChecksums(copy);
      expect(await copyLargeObject(options)).toMatchObject({ verified: 'etag', warnings: [] });
      expect(asked).toEqual([true]);
    });
  }

  for (const status of [400, 403, 501]) {
    it(`is left alone where asking for one is refused with ${status}`, async () => {
      const { options, asked } = setUpChecksums({}, status);
      expect(await copyLargeObject(options)).toMatchObject({ verified: 'etag', warnings: [] });
      expect(asked).toEqual([true, undefined]);
    });
  }

  it('is not asked for where the answer to the copy told it', async () => {
    const { options, asked } = setUpChecksums({});
    const { copyObject } = options.store;
    const store: CopyStore = {
      ...options.store,
      copyObject: async (request) => ({ ...(await copyObject(request)), checksums: { CRC64NVME: VALUE } }),
    };
    await copyLargeObject({ ...options, store });
    expect(asked).toEqual([undefined]);
  });
});

describe('the source’s own part layout', () => {
  it('is not expected to give the source’s ETag where the source is encrypted', async () => {
    const { fake, options } = setUpCopy({}, { partSize: 'source' });
    const source = fake.objects.get('src/a');
    if (source !== undefined) source.etag = `${'a'.repeat(32)}-20`;
    const store = {
      ...fake.store,
      headObject: async (request: Parameters<typeof fake.store.headObject>[0]) => {
        const head = await fake.store.headObject(request);
        if (request.bucket === 'dst') return head;
        return request.partNumber === undefined
          ? { ...head, encryption: 'aws:kms' }
          : { ...head, size: 10, partsCount: 20, encryption: 'aws:kms' };
      },
    };
    const { result, error } = await endOf(copyLargeObject({ ...options, store }));
    expect(error).toBeUndefined();
    expect(result).toMatchObject({ parts: 20, verified: 'etag' });
  });
});

describe('the source’s own part layout that can’t be read', () => {
  /** A source of so many parts; the HEAD of one of them is refused. */
  function setUpLayout(partsCount: number, refused?: number) {
    const { fake, options } = setUpCopy({}, { partSize: 'source' }, partsCount * 10);
    const source = fake.objects.get('src/a');
    if (source !== undefined) source.etag = `${'a'.repeat(32)}-${partsCount}`;
    const heads = { sent: 0, inFlight: 0 };
    const store = {
      ...fake.store,
      headObject: async (request: Parameters<typeof fake.store.headObject>[0]) => {
        heads.sent++;
        heads.inFlight++;
        try {
          const head = await fake.store.headObject(request);
          if (request.partNumber === undefined) return head;
          if (request.partNumber === refused) throw failure('headObject', 'permanent', 403, 'AccessDenied');
          return { ...head, size: 10, partsCount };
        } finally {
          heads.inFlight--;
        }
      },
    };
    return { fake, heads, options: { ...options, store } };
  }

  it('in one part ends the copy with nothing in flight and nothing more to come', async () => {
    const { fake, heads, options } = setUpLayout(3000, 100);
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({ statusCode: 403 });
    expect(heads.inFlight).toBe(0);
    expect(heads.sent).toBeLessThan(150);
    expect(fake.count('createMultipartUpload')).toBe(0);
  });

  it('as it has more parts than a store takes is refused at once', async () => {
    const { heads, options } = setUpLayout(10_001);
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toBeInstanceOf(CopyOptionsError);
    expect(error).toHaveProperty('message', expect.stringMatching(/10001 parts, and store 'fake' takes at most 10000/));
    expect(heads.sent).toBe(2);
  });
});

describe('a single copy whose answer is lost', () => {
  for (const [name, answers] of [
    ['then refused', [undefined, 403]],
    ['again and again', [undefined, undefined]],
  ] as const) {
    it(`after the work, ${name}, is not reported as if nothing had happened`, async () => {
      const { fake, options } = setUpCopy(
        {
          hook: ({ operation, count }) => {
            if (operation !== 'copyObject') return undefined;
            const status = answers[count - 1];
            if (status !== undefined) throw failure('copyObject', 'permanent', status, 'AccessDenied');
            return {
              after: () => {
                throw failure('copyObject', 'ambiguous', undefined, 'ECONNRESET');
              },
            };
          },
        },
        { ...SINGLE, retry: { maxAttempts: 2, minDelayMs: 1, maxDelayMs: 2 } },
      );
      const { result, error } = await endOf(copyLargeObject(options));
      expect(fake.objects.has('dst/b')).toBe(true);
      if (result === undefined) expect(error).toMatchObject({ outcome: 'unknown' });
    });
  }

  for (const [name, before] of [
    ['nothing is there', undefined],
    ['another object is there', 7],
  ] as const) {
    it(`and that the store makes only after the last look (${name}) is not called failed`, async () => {
      const { fake, options } = setUpCopy({}, { ...SINGLE, retry: { maxAttempts: 2, minDelayMs: 1, maxDelayMs: 2 } });
      if (before !== undefined) fake.put('dst/b', before);
      const landings: (() => Promise<unknown>)[] = [];
      const store: CopyStore = {
        ...fake.store,
        copyObject: (request) => {
          landings.push(() => fake.store.copyObject({ ...request, signal: undefined }));
          return Promise.reject(failure('copyObject', 'ambiguous', 504, 'GatewayTimeout'));
        },
      };
      const { error } = await endOf(copyLargeObject({ ...options, store }));
      expect(error).toMatchObject({ name: 'CompleteFailedError', outcome: 'unknown', destinationWritten: true });
      await landings[0]?.();
      expect(fake.objects.get('dst/b')?.size).toBe(200);
    });
  }

  it('is not found in an equal object that was there before, with other properties', async () => {
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation }) => {
          if (operation === 'copyObject') throw failure(operation, 'ambiguous', undefined, 'ECONNRESET');
        },
      },
      { ...SINGLE, retry: { maxAttempts: 2, minDelayMs: 1, maxDelayMs: 2 } },
    );
    const object = fake.objects.get('src/a');
    if (object === undefined) throw new Error('there is no source');
    fake.objects.set('dst/b', { ...object, lastModified: new Date() });
    fake.objects.set('src/a', { ...object, properties: { contentType: 'video/mp4', metadata: { reel: '7' } } });
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({ outcome: 'unknown' });
  });

  for (const other of [
    { cacheControl: 'no-store' },
    { expires: 'Thu, 03 Feb 2028 04:05:06 GMT' },
    { storageClass: 'STANDARD_IA' },
    { metadata: {} },
  ]) {
    it(`is not found in an equal object that was just written without ${JSON.stringify(other)}`, async () => {
      let isRefused = false;
      const { fake, options } = setUpCopy(
        {
          hook: ({ operation }) => {
            if (isRefused && operation === 'copyObject') throw failure(operation, 'ambiguous', undefined, 'ECONNRESET');
          },
        },
        { ...SINGLE, retry: { maxAttempts: 2, minDelayMs: 1, maxDelayMs: 2 } },
      );
      const destination = { bucket: 'dst', key: 'b' };
      const first = { cacheControl: 'max-age=1', storageClass: 'STANDARD', metadata: { reel: '7' } };
      await copyLargeObject({ ...options, destination: { ...destination, ...first } });
      isRefused = true;
      const { error } = await endOf(copyLargeObject({ ...options, destination: { ...destination, ...other } }));
      expect(error).toMatchObject({
        outcome: 'unknown',
        message: expect.stringContaining(`another ${Object.keys(other)[0]}`) as string,
      });
      expect(fake.objects.get('dst/b')?.properties.cacheControl).toBe('max-age=1');
    });
  }

  it('and is not what it should be stays wrong where the source can no longer be read', async () => {
    let copied = false;
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation, request }) => {
          if (copied && request['bucket'] === 'src') throw failure(operation, 'permanent', 403, 'AccessDenied');
          if (operation !== 'copyObject') return undefined;
          return {
            after: () => {
              copied = true;
              const object = fake.objects.get('dst/b');
              if (object !== undefined) object.size = 190;
            },
          };
        },
      },
      SINGLE,
    );
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toBeInstanceOf(VerificationError);
  });

  it('by a gateway that only says 503 is found', async () => {
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation }) => {
          if (operation !== 'copyObject') return undefined;
          return {
            after: () => {
              throw failure('copyObject', 'throttled', 503, 'SlowDown');
            },
          };
        },
      },
      { ...SINGLE, retry: { minDelayMs: 1, maxDelayMs: 2, maxElapsedMs: 50 } },
    );
    const { strategy } = await copyLargeObject(options);
    expect(strategy).toBe('single');
    expectWholeCopy(fake);
  });

  for (const kind of ['ambiguous', 'transient', 'throttled'] as const) {
    it(`(${kind}) with If-None-Match finds its own object behind the 412 of the retry`, async () => {
      const { fake, options } = setUpCopy(
        {
          hook: ({ operation, count }) => {
            if (operation !== 'copyObject' || count > 1) return undefined;
            return {
              after: () => {
                throw failure('copyObject', kind, kind === 'ambiguous' ? undefined : 503);
              },
            };
          },
        },
        { ...SINGLE, ifExists: 'fail' },
      );
      const { result, error } = await endOf(copyLargeObject(options));
      expect(fake.objects.get('dst/b')?.size).toBe(200);
      if (result === undefined) expect(error).toMatchObject({ outcome: 'unknown' });
    });
  }
});
