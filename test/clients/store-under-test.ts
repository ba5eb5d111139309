import { createHash, randomFillSync } from 'node:crypto';
import { GetObjectCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { startTestStore } from '../../src/testing/index.ts';

const MiB = 1024 ** 2;

/** The embedded store with what every client is asked to copy. */
export interface StoreUnderTest {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Objects in the bucket `source`: one that takes several parts, and one that doesn't. */
  readonly objects: readonly { readonly key: string; readonly size: number; readonly md5: string }[];
  /** Reads an object of the bucket `destination` back. */
  readMd5(key: string): Promise<string>;
  /** Number of uploads in progress in the bucket `destination`. */
  countUploads(): Promise<number>;
  close(): Promise<void>;
}

export async function startStoreUnderTest(): Promise<StoreUnderTest> {
  const bodies = [
    { key: 'folder/großer film +1.bin', body: randomFillSync(Buffer.alloc(20 * MiB + 17)) },
    { key: 'folder/small.txt', body: Buffer.from('a few bytes') },
  ];
  const server = await startTestStore({
    buckets: ['destination'],
    objects: bodies.map(({ key, body }) => ({
      bucket: 'source',
      key,
      body,
      contentType: 'application/x-film',
      metadata: { director: 'nobody' },
    })),
  });
  const { endpoint, region, credentials } = server;
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  return {
    endpoint,
    region,
    accessKeyId: credentials.accessKeyId,
    secretAccessKey: credentials.secretAccessKey,
    objects: bodies.map(({ key, body }) => ({ key, size: body.length, md5: md5Of(body) })),
    readMd5: async (key) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: 'destination', Key: key }));
      return md5Of((await Body?.transformToByteArray()) ?? Buffer.from('no body'));
    },
    countUploads: async () => {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: 'destination' }));
      return Uploads.length;
    },
    close: async () => {
      client.destroy();
      await server.close();
    },
  };
}

function md5Of(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}
