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
  expect(fake.objects.get('dst/b')?.size).toBe(7);
  expect(fake.uploads.size).toBe(0);
});
