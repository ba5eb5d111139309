import { Readable } from 'node:stream';
import { S3Client } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { fromS3Client } from '../../src/adapters/aws-sdk.ts';

it.each([
  ['https://s3.eu-west-1.amazonaws.com', true],
  ['https://s3.fr-par.scw.cloud', false],
])('an object of class GLACIER at %s must be restored first: %s', async (endpoint, archived) => {
  const client = new S3Client({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
    requestHandler: {
      handle: () => {
        const headers = { 'content-length': '1', etag: '"e"', 'x-amz-storage-class': 'GLACIER' };
        return Promise.resolve({ response: { statusCode: 200, headers, body: Readable.from([]) } });
      },
    } as never,
  });
  const head = await fromS3Client(client).headObject({ bucket: 'b', key: 'k' });
  expect(head.archived).toBe(archived);
});
