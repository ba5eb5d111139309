import { Agent } from 'node:http';

import { ACCESS_KEY, BUCKET, type DriverOptions, importPeer, REGION, SOURCE_KEY } from './driver.ts';

/** What a careful user writes today: the AWS SDK v3 with p-limit and p-retry, and as many sockets as there are parts at once. */
export async function prepare(options: DriverOptions): Promise<(key: string) => Promise<unknown>> {
  const { endpoint, size, partSize, concurrency } = options;
  const sdk = await importPeer('@aws-sdk/client-s3');
  const { default: pLimit } = await importPeer('p-limit');
  const { default: pRetry } = await importPeer('p-retry');
  const client = new sdk.S3Client({
    endpoint,
    region: REGION,
    credentials: ACCESS_KEY,
    forcePathStyle: true,
    requestHandler: { httpAgent: new Agent({ keepAlive: true, maxSockets: concurrency }) },
  });
  return async (Key) => {
    const target = { Bucket: BUCKET, Key };
    await client.send(new sdk.HeadObjectCommand({ Bucket: BUCKET, Key: SOURCE_KEY }));
    const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand(target));
    try {
      const limit = pLimit(concurrency);
      const parts = await Promise.all(
        Array.from({ length: Math.ceil(size / partSize) }, (_, index) =>
          limit(() =>
            pRetry(
              async () => {
                const start = index * partSize;
                const { CopyPartResult } = await client.send(
                  new sdk.UploadPartCopyCommand({
                    ...target,
                    UploadId,
                    PartNumber: index + 1,
                    CopySource: `${BUCKET}/${SOURCE_KEY}`,
                    CopySourceRange: `bytes=${start}-${Math.min(size, start + partSize) - 1}`,
                  }),
                );
                return { PartNumber: index + 1, ETag: CopyPartResult.ETag };
              },
              { retries: 8, minTimeout: 100, randomize: true },
            ),
          ),
        ),
      );
      await client.send(
        new sdk.CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts: parts } }),
      );
    } catch (error) {
      await client.send(new sdk.AbortMultipartUploadCommand({ ...target, UploadId }));
      throw error;
    }
  };
}
