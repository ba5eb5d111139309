import { afterEach, expect, it } from 'vitest';
import { ObsClient } from '../../src/obs-client/index.ts';
import { startTestStore, type PersonalityName, type TestStore } from '../../src/testing/index.ts';

const personalities: readonly PersonalityName[] = [
  'obs',
  'aws',
  'ceph-rgw',
  'swift',
  'cloudserver',
  'moto',
  'minio',
  's3rver',
];

let server: TestStore;
afterEach(() => server.close());

it.each(personalities)(
  'a range that ends beyond the source ends with its last byte on a store like %s',
  async (personality) => {
    server = await startTestStore({
      personality,
      buckets: ['dst'],
      objects: [{ bucket: 'src', key: 'a b', size: 6 * 1024 * 1024 }],
    });
    const { accessKeyId, secretAccessKey } = server.credentials;
    const client = new ObsClient({
      access_key_id: accessKeyId,
      secret_access_key: secretAccessKey,
      server: server.endpoint,
      signature: personality === 'obs' ? 'obs' : 'v2',
    });
    const target = { Bucket: 'dst', Key: 'k' };
    const { InterfaceResult: upload } = await client.initiateMultipartUpload(target);
    const UploadId = upload?.UploadId ?? '';
    const part = { ...target, UploadId, PartNumber: 1, CopySource: 'src/a b' };
    const copied = await client.copyPart({ ...part, CopySourceRange: 'bytes=1000000-99999999999' });
    expect(copied.CommonMsg).toMatchObject({ Status: 200, Code: '' });
    const ETag = copied.InterfaceResult?.ETag ?? '';
    const completed = await client.completeMultipartUpload({ ...target, UploadId, Parts: [{ PartNumber: 1, ETag }] });
    expect(completed.CommonMsg.Status).toBe(200);
    expect(server.provenance('dst', 'k')).toMatchObject([
      { start: 0, end: 6 * 1024 * 1024 - 1_000_001, bucket: 'src', key: 'a b', offset: 1_000_000 },
    ]);
  },
);
