import { randomBytes } from 'node:crypto';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { CopyStore, SseCustomerKey } from '../../src/store/copy-store.ts';
import type { ContractSetup } from './contract-setup.ts';

/**
 * Sets the contract up on any S3 server: buckets of its own, and the AWS SDK as the other way to the objects.
 *
 * @param client - makes the buckets, puts the sources and reads the copies
 */
export async function setUpOnS3Server(store: CopyStore, client: S3Client): Promise<ContractSetup> {
  const suffix = randomBytes(4).toString('hex');
  const [source, destination, versioned] = ['source', 'destination', 'versioned'].map(
    (name) => `contract-${name}-${suffix}`,
  ) as [string, string, string];
  for (const Bucket of [source, destination, versioned]) await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(
    new PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration: { Status: 'Enabled' } }),
  );
  return {
    store,
    source,
    destination,
    versioned,
    putObject: async ({ bucket, key, body, contentType, metadata, tags, sse }) => {
      const { VersionId } = await client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: body,
          ContentType: contentType,
          Metadata: metadata,
          Tagging: tags === undefined ? undefined : new URLSearchParams(tags).toString(),
          ...customerKey(sse),
        }),
      );
      return { versionId: VersionId };
    },
    readObject: async ({ bucket, key, versionId, sse }) => {
      const { Body } = await client.send(
        new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId, ...customerKey(sse) }),
      );
      if (Body === undefined) throw new Error(`There is no object ${bucket}/${key}`);
      return Body.transformToByteArray();
    },
    close: () => Promise.resolve(),
  };
}

function customerKey(sse: SseCustomerKey | undefined): object {
  if (sse === undefined) return {};
  return { SSECustomerAlgorithm: 'AES256', SSECustomerKey: Buffer.from(sse.key).toString('base64') };
}
