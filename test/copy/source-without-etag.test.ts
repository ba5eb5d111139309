import { describe, expect, it } from 'vitest';
import { copyLargeObject, type CopyStore, type HeadObjectResult, SourceChangedError } from '../../src/index.ts';
import { failure, type FakeStoreOptions } from './fake-store.ts';
import { endOf, expectWholeCopy, setUpCopy } from './set-up-copy.ts';

const STRATEGIES = [
  ['parts', 'copyPart', {}],
  ['one request', 'copyObject', { multipartThreshold: 1000 }],
] as const;

describe.each(STRATEGIES)('a source without ETag, copied by %s', (_, operation, more) => {
  const setUp = (fakeOptions: FakeStoreOptions = {}) => setUpCopy({ ...fakeOptions, hideEtags: true }, more);

  it('is pinned by its date, with a warning that this is weak', async () => {
    const { fake, options } = setUp();
    const date = fake.objects.get('src/a')?.lastModified;
    const result = await copyLargeObject(options);
    const requests = fake.calls.filter((call) => call.operation === operation).map(({ request }) => request);
    expect(requests.length).toBeGreaterThan(0);
    for (const request of requests) {
      expect(request['sourceIfMatch']).toBeUndefined();
      expect(request['sourceIfUnmodifiedSince']).toEqual(date);
    }
    expect(result.warnings.filter(({ code }) => code === 'SOURCE_PIN_WEAK')).toHaveLength(1);
    expectWholeCopy(fake);
  });

  it('is copied without a condition if the store refuses the date though nothing changed', async () => {
    const { fake, options } = setUp({
      hook: ({ operation: sent, request }) => {
        if (request['sourceIfUnmodifiedSince'] !== undefined) throw failure(sent, 'permanent', 412);
      },
    });
    await copyLargeObject(options);
    expectWholeCopy(fake);
    expect(fake.uploads.size).toBe(0);
  });

  it('is not warned of if a version of it was named', async () => {
    const { options } = setUp();
    const result = await copyLargeObject({ ...options, source: { ...options.source, versionId: 'v1' } });
    expect(result.warnings.filter(({ code }) => code === 'SOURCE_PIN_WEAK')).toEqual([]);
  });

  const changes: [string, (head: HeadObjectResult) => Partial<HeadObjectResult>][] = [
    ['another version', () => ({ versionId: 'v2' })],
    ['another type', ({ properties }) => ({ properties: { ...properties, contentType: 'text/plain' } })],
    ['no language any more', ({ properties }) => ({ properties: { ...properties, contentLanguage: undefined } })],
    ['another redirect', ({ properties }) => ({ properties: { ...properties, websiteRedirectLocation: '/x' } })],
    ['more metadata', ({ properties }) => ({ properties: { ...properties, metadata: { reel: '7', scene: '1' } } })],
    ['another checksum', () => ({ checksums: { CRC32: 'BAUGBw==' } })],
    ['another date', () => ({ lastModified: new Date(0) })],
    ['another size', () => ({ size: 199 })],
  ];
  it.each(changes)('is seen to have changed within its second by %s', async (__, change) => {
    const { fake, options } = setUp();
    const properties = { contentType: 'video/mxf', contentLanguage: 'de', metadata: { reel: '7' } };
    fake.put('src/a', 200, properties);
    let looks = 0;
    const store: CopyStore = {
      ...fake.store,
      headObject: async (request) => {
        const head = await fake.store.headObject(request);
        if (request.bucket !== 'src') return head;
        const known = {
          ...head,
          versionId: 'v1',
          ...(request.checksums === true && { checksums: { CRC32: 'AAECAw==' } }),
        };
        return ++looks === 1 ? known : { ...known, ...change(known) };
      },
    };
    expect((await endOf(copyLargeObject({ ...options, store }))).error).toBeInstanceOf(SourceChangedError);
    expect(fake.uploads.size).toBe(0);
  });

  it('may be moved to another class meanwhile', async () => {
    const { fake, options } = setUp();
    const { copyPart, copyObject } = fake.store;
    const move = (): void => {
      const source = fake.objects.get('src/a');
      if (source !== undefined) source.properties = { ...source.properties, storageClass: 'STANDARD_IA' };
    };
    const store: CopyStore = {
      ...fake.store,
      copyPart: (request) => copyPart(request).finally(move),
      copyObject: (request) => copyObject(request).finally(move),
    };
    await copyLargeObject({ ...options, store });
    expectWholeCopy(fake);
  });
});
