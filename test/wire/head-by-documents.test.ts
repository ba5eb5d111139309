import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { s3Store } from '../../src/index.ts';

it.each([
  [
    'GCS of an object that it would unpack',
    { 'x-goog-stored-content-length': '200', 'x-goog-stored-content-encoding': 'gzip' },
    { size: 200, properties: { contentEncoding: 'gzip' } },
  ],
  [
    'GCS of any other',
    { 'content-length': '200', 'x-goog-stored-content-length': '200', 'x-goog-stored-content-encoding': 'identity' },
    { size: 200, properties: { contentEncoding: undefined } },
  ],
  ['S3 of one with hidden metadata', { 'content-length': '7', 'x-amz-missing-meta': '2' }, { missingMetadata: 2 }],
  ['S3 of a marker', { 'content-length': '0', 'x-amz-delete-marker': 'true' }, { deleteMarker: true }],
])('reads the HEAD by %s', async (_, headers, expected) => {
  const server = createServer((__, response) => {
    response.writeHead(200, { etag: '"x"', 'last-modified': new Date(0).toUTCString(), ...headers }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const credentials = { accessKeyId: 'AK', secretAccessKey: 'SK' };
  const store = s3Store({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials });
  expect(await store.headObject({ bucket: 'b', key: 'k' })).toMatchObject(expected);
});
