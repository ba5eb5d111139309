import { describe, expect, it } from 'vitest';
import { copyLargeObject, CopyError, type CopyOptions } from '../../src/index.ts';
import { EMPTY_ANSWER } from '../../src/store/classify-failure.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { failure } from './fake-store.ts';
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
] as const;

describe.each(REFUSALS)('a store that answers a part copy with %d %s', (statusCode, vendorCode) => {
  it('is given one CopyObject, and nothing is left behind', async () => {
    const { fake, options } = setUp(statusCode, vendorCode);
    const { result } = await endOf(copyLargeObject(options));
    expect(result).toMatchObject({ strategy: 'single', parts: 0, size: 200 });
    expectWholeCopy(fake);
    expect(fake.uploads.size).toBe(0);
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
