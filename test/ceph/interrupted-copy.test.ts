import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { CreateBucketCommand, DeleteObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, expect, test } from 'vitest';
import {
  copyLargeObject,
  CopyOptionsError,
  DestinationExistsError,
  fileCheckpointStore,
  s3Store,
  SourceChangedError,
  type UploadEvent,
} from '../../src/index.ts';
import { connectToGateway, runGatewayScript } from './ceph-gateway.ts';
import { listUploadKeys, MiB, type RandomObject, readMd5, uploadRandomObject } from './random-objects.ts';

const { gateway, client, endpoint, credentials } = connectToGateway();
const store = s3Store({ endpoint, credentials, region: 'us-east-1' });
const bucket = 'interrupted-copies';
const source = { bucket, key: 'source' };
let uploaded: RandomObject;

async function expectNoObject(key: string): Promise<void> {
  await expect(client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 404 },
  });
}

beforeAll(async () => {
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  uploaded = await uploadRandomObject(
    client,
    { Bucket: bucket, Key: source.key },
    Array.from({ length: 32 }, () => 8 * MiB),
  );
});

test('an aborted copy rejects with the reason and leaves neither upload nor object', async () => {
  const controller = new AbortController();
  const reason = new Error('changed my mind');
  const destination = { bucket, key: 'aborted' };
  const copy = copyLargeObject({
    store,
    source,
    destination,
    partSize: 5 * MiB,
    concurrency: 4,
    signal: controller.signal,
  });
  copy.on('part', () => controller.abort(reason));

  await expect(copy).rejects.toBe(reason);
  expect(await listUploadKeys(client, bucket)).toEqual([]);
  await expectNoObject(destination.key);
});

test('a copy whose source is deleted on the way fails and leaves neither upload nor object', async () => {
  const vanishing = { bucket, key: 'vanishing' };
  await uploadRandomObject(
    client,
    { Bucket: bucket, Key: vanishing.key },
    Array.from({ length: 8 }, () => 8 * MiB),
  );
  const destination = { bucket, key: 'of vanishing' };
  const copy = copyLargeObject({
    store,
    source: vanishing,
    destination,
    partSize: 5 * MiB,
    multipartThreshold: 0,
    concurrency: 1,
  });
  let deleted: Promise<unknown> = Promise.resolve();
  copy.once('part', () => {
    deleted = client.send(new DeleteObjectCommand({ Bucket: bucket, Key: vanishing.key }));
  });

  await expect(copy).rejects.toMatchObject({
    name: expect.stringMatching(/^(PartFailed|SourceNotFound|SourceChanged)Error$/),
  });
  await deleted;
  expect(await listUploadKeys(client, bucket)).toEqual([]);
  await expectNoObject(destination.key);
});

test('a copy whose source is overwritten on the way fails, though this gateway ignores conditions on the source', async () => {
  const changing = { bucket, key: 'changing' };
  const partSizes = Array.from({ length: 8 }, () => 8 * MiB);
  await uploadRandomObject(client, { Bucket: bucket, Key: changing.key }, partSizes);
  const destination = { bucket, key: 'of changing' };
  const copy = copyLargeObject({
    store,
    source: changing,
    destination,
    partSize: 5 * MiB,
    multipartThreshold: 0,
    concurrency: 1,
  });
  let overwritten: Promise<unknown> = Promise.resolve();
  copy.once('part', () => {
    copy.pause();
    overwritten = uploadRandomObject(client, { Bucket: bucket, Key: changing.key }, partSizes).then(() => {
      copy.resume();
    });
  });

  await expect(copy).rejects.toBeInstanceOf(SourceChangedError);
  await overwritten;
  expect(await listUploadKeys(client, bucket)).toEqual([]);
  await expectNoObject(destination.key);
});

test('a copy that the gateway throttles slows down and ends right', async () => {
  const destination = { bucket, key: 'throttled' };
  await runGatewayScript(gateway, 'limit', '4');
  try {
    const copy = copyLargeObject({ store, source, destination, partSize: 5 * MiB, concurrency: { initial: 16 } });
    const concurrencies: number[] = [];
    copy.on('throttle', ({ concurrency }) => concurrencies.push(concurrency));
    const result = await copy;

    expect(result.retries).toBeGreaterThan(0);
    expect(Math.min(...concurrencies)).toBeLessThan(16);
  } finally {
    await runGatewayScript(gateway, 'limit', '1024');
  }
  expect(await readMd5(client, { Bucket: bucket, Key: destination.key })).toEqual({
    size: uploaded.size,
    md5: uploaded.md5,
  });
});

test.for(['fail', 'skip'] as const)("ifExists '%s' leaves an object at the destination as it is", async (ifExists) => {
  const destination = { bucket, key: `there before ${ifExists}` };
  const before = await uploadRandomObject(client, { Bucket: bucket, Key: destination.key }, [100]);

  const outcome = await copyLargeObject({ store, source, destination, ifExists, partSize: 5 * MiB }).catch(
    (error: unknown) => error,
  );

  if (ifExists === 'fail') expect(outcome).toBeInstanceOf(DestinationExistsError);
  else expect(outcome).toMatchObject({ strategy: 'skipped', parts: 0 });
  expect(await readMd5(client, { Bucket: bucket, Key: destination.key })).toEqual({ size: 100, md5: before.md5 });
  expect(await listUploadKeys(client, bucket)).toEqual([]);
});

test("partSize 'source' is refused where the store can't tell the layout of a multipart source", async () => {
  const destination = { bucket, key: 'same layout' };
  const copy = copyLargeObject({ store, source, destination, partSize: 'source' });

  await expect(copy).rejects.toThrow(/part/);
  await expect(copy).rejects.toBeInstanceOf(CopyOptionsError);
  expect(await listUploadKeys(client, bucket)).toEqual([]);
  await expectNoObject(destination.key);
});

test('a copy survives a crash and restart of the gateway', async () => {
  const destination = { bucket, key: 'over a restart' };
  const copy = copyLargeObject({ store, source, destination, partSize: 5 * MiB, concurrency: 4 });
  let restarted: Promise<void> | undefined;
  copy.on('part', ({ partNumber }) => {
    if (partNumber >= 5) restarted ??= restartGateway();
  });

  const result = await copy;
  await restarted;

  expect(restarted).toBeDefined();
  expect(result.retries).toBeGreaterThan(0);
  expect(await readMd5(client, { Bucket: bucket, Key: destination.key })).toEqual({
    size: uploaded.size,
    md5: uploaded.md5,
  });
  expect(await listUploadKeys(client, bucket)).toEqual([]);
});

async function restartGateway(): Promise<void> {
  await runGatewayScript(gateway, 'kill-gateway');
  await runGatewayScript(gateway, 'start-gateway');
}

test('a copy whose process was killed goes on from its checkpoint', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'checkpoints-'));
  try {
    const destination = { bucket, key: 'over a kill' };
    const options = { source, destination, partSize: 5 * MiB, concurrency: 4 };
    await killMidCopy({ endpoint, credentials, checkpointPath: path.join(folder, 'copy.json'), options });
    expect(await listUploadKeys(client, bucket)).toEqual([destination.key]);

    const uploads: UploadEvent[] = [];
    const copy = copyLargeObject({
      ...options,
      store,
      checkpoint: fileCheckpointStore(path.join(folder, 'copy.json')),
    });
    copy.on('upload', (upload) => uploads.push(upload));
    const result = await copy;

    expect(result.resumed).toBe(true);
    expect(uploads).toEqual([
      { uploadId: result.uploadId, resumed: true, partsAlreadyCopied: expect.any(Number) as number },
    ]);
    expect(uploads[0]?.partsAlreadyCopied).toBeGreaterThanOrEqual(8);
    expect(uploads[0]?.partsAlreadyCopied).toBeLessThan(result.parts);
    expect(await readMd5(client, { Bucket: bucket, Key: destination.key })).toEqual({
      size: uploaded.size,
      md5: uploaded.md5,
    });
    expect(await listUploadKeys(client, bucket)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** Starts the copy in a process of its own, and kills that with SIGKILL once it has told of eight parts. */
async function killMidCopy(job: unknown): Promise<void> {
  const script = path.join(import.meta.dirname, 'copy-in-own-process.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  child.stdin.end(JSON.stringify(job));
  let parts = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('part ')) throw new Error(`The copy's process wrote ${JSON.stringify(line)}`);
    parts += 1;
    if (parts === 8) child.kill('SIGKILL');
  }
  expect(await exit).toEqual([null, 'SIGKILL']);
}
