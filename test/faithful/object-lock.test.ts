import { expect, test } from 'vitest';
import { CopyError } from '../../src/index.ts';
import type { CopyStore } from '../../src/store/copy-store.ts';
import {
  copySource,
  DESTINATION,
  failureOf,
  isWholeCopy,
  setUpStore,
  SIZE,
  SOURCE,
  strategies,
  withOperations,
} from './set-up-store.ts';

const objectLock = { mode: 'COMPLIANCE', retainUntil: new Date('2030-01-02T03:04:05Z'), legalHold: true };

/** A store that takes the headers of a lock and ignores them, as Ceph RGW 16 does. */
async function setUpForgetful() {
  const { server, store } = await setUpStore('s3', {
    buckets: [SOURCE.bucket, DESTINATION.bucket].map((name) => ({ name, objectLock: true })),
    objects: [{ ...SOURCE, size: SIZE, objectLock }],
  });
  const forgetful: CopyStore = withOperations(store, {
    copyObject: (request) =>
      store.copyObject({ ...request, properties: { ...request.properties, objectLock: undefined } }),
    createMultipartUpload: (request) =>
      store.createMultipartUpload({ ...request, properties: { ...request.properties, objectLock: undefined } }),
  });
  return { server, store, forgetful };
}

test.for(strategies)(
  'a lock that must be carried over and isn’t there in the end is an error; the object stays ($strategy)',
  async ({ sizes }) => {
    const { server, store, forgetful } = await setUpForgetful();
    const error = await failureOf(copySource({ store: forgetful, preserve: { objectLock: true }, ...sizes }));
    expect(error).toBeInstanceOf(CopyError);
    expect(error).toMatchObject({
      destinationWritten: true,
      message: expect.stringMatching(/was copied .* doesn't show the object lock .* it has none$/),
    });
    expect(isWholeCopy(server)).toBe(true);

    expect((await copySource({ store, preserve: { objectLock: true }, ...sizes })).warnings).toEqual([]);
  },
);

test.for(strategies)(
  'a lock that the caller sets and that can’t be seen is a warning: it may be there ($strategy)',
  async ({ sizes }) => {
    const { server, forgetful } = await setUpForgetful();
    const result = await copySource({ store: forgetful, destination: { ...DESTINATION, objectLock }, ...sizes });
    expect(result.warnings).toMatchObject([{ code: 'OBJECT_LOCK_NOT_SEEN' }]);
    expect(isWholeCopy(server)).toBe(true);
  },
);
