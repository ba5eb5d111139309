import { expect, it } from 'vitest';
import {
  copyLargeObject,
  OBS_LIMITS,
  obsStore,
  planCopy,
  S3_LIMITS,
  s3Store,
  type StoreLimits,
} from '../../src/index.ts';
import { startTestStore } from '../../src/testing/index.ts';
import { CREDENTIALS } from './scripted-server.ts';

it.each([
  ['s3Store', s3Store, S3_LIMITS],
  ['obsStore', obsStore, OBS_LIMITS],
] as const)('limits of %s are the vendor’s, but for those that are given', (_name, makeStore, vendor) => {
  const store = (limits?: Partial<StoreLimits>) =>
    makeStore({ endpoint: 's3.example.com', credentials: CREDENTIALS, limits });
  expect(store().limits).toEqual(vendor);
  expect(store({ maxParts: 1000, maxPartSize: undefined } as never).limits).toEqual({ ...vendor, maxParts: 1000 });
  expect(() => store({ maxPart: 1 } as never)).toThrow("Unknown option 'limits.maxPart'");
  expect(() => store({ maxParts: 10_001 })).toThrow("'limits.maxParts'");
  expect(() => store({ maxParts: 0 })).toThrow("'limits.maxParts'");
  expect(() => store(1000 as never)).toThrow("'limits'");
});

it('a copy has no more parts than the store takes', async () => {
  const GIB = 1024 ** 3;
  const server = await startTestStore({ objects: [{ bucket: 'src', key: 'k', size: 20 * GIB }], buckets: ['dst'] });
  const { endpoint, credentials } = server;
  const store = s3Store({ endpoint, credentials, limits: { maxParts: 10 } });
  const options = { store, source: { bucket: 'src', key: 'k' }, destination: { bucket: 'dst', key: 'k' } };
  expect((await planCopy({ ...options, partSize: 5 * 1024 ** 2 })).parts.length).toBeLessThanOrEqual(10);
  await expect(copyLargeObject(options)).resolves.toMatchObject({ size: 20 * GIB, strategy: 'multipart' });
  await server.close();
});
