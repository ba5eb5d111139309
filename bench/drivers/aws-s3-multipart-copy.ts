import { Agent } from 'node:http';

import { ACCESS_KEY, BUCKET, type DriverOptions, importPeer, REGION, SOURCE_KEY } from './driver.ts';

/** aws-s3-multipart-copy on the AWS SDK v2. It bounds nothing itself: the agent's sockets do. */
export async function prepare(options: DriverOptions): Promise<(key: string) => Promise<unknown>> {
  process.env['AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE'] = '1';
  const { default: sdk } = await importPeer('aws-sdk');
  const { default: copier } = await importPeer('aws-s3-multipart-copy');
  const s3 = new sdk.S3({
    endpoint: options.endpoint,
    region: REGION,
    ...ACCESS_KEY,
    s3ForcePathStyle: true,
    httpOptions: { agent: new Agent({ keepAlive: true, maxSockets: options.concurrency }), timeout: 120_000 },
  });
  copier.init(s3, { info() {}, error() {} });
  return async (key) => {
    const { ContentLength } = await s3.headObject({ Bucket: BUCKET, Key: SOURCE_KEY }).promise();
    await copier.copyObjectMultipart({
      source_bucket: BUCKET,
      object_key: SOURCE_KEY,
      destination_bucket: BUCKET,
      copied_object_name: key,
      object_size: ContentLength,
      copy_part_size_bytes: options.partSize,
    });
  };
}
