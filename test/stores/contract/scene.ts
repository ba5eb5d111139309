import { createHash } from 'node:crypto';
import { availableParallelism, loadavg } from 'node:os';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListMultipartUploadsCommand,
  NoSuchUpload,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type PutObjectCommandInput,
  S3Client,
} from '@aws-sdk/client-s3';
import { fromS3Client } from '../../../src/adapters/aws-sdk.ts';
import { type CopyStore, s3Store } from '../../../src/index.ts';
import { S3_LIMITS, type StoreLimits } from '../../../src/store/store-limits.ts';
import { plainClient } from '../harness/plain-client.ts';
import type { EveryCopy, RunningStore, StoreSetup, WayToStore } from '../harness/store-setup.ts';

export const MiB = 1024 * 1024;
/** What moving the bytes may take beside. */
const MS_PER_MIB = 40;
/** Size of an object of two parts, the first of 5 MiB. */
export const twoParts = 5 * MiB + 1000;

/** An object by its place and what it holds. */
export interface TestObject {
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  readonly md5: string;
}

/** A running server, the way to it that is under test, and another way to put objects and to look at them. */
export class Scene {
  readonly running: RunningStore;
  readonly store: CopyStore;
  readonly way: WayToStore;
  readonly #timeLimitMs: number;
  readonly everyCopy: EveryCopy;
  readonly losesAnswers: boolean;
  /** What `everyCopy` was seen as: by what was asked for, the first text of each. */
  readonly seenOnEveryCopy = new Map<string, string>();
  readonly #client: S3Client;

  constructor(setup: StoreSetup, running: RunningStore, way: WayToStore) {
    this.running = running;
    this.way = way;
    this.#timeLimitMs = setup.copyTimeLimitMs ?? 60_000;
    this.everyCopy = setup.everyCopy ?? {};
    this.losesAnswers = setup.losesAnswers === true;
    this.#client = plainClient(running);
    this.store = this.connect();
  }

  /** A store on the server, by the way that is under test. */
  connect(limits: StoreLimits = S3_LIMITS): CopyStore {
    const { endpoint, credentials, region = 'us-east-1' } = this.running;
    if (this.way === 's3Store') return s3Store({ endpoint, credentials, region, limits });
    return fromS3Client(new S3Client({ endpoint, credentials, region, forcePathStyle: true }), { limits });
  }

  /** How long a copy may take; longer on a machine that is busy with other things, but never more than a minute. */
  timeLimitMs(size: number): number {
    const busy = Math.max(1, (loadavg()[0] ?? 1) / availableParallelism());
    return Math.min(60_000, (this.#timeLimitMs + (size / MiB) * MS_PER_MIB) * busy);
  }

  /** The remarks on a copy without those that each copy carries, and with what it lacks of these. */
  withoutUsual(remarks: readonly string[], asked: keyof EveryCopy): string[] {
    let others = remarks.filter((remark) => !this.losesAnswers || !/^\d+ retries$/.test(remark));
    for (const usual of this.everyCopy[asked] ?? []) {
      const found = others.find((remark) => usual.test(remark));
      if (found === undefined) others.push(`without ${/\w[\w ]*/.exec(usual.source)?.[0] ?? usual.source}`);
      else if (!this.seenOnEveryCopy.has(`${asked} ${usual.source}`)) {
        this.seenOnEveryCopy.set(`${asked} ${usual.source}`, `${asked === 'asOne' ? 'as one' : 'in parts'}: ${found}`);
      }
      others = others.filter((remark) => remark !== found);
    }
    return others;
  }

  async makeBuckets(isVersioned = false): Promise<void> {
    for (const Bucket of [sourceBucket, destinationBucket]) {
      await this.#client.send(new CreateBucketCommand({ Bucket }));
      const VersioningConfiguration = { Status: 'Enabled' } as const;
      if (isVersioned) await this.#client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    }
  }

  async put(
    bucket: string,
    key: string,
    size: number,
    properties: Partial<PutObjectCommandInput> = {},
  ): Promise<TestObject> {
    const body = bytesOf(size);
    await this.#client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...properties }));
    return { bucket, key, size, md5: createHash('md5').update(body).digest('hex') };
  }

  async remove({ bucket, key }: Pick<TestObject, 'bucket' | 'key'>): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  }

  async head(bucket: string, key: string): Promise<HeadObjectCommandOutput> {
    return this.#client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
  }

  /** Size and MD5 of what can be read under the key; undefined if there is no such object. */
  async read(bucket: string, key: string): Promise<Pick<TestObject, 'size' | 'md5'> | undefined> {
    try {
      const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const hash = createHash('md5');
      let size = 0;
      for await (const chunk of Body as AsyncIterable<Uint8Array>) {
        hash.update(chunk);
        size += chunk.length;
      }
      return { size, md5: hash.digest('hex') };
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  /** Whether the key holds just this object; if not, what it holds. */
  async compare(key: string, expected: Pick<TestObject, 'size' | 'md5'>): Promise<string | undefined> {
    const found = await this.read(destinationBucket, key).catch((error: Error) => error.name);
    if (found === undefined) return 'no object';
    if (typeof found === 'string') return `can't be read: ${found}`;
    if (found.size !== expected.size) return `${found.size} bytes instead of ${expected.size}`;
    return found.md5 === expected.md5 ? undefined : 'other bytes';
  }

  /** The object's tags; undefined if the server answers no tags that the SDK can read. */
  async tags(bucket: string, key: string): Promise<Readonly<Record<string, string>> | undefined> {
    const answer = await this.#client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: key })).catch(() => ({
      TagSet: undefined,
    }));
    return answer.TagSet && Object.fromEntries(answer.TagSet.map(({ Key = '', Value = '' }) => [Key, Value]));
  }

  /** Whether the server takes tags by a request of their own. */
  async putTags({ bucket, key }: TestObject, tags: Readonly<Record<string, string>>): Promise<boolean> {
    const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const command = new PutObjectTaggingCommand({ Bucket: bucket, Key: key, Tagging: { TagSet } });
    return this.#client.send(command).then(
      () => true,
      () => false,
    );
  }

  /** @param known - tells the uploads, for a server that lists none */
  async abortUploads(key: string, known: () => Promise<readonly string[]>): Promise<number> {
    const uploads = (await this.uploads(key)) ?? (await known());
    for (const UploadId of uploads) {
      await this.#client.send(new AbortMultipartUploadCommand({ Bucket: destinationBucket, Key: key, UploadId }));
    }
    return uploads.length;
  }

  /** Ids of the uploads of the key that are open; undefined if the server can't list them. */
  async uploads(key: string): Promise<readonly string[] | undefined> {
    try {
      const listing = await this.#client.send(
        new ListMultipartUploadsCommand({ Bucket: destinationBucket, Prefix: key }),
      );
      return (listing.Uploads ?? []).map(({ UploadId }) => UploadId ?? '');
    } catch (error) {
      const status = statusOf(error);
      // rclone's answer until the bucket has its first upload
      if (error instanceof NoSuchUpload) return [];
      // RustFS's, and MinIO's, to a key that it takes no object under
      if (error instanceof Error && ['InvalidArgument', 'XMinioInvalidObjectName'].includes(error.name)) return [];
      if (status === 501 || status === 405) return undefined;
      throw error;
    }
  }

  close(): void {
    this.#client.destroy();
  }
}

export const sourceBucket = 'contract-source';
export const destinationBucket = 'contract-destination';

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

let seeds = 0;

/** Bytes of which no two blocks, and no two objects, are the same. */
function bytesOf(size: number): Buffer {
  seeds += 1;
  const bytes = Buffer.alloc(size);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, Math.floor(size / 4));
  let state = (seeds * 2_654_435_761) >>> 0;
  for (let index = 0; index < words.length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    words[index] = state;
  }
  if (size % 4 !== 0) bytes.fill(seeds & 0xff, size - (size % 4));
  return bytes;
}
