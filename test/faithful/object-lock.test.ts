import { describe, expect, test } from 'vitest';
import { CopyError, copyLargeObject, s3Store } from '../../src/index.ts';
import type { CopyStore } from '../../src/store/copy-store.ts';
import { waysToStore } from '../contract/embedded-store.ts';
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

/** A store that takes the headers of a lock and ignores them, as Ceph RGW 16 does; with or without the calls to set one afterwards. */
async function setUpForgetful(
  more: Parameters<typeof withOperations>[1],
  way: keyof typeof waysToStore = 's3Store',
  lock: object = objectLock,
) {
  const { server } = await setUpStore('s3', {
    personality: lock === objectLock ? 'aws' : 'obs',
    buckets: [SOURCE.bucket, DESTINATION.bucket].map((name) => ({ name, objectLock: true, versioning: 'enabled' })),
    objects: [{ ...SOURCE, size: SIZE, objectLock: lock }],
  });
  const store = waysToStore[way](server, lock === objectLock ? 'v4' : 'obs');
  const forgetful: CopyStore = withOperations(store, {
    copyObject: (request) =>
      store.copyObject({ ...request, properties: { ...request.properties, objectLock: undefined } }),
    createMultipartUpload: (request) =>
      store.createMultipartUpload({ ...request, properties: { ...request.properties, objectLock: undefined } }),
    ...more,
  });
  return { server, store, forgetful };
}

const NO_CALLS = { putObjectRetention: undefined, putObjectLegalHold: undefined };
const RETENTION = { mode: 'COMPLIANCE', retainUntil: new Date('2030-01-02T03:04:05.678Z') };
const WAYS = [
  ['s3Store', objectLock],
  ['fromS3Client', objectLock],
  ['obsStore', RETENTION],
  ['fromVendorObsClient', RETENTION],
] as const;

describe.for(WAYS)('%s', ([way, lock]) => {
  test.for(strategies)('sets a lock that the store ignored with the copy ($strategy)', async ({ sizes }) => {
    const { server, forgetful } = await setUpForgetful({}, way, lock);
    const result = await copySource({ store: forgetful, preserve: { objectLock: true }, ...sizes });
    expect(result.warnings).toEqual([]);
    expect(server.object(DESTINATION.bucket, DESTINATION.key)?.lock).toMatchObject({
      ...lock,
      retainUntil: expect.stringMatching(/^2030-01-02T03:04:05/) as string,
    });
    expect(isWholeCopy(server)).toBe(true);
  });
});

test.for(strategies)(
  'a lock that can’t be set afterwards either is an error that says why ($strategy)',
  async ({ sizes }) => {
    const { server, forgetful } = await setUpForgetful({});
    server.setFaults([
      ({ operation }) =>
        operation === 'putObjectRetention' ? { kind: 'error', status: 403, code: 'AccessDenied' } : undefined,
    ]);
    const error = await failureOf(copySource({ store: forgetful, preserve: { objectLock: true }, ...sizes }));
    expect(error).toMatchObject({
      destinationWritten: true,
      message: expect.stringMatching(/doesn't show the object lock .* Cannot set the retention of .* 403/) as string,
    });
  },
);

test.for(strategies)(
  'a lock that must be carried over and isn’t there in the end is an error; the object stays ($strategy)',
  async ({ sizes }) => {
    const { server, store, forgetful } = await setUpForgetful(NO_CALLS);
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
    const { server, forgetful } = await setUpForgetful(NO_CALLS);
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
