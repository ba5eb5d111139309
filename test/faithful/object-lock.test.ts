import { expect, test } from 'vitest';
import { CopyError, copyLargeObject, s3Store } from '../../src/index.ts';
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

test.for(strategies)('an event hold that is lost on the way is an error, too ($strategy)', async ({ sizes }) => {
  const eventHold = { on: true, days: 30 };
  const { store } = await setUpStore('s3', {
    buckets: [SOURCE.bucket, DESTINATION.bucket].map((name) => ({ name, objectLock: true })),
    objects: [{ ...SOURCE, size: SIZE, objectLock: { eventHold } }],
  });
  const shorter: CopyStore = withOperations(store, {
    headObject: async (request) => {
      const head = await store.headObject(request);
      const objectLock = { eventHold: { ...eventHold, days: 7 } };
      return request.bucket === SOURCE.bucket ? head : { ...head, properties: { ...head.properties, objectLock } };
    },
  });
  const error = await failureOf(copySource({ store: shorter, preserve: { objectLock: true }, ...sizes }));
  expect(error).toMatchObject({
    destinationWritten: true,
    message: expect.stringContaining('(event hold ON and 30 days): it has event hold ON and 7 days'),
  });
});

test('an event hold lasts for days or for years, not for both', () => {
  const objectLock = { eventHold: { on: true, days: 1, years: 1 } };
  const copy = () => copyLargeObject({ store, source: SOURCE, destination: { ...DESTINATION, objectLock } });
  const store = s3Store({ region: 'eu-west-1', credentials: false });
  expect(copy).toThrow("'destination.objectLock.eventHold' must have 'days' or 'years', not both");
});
