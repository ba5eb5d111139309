import { describe, expect, it } from 'vitest';
import {
  CopyError,
  copyLargeObject,
  type CopyOptions,
  type CopyStore,
  type HeadObjectResult,
  VerificationError,
} from '../../src/index.ts';
import { failure } from './fake-store.ts';
import { endOf, expectWholeCopy, setUpCopy } from './set-up-copy.ts';
import { memoryCheckpoints } from './memory-checkpoints.ts';

const WHOLE: Readonly<Record<string, string>> = {
  CRC32: 'AAECAw==',
  CRC32C: 'AwIBAA==',
  CRC64NVME: 'AAECAwQFBgc=',
  SHA1: Buffer.alloc(20, 1).toString('base64'),
  SHA256: Buffer.alloc(32, 1).toString('base64'),
};

/** What a store says of checksums. */
interface Claims {
  readonly source: HeadObjectResult['checksums'];
  /** The checksums of a part, in an upload with the algorithm. */
  readonly part?: (algorithm: string | undefined, partNumber: number) => HeadObjectResult['checksums'];
  /** The checksums of a finished object. */
  readonly finished?: (algorithm: string | undefined) => HeadObjectResult['checksums'];
}

function setUpClaims({ source, part, finished }: Claims, more: Partial<CopyOptions> = {}) {
  const { fake, options } = setUpCopy({}, more);
  const { store } = fake;
  const algorithms: (string | undefined)[] = [];
  const sent: HeadObjectResult['checksums'][] = [];
  const claiming: CopyStore = {
    ...store,
    headObject: async (request) => {
      const head = await store.headObject(request);
      if (request.checksums !== true) return head;
      const checksums = request.bucket === 'src' ? source : finished?.(algorithms.at(-1));
      return { ...head, checksums, checksumType: 'FULL_OBJECT' };
    },
    createMultipartUpload: (request) => {
      algorithms.push(request.checksumAlgorithm);
      return store.createMultipartUpload(request);
    },
    copyPart: async (request) => ({
      ...(await store.copyPart(request)),
      checksums: part?.(algorithms.at(-1), request.partNumber),
    }),
    completeMultipartUpload: async (request) => {
      sent.push(...request.parts.map(({ checksums }) => checksums));
      return { ...(await store.completeMultipartUpload(request)), checksums: finished?.(algorithms.at(-1)) };
    },
  };
  return { fake, options: { ...options, store: claiming }, algorithms, sent };
}

const codesOf = ({ warnings }: { readonly warnings: readonly { readonly code: string }[] }): string[] =>
  warnings.map(({ code }) => code);

describe.each(Object.entries(WHOLE))('a store that answers the whole source’s %s for each part', (algorithm, value) => {
  const claims: Claims = {
    source: { [algorithm]: value },
    part: (asked) => (asked === undefined ? undefined : { [algorithm]: value }),
    finished: (asked) => (asked === undefined ? undefined : { [algorithm]: value.replace(/^../, 'ZZ') }),
  };

  it.each(['abort', 'keep'] as const)(
    'is asked for none when the copy begins anew, with onFailure %s',
    async (onFailure) => {
      const { fake, options, algorithms } = setUpClaims(claims, { onFailure });
      const result = await copyLargeObject(options);
      expect(algorithms).toEqual([algorithm, undefined]);
      expect(codesOf(result)).toEqual(['CHECKSUM_NOT_PRESERVED']);
      expect(result).toMatchObject({ verified: 'etag', parts: 20 });
      expectWholeCopy(fake);
      expect(fake.uploads.size).toBe(0);
    },
  );
});

const CRC32 = { CRC32: 'AAECAw==' };

describe('checksums that can’t be true', () => {
  it('are not asked for again of the store that gave them, and each copy says so', async () => {
    const { fake, options, algorithms } = setUpClaims({ source: CRC32, part: () => CRC32 });
    await copyLargeObject(options);
    const again = await copyLargeObject(options);
    expect(algorithms).toEqual(['CRC32', undefined, undefined]);
    expect(codesOf(again)).toEqual(['CHECKSUM_NOT_PRESERVED']);
    expectWholeCopy(fake);

    const { error } = await endOf(copyLargeObject({ ...options, preserve: { checksum: true } }));
    expect((error as Error).message).toContain("'preserve.checksum'");
    expect(algorithms).toHaveLength(3);
  });

  it('are an error that names the option where the caller demands them', async () => {
    const claims: Claims = { source: CRC32, part: () => CRC32 };
    const { fake, options } = setUpClaims(claims, { preserve: { checksum: true } });
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toBeInstanceOf(CopyError);
    expect((error as Error).message).toContain("'preserve.checksum'");
    expect(fake.uploads.size).toBe(0);
    expect(fake.objects.has('dst/b')).toBe(false);
  });

  it('are found in the listed parts of an upload that is resumed, which is dropped', async () => {
    const claims: Claims = { source: CRC32, part: () => undefined };
    const { fake, options, algorithms } = setUpClaims(claims, { checkpoint: memoryCheckpoints() });
    const copy = copyLargeObject(options);
    copy.once('part', () => copy.abort(new Error('interrupted')));
    await expect(copy).rejects.toThrow('interrupted');
    const listParts: CopyStore['listParts'] = async (request) => {
      const page = await options.store.listParts(request);
      return { ...page, parts: page.parts.map((part) => ({ ...part, checksums: CRC32 })) };
    };
    const result = await copyLargeObject({ ...options, store: { ...options.store, listParts } });
    expect(algorithms).toEqual(['CRC32', undefined]);
    expect(codesOf(result)).toEqual(['CHECKSUM_NOT_PRESERVED']);
    expectWholeCopy(fake);
    expect(fake.uploads.size).toBe(0);
  });

  it('are not named on Complete where none was asked for', async () => {
    const { options, sent } = setUpClaims({ source: CRC32, part: () => CRC32 });
    const createMultipartUpload: CopyStore['createMultipartUpload'] = async (request) => {
      if (request.checksumAlgorithm !== undefined) {
        throw failure('createMultipartUpload', 'permanent', 400, 'InvalidArgument');
      }
      return options.store.createMultipartUpload(request);
    };
    const result = await copyLargeObject({ ...options, store: { ...options.store, createMultipartUpload } });
    expect(codesOf(result)).toEqual(['CHECKSUM_NOT_PRESERVED']);
    expect(sent).toEqual(Array.from({ length: 20 }));
  });

  it('may be those of a source that is copied in one part', async () => {
    const claims: Claims = { source: CRC32, part: () => CRC32, finished: () => CRC32 };
    const { options, algorithms, sent } = setUpClaims(claims, { partSize: 200 });
    expect(await copyLargeObject(options)).toMatchObject({ parts: 1, warnings: [] });
    expect(algorithms).toEqual(['CRC32']);
    expect(sent).toEqual([CRC32]);
  });

  it.each([
    ['CRC64NVME', 'AAECAw=='],
    ['CRC32', 'AAECAwQFBgc='],
    ['CRC32C', 'AA=='],
    ['SHA256', Buffer.alloc(20).toString('base64')],
    ['SHA1', Buffer.alloc(32).toString('base64')],
    ['CRC64ECMA', 'AAECAw=='],
  ])('prove nothing if the %s of the source has another length: %s', async (algorithm, value) => {
    const { options, algorithms } = setUpClaims({
      source: { [algorithm]: value },
      finished: () => ({ [algorithm]: WHOLE[algorithm] ?? '12345' }),
    });
    expect(await copyLargeObject(options)).toMatchObject({ verified: 'etag', warnings: [] });
    expect(algorithms).toEqual([undefined]);
  });

  it('leave the next algorithm that has its length', async () => {
    const { options, algorithms } = setUpClaims({ source: { CRC64NVME: 'AAECAw==', ...CRC32 } });
    await copyLargeObject(options);
    expect(algorithms).toEqual(['CRC32']);
  });

  it('prove nothing if that of the copy has another length', async () => {
    const { options } = setUpClaims({ source: CRC32, finished: () => ({ CRC32: 'AAECAwQFBgc=' }) });
    expect(await copyLargeObject(options)).toMatchObject({ verified: 'etag', warnings: [] });
  });

  it('still tell a wrong copy if they have the right length', async () => {
    const { options } = setUpClaims({ source: CRC32, finished: () => ({ CRC32: 'BAUGBw==' }) });
    expect((await endOf(copyLargeObject(options))).error).toBeInstanceOf(VerificationError);
  });
});

describe('preserve.checksum: false', () => {
  it.each([1000, 5])('asks for no checksum and compares none, with a threshold of %i', async (multipartThreshold) => {
    const claims: Claims = { source: CRC32, part: () => CRC32, finished: () => ({ CRC32: 'BAUGBw==' }) };
    const { fake, options, algorithms } = setUpClaims(claims, { preserve: { checksum: false }, multipartThreshold });
    expect(await copyLargeObject(options)).toMatchObject({ verified: 'etag', warnings: [] });
    expect(algorithms.filter(Boolean)).toEqual([]);
    expect(fake.calls.filter(({ request }) => request['checksums'] === true)).toEqual([]);
  });
});
