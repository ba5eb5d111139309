import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { copyLargeObject, type CopyOptions, type CopyStore, type CopyTask } from '../../src/index.ts';
import { startTestStore, type FaultHook, type FaultRule, type TestStore } from '../../src/testing/index.ts';
import { type ScriptedServer, startScriptedServer } from '../obs-client/scripted-server.ts';
import { vendorStores } from './vendor-stores.ts';

const MIB = 1024 * 1024;
const SOURCE = { bucket: 'media', key: 'film' };
const DESTINATION = { bucket: 'archive', key: 'copy' };

describe.each(Object.entries(vendorStores))('a copy by %s', (_name, makeStore) => {
  let server: TestStore;
  afterEach(() => server.close());

  async function start(fault: FaultHook | FaultRule): Promise<void> {
    server = await startTestStore({
      buckets: [DESTINATION.bucket],
      objects: [{ ...SOURCE, size: 70 * MIB }],
      faults: [fault],
    });
  }

  function copy(options: Partial<CopyOptions> = {}): CopyTask {
    return copyLargeObject({
      store: makeStore(server, 300),
      source: SOURCE,
      destination: DESTINATION,
      partSize: 12 * MIB,
      multipartThreshold: MIB,
      retry: { minDelayMs: 1 },
      ...options,
    });
  }

  it.each([
    ['the source’s HEAD', 'headObject', 'stall'],
    ['Create', 'createMultipartUpload', 'stall'],
    ['Create, which was done', 'createMultipartUpload', 'stallAfterWork'],
    ['the only part in flight', 'copyPart', 'stall'],
    ['Complete', 'completeMultipartUpload', 'stall'],
    ['Complete, which was done', 'completeMultipartUpload', 'stallAfterWork'],
  ] as const)('gets over it where nobody answers %s', async (_what, operation, kind) => {
    await start({ operation, kind, times: 1 });
    await copy({ concurrency: 1 });
    expect(server.provenance(DESTINATION.bucket, DESTINATION.key)).toMatchObject([
      { ...SOURCE, start: 0, end: 70 * MIB - 1, offset: 0 },
    ]);
    expect(server.uploads(DESTINATION.bucket)).toEqual([]);
  });

  it('can be cancelled while nobody answers Create', async () => {
    const reason = new Error('enough');
    const cancellation = new AbortController();
    await start(({ operation }) => {
      if (operation !== 'createMultipartUpload') return undefined;
      cancellation.abort(reason);
      return { kind: 'stall' };
    });
    await expect(copy({ signal: cancellation.signal })).rejects.toBe(reason);
    expect(server.uploads(DESTINATION.bucket)).toEqual([]);
  });
});

describe.each(Object.entries(vendorStores))('%s, told nothing', (_name, makeStore) => {
  let server: ScriptedServer;
  let arrived: Promise<void>;

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    let tell = (): void => {};
    arrived = new Promise((resolve) => {
      tell = resolve;
    });
    server = await startScriptedServer(() => tell());
  });
  afterEach(async () => {
    vi.useRealTimers();
    await server[Symbol.asyncDispose]();
  });

  const upload = { bucket: 'b', key: 'k', uploadId: 'u' };
  const part = { ...upload, partNumber: 1, source: { bucket: 'b', key: 's' } };
  it.each([
    ['a HEAD', 60, (store: CopyStore) => store.headObject({ bucket: 'b', key: 'k' })],
    ['Create', 60, (store: CopyStore) => store.createMultipartUpload({ bucket: 'b', key: 'k' })],
    [
      'a CopyObject of 80 MiB',
      70,
      (store: CopyStore) => store.copyObject({ bucket: 'b', key: 'k', source: part.source, sourceSize: 80 * MIB }),
    ],
    ['a part of 80 MiB', 70, (store: CopyStore) => store.copyPart({ ...part, start: 0, end: 80 * MIB - 1 })],
    ['a part of 5 GiB', 700, (store: CopyStore) => store.copyPart({ ...part, start: 0, end: 5120 * MIB - 1 })],
    [
      'Complete',
      600,
      (store: CopyStore) => store.completeMultipartUpload({ ...upload, parts: [{ partNumber: 1, etag: 'e' }] }),
    ],
  ])('gives up %s after %d s', async (_what, seconds, send) => {
    const store = makeStore({ endpoint: server.endpoint, credentials: { accessKeyId: 'a', secretAccessKey: 's' } });
    let settled = false;
    const failing = send(store).then(
      () => expect.fail('it was answered'),
      (error: unknown) => error,
    );
    void failing.then(() => {
      settled = true;
    });
    await arrived;
    await vi.advanceTimersByTimeAsync(seconds * 1000 - 100);
    expect(settled).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    expect(await failing).toMatchObject({ vendorCode: 'TimeoutError', statusCode: undefined, retryable: true });
    expect(server.requests).toHaveLength(1);
  });
});

describe.each(Object.entries(vendorStores))('an answer to %s that', (_name, makeStore) => {
  let server: ScriptedServer;
  afterEach(() => server[Symbol.asyncDispose]());

  it.each([
    ['stalls in its middle', 'TimeoutError', () => {}],
    ['breaks off in its middle', 'ECONNRESET', (response: ServerResponse) => void response.destroy()],
  ])('%s is none', async (_what, vendorCode, then) => {
    server = await startScriptedServer((response) => {
      response.writeHead(200, { 'content-type': 'application/xml', 'content-length': '100' });
      response.write('<InitiateMultipartUploadResult>', () => then(response));
    });
    const store = makeStore(
      { endpoint: server.endpoint, credentials: { accessKeyId: 'a', secretAccessKey: 's' } },
      300,
    );
    await expect(store.createMultipartUpload({ bucket: 'b', key: 'k' })).rejects.toMatchObject({
      kind: 'ambiguous',
      statusCode: undefined,
      vendorCode,
    });
  });
});
