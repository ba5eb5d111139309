import { expect, it } from 'vitest';
import { copyLargeObject } from '../../src/index.ts';
import { setUpCopy } from './set-up-copy.ts';
import { failure } from './fake-store.ts';

it("skips what comes into being during the copy, with ifExists 'skip' on a store that obeys If-None-Match", async () => {
  const { fake, options } = setUpCopy(
    {
      hook: ({ operation, request }) => {
        if (operation !== 'completeMultipartUpload' || request['ifNoneMatch'] !== '*') return;
        fake.put('dst/b', 7);
        throw failure(operation, 'permanent', 412, 'PreconditionFailed');
      },
    },
    { ifExists: 'skip' },
  );
  const result = await copyLargeObject(options);
  expect(result).toMatchObject({ strategy: 'skipped', size: 7 });
  expect(result.sameEtag).toBeUndefined();
  expect(fake.objects.get('dst/b')?.size).toBe(7);
  expect(fake.uploads.size).toBe(0);
});

it('says of what it skips whether it has the source’s ETag', async () => {
  const { fake, options } = setUpCopy({}, { ifExists: 'skip' });
  fake.put('dst/b', 7);
  const other = await copyLargeObject(options);
  expect(other).toMatchObject({ strategy: 'skipped', etag: fake.objects.get('dst/b')?.etag });
  expect(other.sameEtag).toBeUndefined();

  const source = fake.objects.get('src/a');
  if (source !== undefined) fake.objects.set('dst/b', source);
  expect(await copyLargeObject(options)).toMatchObject({ strategy: 'skipped', sameEtag: true });
});
