import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, expect, it } from 'vitest';
import { fromS3Client } from '../../src/adapters/aws-sdk.ts';
import { copyLargeObject } from '../../src/index.ts';
import { startTestStore, type TestStore } from '../../src/testing/index.ts';

const MIB = 1024 * 1024;
const size = 12 * MIB;
const film = { bucket: 'films', key: 'film.mxf' };
const servers: TestStore[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** Two installations that hold the same object, as after a replication. */
async function twoStores() {
  for (let index = 0; index < 2; index++) servers.push(await startTestStore({ objects: [{ ...film, size }] }));
  const [sourceStore, store] = servers.map(({ endpoint, credentials, region }) =>
    fromS3Client(new S3Client({ endpoint, credentials, region, forcePathStyle: true })),
  );
  return { sourceStore, store };
}

it.each([
  ['one request', 128 * MIB],
  ['parts', 0],
])('two clients of two endpoints copy between equal names by %s', async (_way, multipartThreshold) => {
  const options = { ...(await twoStores()), source: film, destination: film, multipartThreshold, partSize: 5 * MIB };
  const result = await copyLargeObject(options as Parameters<typeof copyLargeObject>[0]);
  expect(result.size).toBe(size);
  expect(servers[1]?.provenance(film.bucket, film.key)).toMatchObject([
    { ...film, start: 0, end: size - 1, offset: 0 },
  ]);
  expect(servers[1]?.uploads(film.bucket)).toEqual([]);
});

it('one client is refused a copy of an object onto itself', async () => {
  const { store } = await twoStores();
  expect(() =>
    copyLargeObject({ store, source: film, destination: film } as Parameters<typeof copyLargeObject>[0]),
  ).toThrow(/name the same object/);
});
