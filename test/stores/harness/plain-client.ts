import { S3Client } from '@aws-sdk/client-s3';
import type { RunningStore } from './store-setup.ts';

/** A client that puts objects and looks at them without the library under test. */
export function plainClient({
  endpoint,
  direct = endpoint,
  credentials,
  region = 'us-east-1',
}: Omit<RunningStore, 'stop'>): S3Client {
  // Several servers refuse the checksum trailers that the SDK adds by itself, Ceph with 411.
  const plain = { requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' } as const;
  return new S3Client({ endpoint: direct, credentials, region, forcePathStyle: true, ...plain });
}
