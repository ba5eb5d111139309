import { expect, test } from 'vitest';
import { copyLargeObject, s3Store } from '../../src/index.ts';
import { startTestStore, type PersonalityName } from '../../src/testing/index.ts';

/** Starts a store, at a given port if one is asked for, copies an object of three parts there, and closes it. */
async function copyAt(personality: PersonalityName, port?: number) {
  const server = await startTestStore({
    personality,
    port,
    buckets: ['destination'],
    objects: [{ bucket: 'source', key: 'film', size: 15_000_000 }],
  });
  const { endpoint, credentials, region } = server;
  try {
    const { verified } = await copyLargeObject({
      store: s3Store({ endpoint, credentials, region }),
      source: { bucket: 'source', key: 'film' },
      destination: { bucket: 'destination', key: 'film' },
      multipartThreshold: 5_242_880,
      partSize: 5_242_880,
    });
    return { verified, port: server.port };
  } finally {
    await server.close();
  }
}

test('a store at a port where one with other ETags ran before is met as a new one', async () => {
  const aws = await copyAt('aws');
  expect(aws.verified).toBe('etag');
  expect(await copyAt('oss', aws.port)).toEqual({ verified: 'size', port: aws.port });
});
