import { describe, expect, it } from 'vitest';
import {
  copyLargeObject,
  type CopyOptions,
  type CopyStore,
  DestinationExistsError,
  type StoreOperation,
  StoreError,
  VerificationError,
} from '../../src/index.ts';
import { EMPTY_ANSWER } from '../../src/store/classify-failure.ts';
import { failure, type Hook } from './fake-store.ts';
import { endOf, expectWholeCopy, FAST_RETRY, setUpCopy } from './set-up-copy.ts';

const STRATEGIES = [
  ['single', { multipartThreshold: 1000 }],
  ['in parts', {}],
] as const;

/** A refusal in a store's own words. */
function refusal(operation: StoreOperation, statusCode: number, vendorCode: string, message: string): StoreError {
  return new StoreError(message, { operation, kind: 'permanent', statusCode, vendorCode });
}

const tagsIn = (request: Record<string, unknown>): unknown =>
  (request['properties'] as { tags?: unknown } | undefined)?.tags;
const hasTags = (request: Record<string, unknown>): boolean => Object.keys(tagsIn(request) ?? {}).length > 0;

/** A store that refuses requests which carry something. */
function refusing(
  matches: (request: Record<string, unknown>, operation: StoreOperation) => boolean,
  statusCode: number,
  vendorCode: string,
  message = 'refused',
): Hook {
  return ({ operation, request }) => {
    if (matches(request, operation)) throw refusal(operation, statusCode, vendorCode, message);
  };
}

function setUp(hook: Hook, more: Partial<CopyOptions> = {}, tags?: Record<string, string>) {
  const set = setUpCopy({ hook, knowsTags: tags !== undefined }, more);
  if (tags !== undefined) set.fake.put('src/a', 200, { tags });
  const sent = (...operations: StoreOperation[]) =>
    set.fake.calls.filter((call) => operations.includes(call.operation)).map((call) => call.request);
  return { ...set, sent };
}

describe('the size that Complete names', () => {
  it.each([
    [400, 'InvalidArgument', 'refused'],
    [400, 'BadRequest', 'Unexpected header'],
    [501, 'NotImplemented', 'A header implies functionality that is not implemented'],
  ])('is left out if the store refuses it: %d %s, %s', async (status, code, message) => {
    const hook = refusing((request) => request['objectSize'] !== undefined, status, code, message);
    const { fake, options, sent } = setUp(hook);
    const { warnings } = await copyLargeObject(options);
    expect(warnings).toEqual([]);
    expectWholeCopy(fake);
    expect(sent('completeMultipartUpload')).toHaveLength(2);
  });

  it.each([
    [400, 'InvalidRequest', 'refused'],
    [400, 'InvalidPart', 'One or more of the specified parts could not be found'],
  ])('stays if the store refuses what it says, or something else: %d %s', async (status, code, message) => {
    const { fake, options, sent } = setUp(
      refusing((_, operation) => operation === 'completeMultipartUpload', status, code, message),
    );
    expect((await endOf(copyLargeObject(options))).error).toMatchObject({ outcome: 'failed' });
    expect(sent('completeMultipartUpload')).toHaveLength(1);
    expect(fake.objects.has('dst/b')).toBe(false);
  });
});

describe('the tagging directive', () => {
  it.each([
    [501, 'NotImplemented', "Header 'x-amz-tagging-directive' not implemented"],
    [501, 'NotImplemented', 'A header implies functionality that is not implemented'],
    [400, 'InvalidArgument', 'Unsupported header received'],
  ])('is left out if the store refuses it: %d %s, %s', async (status, code, message) => {
    const hook = refusing((request) => request['taggingDirective'] !== undefined, status, code, message);
    const { fake, options, sent } = setUp(hook, { multipartThreshold: 1000 });
    const { warnings } = await copyLargeObject(options);
    expect(warnings).toEqual([]);
    expectWholeCopy(fake);
    expect(sent('copyObject')).toHaveLength(2);
    await copyLargeObject(options);
    expect(sent('copyObject')).toHaveLength(3);
  });

  it('is not sent for a source that has no tags', async () => {
    const { options, sent } = setUp(() => undefined, { multipartThreshold: 1000 }, {});
    await copyLargeObject(options);
    expect(sent('copyObject').map((request) => request['taggingDirective'])).toEqual([undefined]);
  });

  it('keeps the source’s tags away if the caller wants none, also from a store that refuses it', async () => {
    const { fake, options } = setUp(
      ({ operation, request }) => {
        if (operation !== 'copyObject') return undefined;
        if (request['taggingDirective'] !== undefined) throw refusal(operation, 501, 'NotImplemented', 'no');
        return {
          after: () => {
            const copy = fake.objects.get('dst/b');
            if (copy !== undefined) copy.properties = { ...copy.properties, tags: { mine: '1' } };
          },
        };
      },
      { multipartThreshold: 1000, preserve: { tags: false } },
      { mine: '1' },
    );
    await copyLargeObject(options);
    expect(fake.objects.get('dst/b')?.properties.tags).toEqual({});
  });

  it('refused, leaves tags to be set afterwards', async () => {
    const hook = refusing((request) => request['taggingDirective'] !== undefined, 501, 'NotImplemented');
    const { fake, options } = setUp(hook, { multipartThreshold: 1000 }, { a: '1' });
    expect((await copyLargeObject(options)).warnings).toEqual([]);
    expect(fake.objects.get('dst/b')?.properties.tags).toEqual({ a: '1' });
  });
});

describe.each(STRATEGIES)('tags, %s', (_, strategy) => {
  const LONG = Object.fromEntries(Array.from({ length: 10 }, (__, index) => [`k${index}`, '\u4E2D'.repeat(256)]));

  it.each([
    ['of the source', {}],
    ['that the caller sets', { destination: { bucket: 'dst', key: 'b', tags: LONG } }],
  ])('%s that are too long for a header are set afterwards', async (__, more) => {
    const { fake, options, sent } = setUp(() => undefined, { ...strategy, ...more }, LONG);
    expect((await copyLargeObject(options)).warnings).toEqual([]);
    expect(sent('copyObject', 'createMultipartUpload').filter(hasTags)).toEqual([]);
    expect(fake.objects.get('dst/b')?.properties.tags).toEqual(LONG);
  });

  it.each([
    [400, 'RequestHeaderSectionTooLarge'],
    [431, 'HeaderTooLarge'],
  ])('that are too long for this store are set afterwards, and shorter ones sent: %d', async (status, code) => {
    const hook = refusing(
      (request) => hasTags(request) && !('tags' in request) && 'x' in (tagsIn(request) as object),
      status,
      code,
    );
    const { fake, options, sent } = setUp(hook, { ...strategy, preserve: { tags: true } }, { x: 'y'.repeat(200) });
    await copyLargeObject(options);
    expect(fake.objects.get('dst/b')?.properties.tags).toEqual({ x: 'y'.repeat(200) });
    await copyLargeObject({ ...options, destination: { bucket: 'dst', key: 'b', tags: { s: '1' } } });
    expect(sent('copyObject', 'createMultipartUpload').filter(hasTags)).toHaveLength(2);
  });

  it('left to the library are dropped with a warning on each copy, and not sent again', async () => {
    const hook = refusing((request) => hasTags(request) || 'tags' in request, 403, 'AccessDenied');
    const { options, sent } = setUp(hook, strategy, { a: '1' });
    const codes = async (bucket: string) =>
      (await copyLargeObject({ ...options, destination: { bucket, key: 'b' } })).warnings.map(({ code }) => code);
    expect(await codes('dst')).toEqual(['TAGS_NOT_PRESERVED']);
    expect(await codes('dst')).toEqual(['TAGS_NOT_PRESERVED']);
    expect(sent('copyObject', 'createMultipartUpload').filter(hasTags)).toHaveLength(1);
    // A permission is of one bucket.
    expect(await codes('other')).toEqual(['TAGS_NOT_PRESERVED']);
    expect(sent('copyObject', 'createMultipartUpload').filter(hasTags)).toHaveLength(2);
  });

  it.each([
    [501, 'NotImplemented', 'A header implies functionality that is not implemented'],
    [405, 'MethodNotAllowed', 'The specified method is not allowed against this resource'],
    [400, 'InvalidRequest', 'Object tagging is not supported'],
  ])('are not missed on a store that has none: %d %s', async (status, code, message) => {
    const hook: Hook = ({ operation }) => {
      if (operation === 'getObjectTagging') throw refusal(operation, status, code, message);
    };
    const { fake, options } = setUp(hook, strategy, {});
    expect((await copyLargeObject(options)).warnings).toEqual([]);
    expectWholeCopy(fake);
    const demanded = await endOf(copyLargeObject({ ...options, preserve: { tags: true } }));
    expect(demanded.error).toMatchObject({ message: expect.stringMatching(/^Cannot preserve tags/) as string });
    const { headObject } = fake.store;
    const store: CopyStore = {
      ...fake.store,
      headObject: async (request) => ({ ...(await headObject(request)), tagCount: 2 }),
    };
    const counted = await copyLargeObject({ ...options, store });
    expect(counted.warnings.map((warning) => warning.code)).toEqual(['TAGS_NOT_PRESERVED']);
  });

  it('that the caller sets, refused: an error that names the option and the store’s words', async () => {
    const hook = refusing(hasTags, 400, 'InvalidArgument', "Unsupported header 'x-amz-tagging' received");
    const { fake, options } = setUp(
      hook,
      { ...strategy, destination: { bucket: 'dst', key: 'b', tags: { a: '1' } } },
      {},
    );
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({
      statusCode: 400,
      message: expect.stringMatching(/Unsupported header 'x-amz-tagging'.*'destination\.tags'/) as string,
    });
    expect(fake.objects.has('dst/b')).toBe(false);
    expect(fake.uploads.size).toBe(0);
  });

  it('are never set again on a store that overwrites the object with them', async () => {
    const { fake, options } = setUp(
      ({ operation, request }) => {
        if (operation === 'getObjectTagging') throw failure(operation, 'permanent', 501, 'NotImplemented');
        if (operation !== 'putObjectTagging') return undefined;
        return { after: () => fake.put(`${String(request['bucket'])}/${String(request['key'])}`, 42) };
      },
      { ...strategy, destination: { bucket: 'dst', key: 'b', tags: { a: '1' } } },
      {},
    );
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toBeInstanceOf(VerificationError);
    expect(error).toMatchObject({
      destinationWritten: true,
      message: expect.stringMatching(/is lost.*42 bytes/) as string,
    });
    const again = await endOf(copyLargeObject(options));
    expect(again.error).toMatchObject({ message: expect.stringMatching(/overwrites an object/) as string });
    expect(fake.objects.get('dst/b')?.size).toBe(200);
  });

  it('left to the library are not written to another store that shows none', async () => {
    const source = setUp(() => undefined, {}, { a: '1' });
    const { fake, options } = setUp(
      ({ operation }) => {
        if (operation === 'getObjectTagging') throw failure(operation, 'transient', 200, EMPTY_ANSWER);
        return undefined;
      },
      strategy,
      {},
    );
    Object.assign(source.fake.objects.get('src/a') ?? {}, fake.objects.get('src/a'), {
      properties: { tags: { a: '1' } },
    });
    const { warnings } = await copyLargeObject({ ...options, sourceStore: source.fake.store });
    expect(warnings.map(({ code }) => code)).toEqual(['TAGS_NOT_PRESERVED']);
    expect(fake.count('putObjectTagging')).toBe(0);
  });

  it('are asked for once more at most if the answer holds nothing', async () => {
    const { fake, options } = setUp(
      ({ operation }) => {
        if (operation === 'getObjectTagging') throw failure(operation, 'transient', 200, EMPTY_ANSWER);
      },
      strategy,
      {},
    );
    expect((await copyLargeObject(options)).warnings.map(({ code }) => code)).toEqual(['TAGS_NOT_PRESERVED']);
    expect(fake.count('getObjectTagging')).toBe(2);
  });
});

describe('the condition on the source of a part', () => {
  it.each([
    [501, 'NotImplemented', 'not implemented'],
    [400, 'InvalidArgument', "Unsupported header 'x-amz-copy-source-if-match'"],
    [403, '', 'refused by a firewall'],
  ])('is left out, and the source looked at before Complete: %d', async (status, code, message) => {
    const isPinned = (request: Record<string, unknown>): boolean =>
      request['sourceIfMatch'] !== undefined || request['sourceIfUnmodifiedSince'] !== undefined;
    const hook = refusing((request, operation) => operation === 'copyPart' && isPinned(request), status, code, message);
    const { fake, options, sent } = setUp(hook);
    expect((await copyLargeObject(options)).warnings).toEqual([]);
    expectWholeCopy(fake);
    const refused = sent('copyPart').filter(isPinned).length;
    expect(refused).toBeGreaterThan(0);
    await copyLargeObject(options);
    expect(sent('copyPart').filter(isPinned)).toHaveLength(refused);
  });

  it('is not blamed for a refusal that stays without it', async () => {
    const hook = refusing((_, operation) => operation === 'copyPart', 400, 'InvalidArgument', 'bad');
    const { fake, options } = setUp(hook, { retry: FAST_RETRY });
    expect((await endOf(copyLargeObject(options))).error).toMatchObject({ code: 'ERR_COPY_PART_FAILED' });
    expect(fake.uploads.size).toBe(0);
  });

  it('is not blamed for a permission that is missing', async () => {
    const hook = refusing((_, operation) => operation === 'copyPart', 403, 'AccessDenied');
    const { options, sent } = setUp(hook, { retry: FAST_RETRY });
    expect((await endOf(copyLargeObject(options))).error).toMatchObject({ code: 'ERR_COPY_PART_FAILED' });
    expect(sent('copyPart').filter((request) => request['sourceIfMatch'] === undefined)).toEqual([]);
  });
});

describe('the directive for metadata', () => {
  const hook = refusing(
    (request, operation) => operation === 'copyObject' && request['properties'] !== undefined,
    501,
    'NotImplemented',
    'A header implies functionality that is not there: x-amz-metadata-directive',
  );
  const single = { multipartThreshold: 1000 };

  it('is left out if the store refuses it, and the store carries metadata and tags over', async () => {
    const { fake, options, sent } = setUp(hook, single, { a: '1' });
    fake.put('src/a', 200, { contentType: 'video/mxf', metadata: { reel: '7' }, tags: { a: '1' } });
    expect((await copyLargeObject(options)).warnings).toEqual([]);
    expect(fake.objects.get('dst/b')?.properties).toMatchObject({ metadata: { reel: '7' }, tags: { a: '1' } });
    const before = sent('copyObject').length;
    await copyLargeObject(options);
    expect(sent('copyObject')).toHaveLength(before + 1);
  });

  it('may be named in words', async () => {
    const worded = refusing((request) => request['properties'] !== undefined, 400, 'Bad', 'No metadata directive here');
    const { fake, options } = setUp(worded, single);
    await copyLargeObject(options);
    expectWholeCopy(fake);
  });

  it('left out, tags that the caller sets are set afterwards', async () => {
    const { fake, options } = setUp(
      hook,
      { ...single, destination: { bucket: 'dst', key: 'b', tags: { b: '2' } } },
      {},
    );
    expect((await copyLargeObject(options)).warnings).toEqual([]);
    expect(fake.objects.get('dst/b')?.properties.tags).toEqual({ b: '2' });
  });

  it('left out, what the store doesn’t carry over is warned of', async () => {
    const { fake, options } = setUp(
      (call) => {
        void hook(call);
        const lose = (): void => {
          const copy = fake.objects.get('dst/b');
          if (copy !== undefined) copy.properties = {};
        };
        return call.operation === 'copyObject' ? { after: lose } : undefined;
      },
      single,
      {},
    );
    fake.put('src/a', 200, { metadata: { reel: '7' } });
    expect((await copyLargeObject(options)).warnings.map(({ code }) => code)).toEqual(['PROPERTIES_DIFFER']);
  });

  it.each([
    ['destination.contentType', { destination: { bucket: 'dst', key: 'b', contentType: 'text/plain' } }],
    ['preserve.metadata', { preserve: { metadata: false } }],
  ])('%s is an error that names the option', async (name, more) => {
    const { fake, options } = setUp(hook, { ...single, ...more }, {});
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({ message: expect.stringContaining(`for option '${name}'`) as string });
    expect(fake.objects.has('dst/b')).toBe(false);
  });
});

describe.each([400, 405, 501])('checksums of a HEAD that the store refuses with %d', (status) => {
  it('are not asked for again, and the copy goes on without', async () => {
    const { fake, options, sent } = setUp(
      refusing((request) => request['checksums'] === true, status, 'NotImplemented'),
    );
    const asked = (): number => sent('headObject').filter((request) => request['checksums'] === true).length;
    expect((await copyLargeObject(options)).warnings).toEqual([]);
    expectWholeCopy(fake);
    expect(asked()).toBe(1);
    await copyLargeObject(options);
    expect(asked()).toBe(1);
  });
});

describe.each(STRATEGIES)('If-None-Match, %s', (_, strategy) => {
  it.each([
    [412, 'PreconditionFailed'],
    [411, 'MissingContentLength'],
    [400, 'InvalidArgument'],
    [501, 'NotImplemented'],
  ])('that is refused though nothing is there is met by HEAD: %d', async (status, code) => {
    const hook = refusing((request) => request['ifNoneMatch'] !== undefined, status, code);
    const { fake, options, sent } = setUp(hook, { ...strategy, ifExists: 'fail' });
    expect(await copyLargeObject(options)).toMatchObject({ ifExistsChecked: 'head', warnings: [] });
    expectWholeCopy(fake);
    const conditions = (): number =>
      sent('copyObject', 'completeMultipartUpload').filter((request) => request['ifNoneMatch'] !== undefined).length;
    const before = conditions();
    fake.objects.delete('dst/b');
    await copyLargeObject(options);
    expect(conditions()).toBe(before);
    expect((await endOf(copyLargeObject(options))).error).toBeInstanceOf(DestinationExistsError);
  });
});

describe.each(STRATEGIES)('what the caller demands, %s', (_, strategy) => {
  it.each([
    ['requestPayer', { requestPayer: 'requester' }],
    ['expectedBucketOwner', { expectedBucketOwner: '123456789012' }],
  ] as const)('%s is never left out, and named if the request is refused', async (name, demanded) => {
    const hook = refusing(
      (request, operation) => /copyObject|create/.test(operation) && request[name] !== undefined,
      501,
      'NotImplemented',
      'the store’s words',
    );
    const { fake, options } = setUp(hook, { ...strategy, ...demanded });
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({
      statusCode: 501,
      message: expect.stringMatching(new RegExp(`the store’s words.*'${name}'`)) as string,
    });
    expect(fake.objects.has('dst/b')).toBe(false);
  });
});

it('an owner that the source’s store refuses to check is named at the first HEAD', async () => {
  const hook = refusing((request) => request['expectedBucketOwner'] !== undefined, 400, 'BadRequest', 'bare 400');
  const { options } = setUp(hook, { expectedSourceBucketOwner: '123456789012' });
  const { error } = await endOf(copyLargeObject(options));
  expect(error).toMatchObject({ message: expect.stringMatching(/bare 400.*'expectedSourceBucketOwner'/) as string });
});
