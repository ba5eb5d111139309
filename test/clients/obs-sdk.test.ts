import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startStoreUnderTest, type StoreUnderTest } from './store-under-test.ts';

interface ObsAnswer<Result> {
  readonly CommonMsg: { readonly Status: number; readonly Code: string; readonly Message: string };
  readonly InterfaceResult: Result;
}

type ObsMethod<Result> = (parameters: Readonly<Record<string, unknown>>) => Promise<ObsAnswer<Result>>;

/** What is used here of the vendor's client, which has no types of its own. */
interface VendorClient {
  readonly listBuckets: ObsMethod<{ readonly Buckets: readonly { readonly BucketName: string }[] }>;
  readonly listObjects: ObsMethod<{ readonly Contents: readonly { readonly Key: string; readonly Size: string }[] }>;
  readonly getObjectMetadata: ObsMethod<{
    readonly ContentLength: string;
    readonly ETag: string;
    readonly ContentType: string;
    readonly Metadata: Readonly<Record<string, string>>;
  }>;
  readonly copyObject: ObsMethod<{ readonly ETag: string; readonly LastModified: string }>;
  readonly initiateMultipartUpload: ObsMethod<{ readonly UploadId: string }>;
  readonly copyPart: ObsMethod<{ readonly ETag: string; readonly LastModified: string }>;
  readonly listParts: ObsMethod<{
    readonly Parts: readonly { readonly PartNumber: string; readonly ETag: string; readonly Size: string }[];
  }>;
  readonly completeMultipartUpload: ObsMethod<{ readonly ETag: string }>;
  readonly abortMultipartUpload: ObsMethod<unknown>;
  close(): void;
}

const require = createRequire(import.meta.url);
const VendorClient = require('esdk-obs-nodejs') as new (options: Readonly<Record<string, unknown>>) => VendorClient;

const MiB = 1024 ** 2;
let store: StoreUnderTest;
beforeAll(async () => {
  store = await startStoreUnderTest();
});
afterAll(() => store.close());

describe.for(['obs', 'v2', 'v4'] as const)('OBS SDK with signature %s', (signature) => {
  let client: VendorClient;
  beforeAll(() => {
    client = new VendorClient({
      access_key_id: store.accessKeyId,
      secret_access_key: store.secretAccessKey,
      server: store.endpoint,
      signature,
      region: store.region,
      path_style: true,
    });
  });
  afterAll(() => client.close());

  /** The vendor's client resolves whatever the status is. */
  async function succeed<Result>(answer: Promise<ObsAnswer<Result>>): Promise<Result> {
    const { CommonMsg, InterfaceResult } = await answer;
    expect(CommonMsg.Status, `${CommonMsg.Code} ${CommonMsg.Message}`).toBeLessThan(300);
    return InterfaceResult;
  }

  test('lists buckets and objects', async () => {
    const { Buckets } = await succeed(client.listBuckets({}));
    expect(Buckets.map(({ BucketName }) => BucketName)).toEqual(['destination', 'source']);
    const { Contents } = await succeed(client.listObjects({ Bucket: 'source' }));
    const listed = Contents.map(({ Key, Size }) => ({ key: Key, size: Number(Size) }));
    expect(listed).toHaveLength(store.objects.length);
    for (const { key, size } of store.objects) expect(listed).toContainEqual({ key, size });
  });

  test('heads objects', async () => {
    for (const { key, size, md5 } of store.objects) {
      const head = await succeed(client.getObjectMetadata({ Bucket: 'source', Key: key }));
      expect(head).toMatchObject({
        ContentLength: String(size),
        ETag: `"${md5}"`,
        ContentType: 'application/x-film',
        Metadata: { director: 'nobody' },
      });
    }
    const { CommonMsg } = await client.getObjectMetadata({ Bucket: 'source', Key: 'missing' });
    expect(CommonMsg.Status).toBe(404);
  });

  test('copies objects in one request', async () => {
    for (const { key, md5 } of store.objects) {
      const name = { Bucket: 'destination', Key: `${signature}/copied/${key}` };
      const { ETag } = await succeed(client.copyObject({ ...name, CopySource: `source/${key}` }));
      expect(ETag).toBe(`"${md5}"`);
      expect(await store.readMd5(name.Key)).toBe(md5);
    }
  });

  test('copies an object in parts', async () => {
    const { key, md5, size } = store.objects.find((object) => object.size > 10 * MiB)!;
    const name = { Bucket: 'destination', Key: `${signature}/in parts/${key}` };
    const { UploadId } = await succeed(client.initiateMultipartUpload({ ...name, ContentType: 'application/x-copy' }));
    for (let start = 0, PartNumber = 1; start < size; start += 5 * MiB, PartNumber += 1) {
      const CopySourceRange = `bytes=${start}-${Math.min(start + 5 * MiB, size) - 1}`;
      const { ETag } = await succeed(
        client.copyPart({ ...name, UploadId, PartNumber, CopySource: `source/${key}`, CopySourceRange }),
      );
      expect(ETag).toMatch(/^"[0-9a-f]{32}"$/);
    }
    const { Parts } = await succeed(client.listParts({ ...name, UploadId }));
    expect(Parts.map(({ Size }) => Number(Size))).toEqual([5 * MiB, 5 * MiB, 5 * MiB, 5 * MiB, size - 20 * MiB]);
    const complete = { ...name, UploadId, Parts: Parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })) };
    const { ETag } = await succeed(client.completeMultipartUpload(complete));
    expect(ETag).toMatch(/^"[0-9a-f]{32}-5"$/);
    expect(await store.readMd5(name.Key)).toBe(md5);
    const { ContentType } = await succeed(client.getObjectMetadata(name));
    expect(ContentType).toBe('application/x-copy');
  });

  test('aborts an upload, and finds it gone', async () => {
    const name = { Bucket: 'destination', Key: `${signature}/aborted` };
    const { UploadId } = await succeed(client.initiateMultipartUpload(name));
    await succeed(client.abortMultipartUpload({ ...name, UploadId }));
    const { CommonMsg } = await client.listParts({ ...name, UploadId });
    expect(CommonMsg).toMatchObject({ Status: 404, Code: 'NoSuchUpload' });
  });
});
