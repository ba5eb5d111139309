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
  s3Store,
  SourceChangedError,
} from '../../src/index.ts';
import { connectToGateway, runGatewayScript } from './ceph-gateway.ts';
import { createRandom } from '../simulator/random.ts';
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

test('a copy whose process is killed at random moments, and once the gateway too, goes on from its checkpoint each time', async () => {
  const seed = Number(process.env['CHAOS_SEED'] ?? 1);
  const random = createRandom(seed);
  const folder = await mkdtemp(path.join(tmpdir(), 'checkpoints-'));
  try {
    const destination = { bucket, key: 'over kills' };
    // As slow as it takes for a kill to find something in the middle.
    const options = { source, destination, partSize: 5 * MiB, concurrency: 3, hedge: false };
    const job = { endpoint, credentials, checkpointPath: path.join(folder, 'copies'), options };
    let kills = 0;
    let copiedParts = 0;
    for (let isDone = false; !isDone;) {
      // From before Create to after Complete.
      const run = await runInOwnProcess(
        job,
        kills < 20 ? { parts: Math.floor(random() * 8), delayMs: random() * 80 } : undefined,
      );
      isDone = run.isDone;
      copiedParts += run.parts;
      if (!isDone) kills += 1;
      if (kills === 5) await restartGateway();
    }
    expect(await readMd5(client, { Bucket: bucket, Key: destination.key })).toEqual({
      size: uploaded.size,
      md5: uploaded.md5,
    });
    expect(await listUploadKeys(client, bucket)).toEqual([]);
    const parts = Math.ceil(uploaded.size / (5 * MiB));
    process.stdout.write(`seed ${seed}: ${kills} kills, ${copiedParts} parts reported, for ${parts}\n`);
    expect(kills).toBeGreaterThan(3);
    expect(copiedParts).toBeLessThanOrEqual(parts);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** Copies in a process of its own, which is killed with SIGKILL so long after it has reported so many parts, if it lives to see that. */
async function runInOwnProcess(
  job: unknown,
  kill: { readonly parts: number; readonly delayMs: number } | undefined,
): Promise<{ readonly isDone: boolean; readonly parts: number }> {
  const script = path.join(import.meta.dirname, 'copy-in-own-process.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exit = once(child, 'exit') as Promise<[number | null, string | null]>;
  child.stdin.end(JSON.stringify(job));
  let parts = 0;
  let isDone = false;
  let timer: NodeJS.Timeout | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('part ')) parts += 1;
    if (line === 'done') isDone = true;
    if (kill !== undefined && (line === 'started' || line.startsWith('part ')) && parts >= kill.parts) {
      timer ??= setTimeout(() => child.kill('SIGKILL'), kill.delayMs);
    }
  }
  const [code, signal] = await exit;
  clearTimeout(timer);
  expect([
    [0, null],
    [null, 'SIGKILL'],
  ]).toContainEqual([code, signal]);
  return { isDone, parts };
}
