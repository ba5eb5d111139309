import { createHash, randomFillSync } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

export const MiB = 1024 ** 2;

/** Names an object for the SDK. */
export interface ObjectName {
  readonly Bucket: string;
  readonly Key: string;
}

/** What was uploaded. `md5` is of all bytes, in hex. */
export interface RandomObject {
  readonly size: number;
  readonly md5: string;
  /** As the store gave it, without quotes. */
  readonly etag: string;
}

/** Uploads random bytes as a multipart object, holding one part in memory at a time. */
export async function uploadRandomObject(
  client: S3Client,
  name: ObjectName,
  partSizes: readonly number[],
): Promise<RandomObject> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(name));
  const hash = createHash('md5');
  const parts: { PartNumber: number; ETag: string | undefined }[] = [];
  for (const [index, partSize] of partSizes.entries()) {
    const body = randomFillSync(Buffer.allocUnsafe(partSize));
    hash.update(body);
    const PartNumber = index + 1;
    const { ETag } = await client.send(new UploadPartCommand({ ...name, UploadId, PartNumber, Body: body }));
    parts.push({ PartNumber, ETag });
  }
  await client.send(new CompleteMultipartUploadCommand({ ...name, UploadId, MultipartUpload: { Parts: parts } }));
  return {
    size: partSizes.reduce((sum, partSize) => sum + partSize, 0),
    md5: hash.digest('hex'),
    etag: joinEtags(parts.map(({ ETag }) => ETag ?? '')),
  };
}

/** The ETag of a multipart object: the MD5 of its parts' MD5s, and their number. */
function joinEtags(partEtags: readonly string[]): string {
  const digests = partEtags.map((etag) => Buffer.from(etag.replaceAll('"', ''), 'hex'));
  return `${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-${partEtags.length}`;
}

/** Reads an object back, and gives the MD5 of what arrived. */
export async function readMd5(client: S3Client, name: ObjectName): Promise<{ size: number; md5: string }> {
  const { Body } = await client.send(new GetObjectCommand(name));
  if (Body === undefined) throw new Error(`GET of ${name.Bucket}/${name.Key} gave no body`);
  const hash = createHash('md5');
  let size = 0;
  for await (const chunk of Body as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, md5: hash.digest('hex') };
}

/** Keys of the uploads in progress. */
export async function listUploadKeys(client: S3Client, bucket: string): Promise<readonly string[]> {
  const { Uploads = [], IsTruncated } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  if (IsTruncated === true) throw new Error(`More uploads in progress in ${bucket} than one page holds`);
  return Uploads.map(({ Key }) => Key ?? '');
}
