import { describe, expect, it } from 'vitest';
import { copyLargeObject, VerificationError } from '../../src/index.ts';
import { failure } from './fake-store.ts';
import { endOf, setUpCopy } from './set-up-copy.ts';

// MinIO of 2021, on four drives, refuses to read `a//b` and takes a CopyObject to it, which replaces `a/b`.

describe.each([
  ['as one', { multipartThreshold: 1000 }],
  ['in parts', {}],
] as const)('a key that the store refuses to read, %s', (_, sizes) => {
  /** A store that refuses HEAD of one key. */
  function setUp(key: string, vendorCode: string) {
    return setUpCopy(
      {
        hook({ operation, request }) {
          if (operation !== 'headObject' || request['bucket'] !== 'dst' || request['key'] !== key) return;
          throw failure(operation, 'permanent', 400, vendorCode);
        },
      },
      { destination: { bucket: 'dst', key }, ...sizes },
    );
  }

  it('is refused before anything is written', async () => {
    const { fake, options } = setUp('a//b', 'XMinioInvalidObjectName');
    fake.put('dst/a/b', 7);
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({ name: 'StoreError', vendorCode: 'XMinioInvalidObjectName' });
    expect((error as Error).message).toMatch(/such a key may have no place on this store, which would copy to "a\/b"$/);
    expect(fake.objects.get('dst/a/b')?.size).toBe(7);
    expect([fake.count('copyObject'), fake.count('createMultipartUpload')]).toEqual([0, 0]);
  });

  it('is no copy, whatever the store said', async () => {
    const { options } = setUp('plain', 'XMinioInvalidObjectName');
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toBeInstanceOf(VerificationError);
    expect((error as Error).message).toMatch(/plain can't be read \(XMinioInvalidObjectName\) though the store said/);
  });

  it('unlike an object that may not be read', async () => {
    const { options } = setUp('a//b', 'InvalidRequest');
    const { result } = await endOf(copyLargeObject(options));
    expect(result).toMatchObject({ verified: 'none', warnings: [{ code: 'SIZE_NOT_VERIFIED' }] });
  });
});
