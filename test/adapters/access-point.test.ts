import { describe, expect, it } from 'vitest';
import { startScriptedServer } from '../obs-client/scripted-server.ts';
import { fourWays } from './four-ways.ts';

const RESULT = '<CopyPartResult><ETag>"3858f62230ac3c915f300c664312c11f"</ETag></CopyPartResult>';
const ARNS = [
  'arn:aws:s3:us-west-2:123456789012:accesspoint/my-ap',
  'arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/my-ap',
  'arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/accesspoint/my-ap',
  'arn:aws:s3::123456789012:accesspoint/m.mrap',
];

describe.each(['s3Store', 'fromS3Client'])('%s', (name) => {
  it.each(ARNS)('names an object of %s by its own ARN, without a slash in front', async (bucket) => {
    await using server = await startScriptedServer(
      { status: 400, body: '<Error><Code>InvalidArgument</Code><Message>m</Message></Error>' },
      { body: RESULT },
    );
    const store = fourWays[name]!({
      endpoint: server.endpoint,
      credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    });
    const part = {
      bucket: 'b',
      key: 'k',
      uploadId: 'u',
      partNumber: 1,
      source: { bucket, key: 'x/y z', versionId: 'v' },
    };
    await store.copyPart(part).catch(() => {});
    const sources = server.requests.map(({ headers }) => decodeURIComponent(headers['x-amz-copy-source'] as string));
    expect([...new Set(sources)]).toEqual([`${bucket}/object/x/y z?versionId=v`]);
  });
});
