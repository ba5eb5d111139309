import { ACCESS_KEY, BUCKET, type DriverOptions, importPeer, SOURCE_KEY } from './driver.ts';

/** ali-oss's multipartUploadCopy: parts in batches. */
export async function prepare(options: DriverOptions): Promise<(key: string) => Promise<unknown>> {
  const { default: Oss } = await importPeer('ali-oss');
  const { HttpAgent } = await importPeer('agentkeepalive').then((module) => ({ HttpAgent: module.default }));
  const client = new Oss({
    endpoint: options.endpoint,
    accessKeyId: ACCESS_KEY.accessKeyId,
    accessKeySecret: ACCESS_KEY.secretAccessKey,
    bucket: BUCKET,
    sldEnable: true,
    timeout: 120_000,
    agent: new HttpAgent({ keepAlive: true, maxSockets: options.concurrency }),
  });
  return async (key) =>
    await client.multipartUploadCopy(
      key,
      { sourceBucketName: BUCKET, sourceKey: SOURCE_KEY },
      { parallel: options.concurrency, partSize: options.partSize },
    );
}
