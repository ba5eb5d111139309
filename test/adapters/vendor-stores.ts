import { createRequire } from 'node:module';
import { S3Client } from '@aws-sdk/client-s3';
import { fromS3Client } from '../../src/adapters/aws-sdk.ts';
import { fromObsClient, type ObsSdkClientLike } from '../../src/adapters/obs-sdk.ts';
import type { CopyStore } from '../../src/index.ts';

// The vendor's client has no types.
export const ObsSdkClient = createRequire(import.meta.url)('esdk-obs-nodejs') as new (
  options: object,
) => ObsSdkClientLike;

/** A server, and the keys to it. */
export interface Address {
  readonly endpoint: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** A store over a client of each vendor. */
export const vendorStores: Record<string, (address: Address, requestTimeoutMs?: number) => Required<CopyStore>> = {
  fromS3Client: ({ endpoint, credentials }, requestTimeoutMs) => {
    const client = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true });
    return fromS3Client(client, { requestTimeoutMs }) as Required<CopyStore>;
  },
  fromObsClient: ({ endpoint, credentials }, requestTimeoutMs) => {
    const client = new ObsSdkClient({
      access_key_id: credentials.accessKeyId,
      secret_access_key: credentials.secretAccessKey,
      ...(credentials.sessionToken !== undefined && { security_token: credentials.sessionToken }),
      server: endpoint,
      signature: 'v2',
      is_signature_negotiation: false,
    });
    return fromObsClient(client, { requestTimeoutMs }) as Required<CopyStore>;
  },
};
