import { describe, expect, it } from 'vitest';
import { copyLargeObject, CopyError, type CopyOptions } from '../../src/index.ts';
import { EMPTY_ANSWER } from '../../src/store/classify-failure.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { failure, type Hook } from './fake-store.ts';
import { endOf, expectWholeCopy, setUpCopy } from './set-up-copy.ts';

/** A store that refuses to copy parts. */
function setUp(statusCode: number, vendorCode: string | undefined, more: Partial<CopyOptions> = {}) {
  return setUpCopy(
    {
      hook: ({ operation }) => {
        if (operation !== 'copyPart') return;
        if (vendorCode === 'InvalidArgument') {
          const details = { operation, kind: 'permanent', statusCode, vendorCode } as const;
          throw new StoreError('the store answered: UploadPartCopy is not supported', details);
        }
        throw failure(operation, 'permanent', statusCode, vendorCode);
      },
    },
    more,
  );
}

const REFUSALS = [
  [501, 'NotImplemented'],
  [501, undefined],
  [411, 'MissingContentLength'],
  [405, 'MethodNotAllowed'],
  [400, 'InvalidArgument'],
  [404, undefined],
] as const;

describe.each(REFUSALS)('a store that answers a part copy with %d %s', (statusCode, vendorCode) => {
  it('is given one CopyObject, and nothing is left behind', async () => {
    const { fake, options } = setUp(statusCode, vendorCode);
    const { result } = await endOf(copyLargeObject(options));
    expect(result).toMatchObject({ strategy: 'single', parts: 0, size: 200 });
    expectWholeCopy(fake);
    expect(fake.uploads.size).toBe(0);
  });

  it('isn’t asked for an upload again, which it might not be able to abort', async () => {
    const { fake, options } = setUp(statusCode, vendorCode);
    await endOf(copyLargeObject(options));
    const { result } = await endOf(copyLargeObject({ ...options, destination: { bucket: 'dst', key: 'again' } }));
    expect(result).toMatchObject({ strategy: 'single', parts: 0, size: 200 });
    expect(fake.count('createMultipartUpload')).toBe(1);
  });

  it('is named where the object is too large for that, and the upload is aborted', async () => {
    const { fake, options } = setUp(statusCode, vendorCode, { onFailure: 'keep' });
    const store = { ...options.store, limits: { ...options.store.limits, maxCopyObjectSize: 100 } };
    const { error } = await endOf(copyLargeObject({ ...options, store }));
    expect(error).toBeInstanceOf(CopyError);
    expect(error).toHaveProperty(
      'message',
      expect.stringMatching(/has no part copy \(UploadPartCopy\).*CopyObject\) takes up to 100 B.*multipartThreshold/),
    );
    expect(fake.uploads.size).toBe(0);
    expect(fake.count('copyObject')).toBe(0);
  });
});

it.each([
  [405, 'MethodNotAllowed'],
  [501, 'NotImplemented'],
  [403, 'AccessDenied'],
])(
  'a store that aborts no upload either, by %d %s, is given one CopyObject, and the upload is named',
  async (...answer) => {
    const { fake, options } = setUpCopy({
      hook({ operation }) {
        if (operation === 'copyPart') throw failure(operation, 'permanent', 501, 'NotImplemented');
        if (operation === 'abortMultipartUpload') throw failure(operation, 'permanent', ...answer);
      },
    });
    const { result } = await endOf(copyLargeObject(options));
    expect(result).toMatchObject({ strategy: 'single', warnings: [{ code: 'UPLOAD_LEFT' }] });
    expect(result?.warnings[0]?.message).toContain([...fake.uploads.keys()][0]);
    expectWholeCopy(fake);
  },
);

/** A store that refuses to copy parts of one object, by words that name its lack or the object. */
function setUpRefusal(refusedKey: string, vendorCode: string, words: string) {
  return setUpCopy({
    hook({ operation, request }) {
      if (operation !== 'copyPart' || (request as { key?: string }).key !== refusedKey) return;
      const details = { operation, kind: 'permanent', statusCode: 400, vendorCode } as const;
      throw new StoreError(
        `Cannot copy part 1 to dst/${refusedKey} as the store answered 400 ${vendorCode}: ${words}`,
        details,
      );
    },
  });
}

it('a refusal that names the object is one for this object alone', async () => {
  const { fake, options } = setUpRefusal(
    'dir/',
    'XMinioInvalidObjectName',
    'Object name contains unsupported characters.',
  );
  const copyTo = (key: string) => endOf(copyLargeObject({ ...options, destination: { bucket: 'dst', key } }));
  expect((await copyTo('dir/')).result).toMatchObject({ strategy: 'single' });
  expect((await copyTo('other')).result).toMatchObject({ strategy: 'multipart' });
  expect(fake.uploads.size).toBe(0);
});

it('a key that sounds like a refusal is no such sign', async () => {
  const { fake, options } = setUpRefusal('not supported', 'InvalidRequest', 'The request is not valid.');
  const { error } = await endOf(copyLargeObject({ ...options, destination: { bucket: 'dst', key: 'not supported' } }));
  expect(error).toMatchObject({ name: 'PartFailedError' });
  expect(fake.count('copyObject')).toBe(0);
});

it('another refusal of a part is no such sign', async () => {
  const { fake, options } = setUp(400, 'InvalidRequest');
  const { error } = await endOf(copyLargeObject(options));
  expect(error).toMatchObject({ name: 'PartFailedError' });
  expect(fake.count('copyObject')).toBe(0);
});

it('a store that takes a part copy for the upload of nothing is given no CopyObject, which it may take so, too', async () => {
  const { fake, options } = setUpCopy({
    hook({ operation, request }) {
      if (operation !== 'copyPart') return;
      const { uploadId = '', partNumber = 0 } = request as { uploadId?: string; partNumber?: number };
      const range = { source: 'nothing', start: 0, end: -1 };
      fake.uploads.get(uploadId)?.parts.set(partNumber, { etag: 'e', size: 0, range });
      throw failure(operation, 'transient', 200, EMPTY_ANSWER);
    },
  });
  const { error } = await endOf(copyLargeObject(options));
  expect(error).toHaveProperty(
    'message',
    expect.stringMatching(/has no part copy .*stored a part of no bytes: it doesn't look at the copy source/),
  );
  expect(fake.count('copyObject')).toBe(0);
  expect(fake.uploads.size).toBe(0);
});

describe.each([
  [501, 'NotImplemented'],
  [405, undefined],
  [404, undefined],
] as const)('a store without uploads in parts: %d %s', (statusCode, vendorCode) => {
  const hook: Hook = ({ operation }) => {
    if (operation === 'createMultipartUpload') throw failure(operation, 'permanent', statusCode, vendorCode);
  };

  it('is given one CopyObject', async () => {
    const { fake, options } = setUpCopy({ hook });
    expect((await endOf(copyLargeObject(options))).result).toMatchObject({ strategy: 'single' });
    expectWholeCopy(fake);
  });

  it('is named if the object is too large for that', async () => {
    const { options } = setUpCopy({ hook });
    const store = { ...options.store, limits: { ...options.store.limits, maxCopyObjectSize: 100 } };
    expect((await endOf(copyLargeObject({ ...options, store }))).error).toMatchObject({
      message: expect.stringMatching(
        /has no uploads in parts \(CreateMultipartUpload\).*takes up to 100 B.*limits/,
      ) as string,
    });
  });

  it('is asked for a Create alone if that carries what the caller demands', async () => {
    const destination = { bucket: 'dst', key: 'b', storageClass: 'COLD' };
    const { fake, options } = setUpCopy({ hook }, { destination });
    const { error } = await endOf(copyLargeObject(options));
    const isExplained = statusCode === 501;
    expect(error instanceof Error).toBe(isExplained);
    expect(fake.count('copyObject')).toBe(isExplained ? 0 : 1);
  });
});

describe.each([
  [501, 'NotImplemented'],
  [405, 'MethodNotAllowed'],
  [404, undefined],
] as const)('a store without CopyObject: %d %s', (statusCode, vendorCode) => {
  const hook: Hook = ({ operation }) => {
    if (operation === 'copyObject') throw failure(operation, 'permanent', statusCode, vendorCode);
  };

  it.each([
    ['copies in parts', 200, / no CopyObject: with multipartThreshold: 0 the object is copied in parts$/],
    ['can’t copy an object of no bytes', 0, /the store may have no CopyObject$/],
  ])('is named, and what helps: %s', async (_, size, message) => {
    const { options } = setUpCopy({ hook }, { multipartThreshold: 1000 }, size);
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({ statusCode, message: expect.stringMatching(message) as string });
  });

  it('nor part copy is named with both', async () => {
    const neither: Hook = (call) => {
      if (call.operation === 'copyPart') throw failure(call.operation, 'permanent', 501, 'NotImplemented');
      return hook(call);
    };
    const { fake, options } = setUpCopy({ hook: neither });
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({ message: expect.stringMatching(/; and in parts: .*has no part copy/) as string });
    expect(fake.uploads.size).toBe(0);
  });

  it('is no advice for a key that servers fold, if all that is known is a 404', async () => {
    const { options } = setUpCopy({ hook }, { destination: { bucket: 'dst', key: 'a//b' } });
    const { error } = await endOf(copyLargeObject({ ...options, multipartThreshold: 1000 }));
    const message =
      statusCode === 404
        ? /; the store may have no place for a key such as "a\/\/b", only for "a\/b"$/
        : / no CopyObject/;
    expect(error).toMatchObject({ message: expect.stringMatching(message) as string });
  });

  it('is no advice for a key or a bucket that is missing', async () => {
    const missing: Hook = ({ operation }) => {
      if (operation === 'copyObject') throw failure(operation, 'permanent', 404, 'NoSuchBucket');
    };
    const { options } = setUpCopy({ hook: missing }, { multipartThreshold: 1000 });
    const { error } = await endOf(copyLargeObject(options));
    expect((error as Error).message).not.toContain('CopyObject');
  });
});

it('a key that a store doesn’t support is no call that it lacks', async () => {
  const { fake, options } = setUpCopy({
    hook: ({ operation }) => {
      if (operation !== 'createMultipartUpload') return;
      const details = { operation, kind: 'permanent', statusCode: 400, vendorCode: 'InvalidArgument' } as const;
      throw new StoreError('Object name contains unsupported characters', details);
    },
  });
  const { error } = await endOf(copyLargeObject(options));
  expect(error).toMatchObject({ operation: 'createMultipartUpload' });
  expect(fake.count('copyObject')).toBe(0);
});
