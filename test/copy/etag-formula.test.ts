import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { copyLargeObject, type CopyOptions, type CopyStore, VerificationError } from '../../src/index.ts';
import { fakeStore } from './fake-store.ts';
import { endOf, FAST_RETRY } from './set-up-copy.ts';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const SOURCE_ETAG = md5('the source');
const IN_PARTS = { multipartThreshold: 5 };
const SINGLE = { multipartThreshold: 1000 };
let stores = 0;

/** How a store that isn't known makes ETags. */
interface Dialect {
  readonly source?: string;
  /** Of the finished object, from what S3 would give it. */
  readonly finished?: (etag: string) => string | undefined;
  readonly part?: (etag: string) => string;
  readonly traits?: CopyStore['traits'];
}

function setUp({ source = SOURCE_ETAG, finished, part, traits }: Dialect, more: Partial<CopyOptions>) {
  const fake = fakeStore({ traits: { etagFormula: undefined, endpoint: `http://store-${++stores}.test`, ...traits } });
  fake.put('src/a', 200);
  const object = fake.objects.get('src/a');
  if (object !== undefined) object.etag = source;
  const { store } = fake;
  const shown = (etag: string | undefined): string | undefined =>
    etag === undefined || finished === undefined ? etag : finished(etag);
  const speaking: CopyStore = {
    ...store,
    headObject: async (request) => {
      const head = await store.headObject(request);
      return request.bucket === 'dst' ? { ...head, etag: shown(head.etag) } : head;
    },
    copyObject: async (request) => {
      const answer = await store.copyObject(request);
      return { ...answer, etag: shown(answer.etag) };
    },
    copyPart: async (request) => {
      const answer = await store.copyPart(request);
      return part === undefined ? answer : { ...answer, etag: part(answer.etag) };
    },
    completeMultipartUpload: async (request) => {
      const parts = await store.listParts({ bucket: request.bucket, key: request.key, uploadId: request.uploadId });
      const answer = await store.completeMultipartUpload({ ...request, parts: parts.parts });
      return { ...answer, etag: shown(answer.etag) };
    },
  };
  const options: CopyOptions = {
    store: speaking,
    source: { bucket: 'src', key: 'a' },
    destination: { bucket: 'dst', key: 'b' },
    partSize: 10,
    retry: FAST_RETRY,
    hedge: false,
    ...more,
  };
  return { fake, options };
}

const codesOf = ({ warnings }: { readonly warnings: readonly { readonly code: string }[] }): string[] =>
  warnings.map(({ code }) => code);

const OSS = (etag: string): string => `${md5(`oss ${etag}`).toUpperCase()}-20`;

describe('a store of which the formula isn’t known', () => {
  it('is taken at its size, with a warning, if its ETag isn’t S3’s', async () => {
    const { options } = setUp({ finished: OSS }, IN_PARTS);
    const result = await copyLargeObject(options);
    expect(result.verified).toBe('size');
    expect(codesOf(result)).toEqual(['ETAG_UNPREDICTED']);
  });

  it.each([
    ['in parts', IN_PARTS, OSS],
    ['singly', SINGLE, (etag: string) => md5(`random ${etag}`)],
  ] as const)('fails if the caller demands the ETag, and names the way out (%s)', async (_, more, finished) => {
    const { options } = setUp({ finished }, { ...more, verify: 'etag' });
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toBeInstanceOf(VerificationError);
    expect((error as Error).message).toContain("verify: 'size'");
  });

  it('needs no warning if the caller asks for the size', async () => {
    const { options } = setUp({ finished: OSS }, { ...IN_PARTS, verify: 'size' });
    expect(await copyLargeObject(options)).toMatchObject({ verified: 'size', warnings: [] });
  });

  it('is not believed if the object is older than the copy', async () => {
    const { fake, options } = setUp({ finished: OSS }, IN_PARTS);
    const { completeMultipartUpload } = options.store;
    const store: CopyStore = {
      ...options.store,
      completeMultipartUpload: async (request) => {
        const answer = await completeMultipartUpload(request);
        fake.put('dst/b', 200);
        return answer;
      },
    };
    expect((await endOf(copyLargeObject({ ...options, store }))).error).toBeInstanceOf(VerificationError);
  });

  it('is not believed if another object of another number of parts stands there', async () => {
    const { options } = setUp({ finished: (etag) => OSS(etag).replace('-20', '-19') }, IN_PARTS);
    expect((await endOf(copyLargeObject(options))).error).toBeInstanceOf(VerificationError);
  });

  it('is known once an object has proved the formula: then another ETag is a wrong copy', async () => {
    let isWrong = false;
    const { options } = setUp({ finished: (etag) => (isWrong ? OSS(etag) : etag) }, IN_PARTS);
    expect(await copyLargeObject(options)).toMatchObject({ verified: 'etag', warnings: [] });
    isWrong = true;
    expect((await endOf(copyLargeObject(options))).error).toBeInstanceOf(VerificationError);
  });

  it('is known of whole objects once one has kept its ETag, and not by an object in parts', async () => {
    let isRandom = true;
    const finished = (etag: string): string => (isRandom && !etag.includes('-') ? md5(`random ${etag}`) : etag);
    const { options } = setUp({ finished }, IN_PARTS);
    expect(await copyLargeObject(options)).toMatchObject({ verified: 'etag', warnings: [] });
    const singly = { ...options, ...SINGLE };
    for (let count = 0; count < 2; count++) {
      const result = await copyLargeObject(singly);
      expect(result.verified).toBe('size');
      expect(codesOf(result)).toEqual(['ETAG_UNPREDICTED']);
    }
    isRandom = false;
    expect(await copyLargeObject(singly)).toMatchObject({ verified: 'etag', warnings: [] });
    isRandom = true;
    const { error } = await endOf(copyLargeObject(singly));
    expect(error).toBeInstanceOf(VerificationError);
    // The store itself answered with this ETag.
    expect((error as Error).message).toContain("verify: 'size'");
    const sized = await copyLargeObject({ ...singly, verify: 'size' });
    expect(sized.verified).toBe('size');
    expect(codesOf(sized)).toEqual(['ETAG_DIFFERS']);
  });

  it('proves the content by the plain MD5 of the whole, and is known to have another formula', async () => {
    let isWhole = true;
    const { options } = setUp({ finished: (etag) => (isWhole ? SOURCE_ETAG : OSS(etag)) }, IN_PARTS);
    expect(await copyLargeObject(options)).toMatchObject({ verified: 'etag', etag: SOURCE_ETAG, warnings: [] });
    isWhole = false;
    expect(await copyLargeObject(options)).toMatchObject({ verified: 'size', warnings: [] });
  });

  it.each([
    ['in capitals', SOURCE_ETAG.toUpperCase(), 'etag'],
    ['a GUID', '550e8400-e29b-41d4-a716-446655440000', 'size'],
    ['a SHA-256', createHash('sha256').update('x').digest('hex'), 'size'],
    ['none at all', undefined, 'size'],
    ['random hex', md5('random'), 'size'],
  ] as const)('copies once if the ETag of a single copy is %s', async (name, etag, verified) => {
    const { fake, options } = setUp({ finished: () => etag }, SINGLE);
    const result = await copyLargeObject(options);
    expect(result.verified).toBe(verified);
    expect(fake.count('copyObject')).toBe(1);
    const codes: Record<string, string[]> = { 'none at all': ['NO_ETAG'], 'random hex': ['ETAG_UNPREDICTED'] };
    expect(codesOf(result)).toEqual(codes[name] ?? []);
  });

  it.each([
    ['GUIDs', (etag: string) => `${etag.slice(0, 8)}-e29b-41d4-a716-446655440000`],
    ['SHA-256', (etag: string) => createHash('sha256').update(etag).digest('hex')],
  ])('copies in parts whose ETags are %s, verified by size', async (_, part) => {
    const { options } = setUp({ part, finished: part }, IN_PARTS);
    expect(await copyLargeObject(options)).toMatchObject({ verified: 'size', warnings: [] });
  });
});

describe('a store that is known', () => {
  it.each([
    ['by its trait', { etagFormula: 'aws' }],
    ['as Amazon’s', { endpoint: 'https://s3.eu-west-1.amazonaws.com' }],
    ['as Amazon’s in China', { endpoint: 'https://s3.cn-north-1.amazonaws.com.cn' }],
    ['as Huawei’s', { endpoint: 'https://obs.cn-north-4.myhuaweicloud.com' }],
  ] as const)('%s to follow the formula fails with another ETag', async (_, traits) => {
    for (const [more, finished] of [
      [IN_PARTS, OSS],
      [SINGLE, (etag: string) => md5(etag)],
    ] as const) {
      const { options } = setUp({ finished, traits }, more);
      expect((await endOf(copyLargeObject(options))).error).toBeInstanceOf(VerificationError);
    }
  });

  it.each([
    ['by its trait', { etagFormula: 'other' }, []],
    [
      'as Amazon’s directory buckets',
      { endpoint: 'https://s3express-use1-az4.us-east-1.amazonaws.com' },
      ['ETAG_UNPREDICTED'],
    ],
    ['as nobody: a name that only looks so', { endpoint: 'https://amazonaws.com.example.org' }, ['ETAG_UNPREDICTED']],
  ] as const)('%s not to follow it is taken at its size', async (_, traits, codes) => {
    const { options } = setUp({ finished: OSS, traits }, IN_PARTS);
    const result = await copyLargeObject(options);
    expect(result.verified).toBe('size');
    expect(codesOf(result)).toEqual(codes);
  });
});
