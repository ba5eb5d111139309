import { expect, it, vi } from 'vitest';
import { fromS3Client } from '../../src/adapters/aws-sdk.ts';

vi.mock('@aws-sdk/client-s3', () => {
  throw new Error("Cannot find package '@aws-sdk/client-s3'");
});

it('says what to install where the AWS SDK is missing', async () => {
  const store = fromS3Client({ send: () => Promise.reject(new Error('never called')) });
  await expect(store.headObject({ bucket: 'b', key: 'k' })).rejects.toThrow(
    /install it \(npm install @aws-sdk\/client-s3\), or pass them/,
  );
});
