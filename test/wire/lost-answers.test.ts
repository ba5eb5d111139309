import { getEventListeners } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { s3Store } from '../../src/wire/http-store.ts';
import type { CopyStore } from '../../src/store/copy-store.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { type Answer, COPY_PART_RESULT, CREDENTIALS, MD5, answer, startScriptedServer } from './scripted-server.ts';

const object = { bucket: 'b', key: 'k' };
const part = { ...object, uploadId: 'u', partNumber: 1, source: { bucket: 's', key: 'k' } };
const complete = { ...object, uploadId: 'u', parts: [{ partNumber: 1, etag: MD5 }] };

const never: Answer = () => {};
const ok = answer(200, COPY_PART_RESULT);

function storeAt(endpoint: string, more: object = {}): CopyStore {
  return s3Store({ endpoint, credentials: CREDENTIALS, ...more });
}

async function failureOf(promise: Promise<unknown>): Promise<StoreError> {
  const outcome: unknown = await promise.then(
    (value) => new Error(`resolved with ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (outcome instanceof StoreError) return outcome;
  throw outcome;
}

/** Resolves once the server sees that its only connection is gone. */
async function untilClosed(server: { open: Set<unknown> }): Promise<void> {
  while (server.open.size > 0) await new Promise((resolve) => setImmediate(resolve));
}

describe('a request without an answer', () => {
  it('is given up after timeoutMs, and its connection cut', async () => {
    const server = await startScriptedServer(ok, ok, never);
    const store = storeAt(server.endpoint);
    // Two connections that are open: making one may take longer than the time of the requests below.
    await Promise.all([store.copyPart(part), store.copyPart(part)]);
    const copy = await failureOf(store.copyPart({ ...part, timeoutMs: 20 }));
    expect(copy).toMatchObject({ kind: 'transient', vendorCode: 'TimeoutError', statusCode: undefined });
    expect(copy.message).toContain('no complete answer in time');
    const completion = await failureOf(store.completeMultipartUpload({ ...complete, timeoutMs: 20 }));
    expect(completion).toMatchObject({ kind: 'ambiguous', vendorCode: 'TimeoutError' });
    await untilClosed(server);
    expect(server.seen).toHaveLength(4);
  });

  it("is given up after the store's requestTimeoutMs", async () => {
    const { endpoint } = await startScriptedServer(never);
    const error = await failureOf(storeAt(endpoint, { requestTimeoutMs: 20 }).headObject(object));
    expect(error.vendorCode).toBe('TimeoutError');
  });

  it('is given up also where headers came and the body drips', async () => {
    const { endpoint } = await startScriptedServer((_seen, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write(' '), 2);
      response.on('close', () => clearInterval(timer));
    });
    expect(await failureOf(storeAt(endpoint).copyPart({ ...part, timeoutMs: 40 }))).toMatchObject({
      vendorCode: 'TimeoutError',
    });
  });

  it.each([
    ['before any byte', (_seen, response) => response.destroy()],
    [
      'after half of it',
      (_seen, response) => {
        response.writeHead(200, { 'content-length': '200' });
        response.write(COPY_PART_RESULT.slice(0, 30), () => response.destroy());
      },
    ],
    [
      'in the middle of a chunked body',
      (_seen, response) => {
        response.write(COPY_PART_RESULT.slice(0, 30), () => response.destroy());
      },
    ],
  ] as [string, Answer][])('lost %s may have done its work', async (_name, lose) => {
    const { endpoint } = await startScriptedServer(lose);
    const store = storeAt(endpoint);
    expect(await failureOf(store.copyPart(part))).toMatchObject({ kind: 'transient', statusCode: undefined });
    expect(await failureOf(store.completeMultipartUpload(complete))).toMatchObject({ kind: 'ambiguous' });
    expect(await failureOf(store.createMultipartUpload(object))).toMatchObject({ kind: 'ambiguous' });
  });

  it('for want of a server has done nothing', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => {
      server.close(resolve);
    });
    const error = await failureOf(storeAt(`http://127.0.0.1:${port}`).completeMultipartUpload(complete));
    expect(error).toMatchObject({ kind: 'transient', vendorCode: 'ECONNREFUSED' });
    expect(error.message).toContain(`http://127.0.0.1:${port}`);
  });

  it('that is larger than any answer may be is cut off', async () => {
    const server = await startScriptedServer((_seen, response) => {
      const write = (): void => {
        while (!response.destroyed && response.write(' '.repeat(65_536)));
      };
      response.on('drain', write);
      write();
    });
    expect(await failureOf(storeAt(server.endpoint).copyPart(part))).toMatchObject({ vendorCode: 'BodyTooLarge' });
    await untilClosed(server);
  });

  it('on a connection that the server closed while it was idle is a passing failure', async () => {
    const server = await startScriptedServer((_seen, response, request) => {
      // As a load balancer does: the answer is whole, then the connection is cut without a word.
      response.writeHead(200, { connection: 'keep-alive' });
      response.end(COPY_PART_RESULT, () => setImmediate(() => request.socket.destroy()));
    });
    const store = storeAt(server.endpoint);
    for (let round = 0; round < 20; round++) {
      const outcome = await store.copyPart(part).catch((error: unknown) => error);
      expect(outcome instanceof StoreError ? outcome.kind : 'copied').toMatch(/^(?:copied|transient)$/);
    }
  });
});

describe('a signal', () => {
  it('cuts the connection and rejects with its reason', async () => {
    const controller = new AbortController();
    const reason = { any: 'value' };
    const server = await startScriptedServer(() => controller.abort(reason));
    await expect(storeAt(server.endpoint).copyPart({ ...part, signal: controller.signal })).rejects.toBe(reason);
    await untilClosed(server);
  });

  it('that has fired already sends nothing', async () => {
    const server = await startScriptedServer(ok);
    const store = storeAt(server.endpoint);
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(store.copyPart({ ...part, signal })).rejects.toThrow('stop');
    await store.copyPart(part);
    await expect(store.copyPart({ ...part, signal })).rejects.toThrow('stop');
    expect(server.seen).toHaveLength(1);
  });

  it('that fires while the request waits for a connection keeps it from being sent', async () => {
    const server = await startScriptedServer(ok);
    const store = storeAt(server.endpoint);
    await store.copyPart(part);
    const controller = new AbortController();
    const pending = [1, 2, 3].map(() => store.copyPart({ ...part, signal: controller.signal }));
    controller.abort();
    for (const { status } of await Promise.allSettled(pending)) expect(status).toBe('rejected');
    await store.copyPart(part);
    expect(server.seen.length).toBeLessThanOrEqual(3);
  });

  it('can be shared by any number of requests, without a warning of Node, and keeps no listener', async () => {
    const { signal } = new AbortController();
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    const { endpoint } = await startScriptedServer(ok);
    const store = storeAt(endpoint);
    await Promise.all(Array.from({ length: 50 }, () => store.copyPart({ ...part, signal })));
    await Promise.allSettled([
      store.headObject({ ...object, signal }),
      store.copyPart({ ...part, signal, timeoutMs: 1 }),
    ]);
    process.off('warning', note);
    expect(warnings).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('connections', () => {
  it('are kept after a HEAD, which has no body to wait for', async () => {
    const server = await startScriptedServer(answer(200, '', { 'content-length': '7', etag: `"${MD5}"` }));
    const store = storeAt(server.endpoint);
    for (let count = 0; count < 5; count++) await store.headObject({ bucket: 'b', key: 'k' });
    expect(server.seen).toHaveLength(5);
    expect(server.connections).toBe(1);
  });

  it('are as many as requests at once, and are used again', async () => {
    const waiting: (() => void)[] = [];
    const server = await startScriptedServer((...arguments_) => {
      waiting.push(() => ok(...arguments_));
      if (waiting.length === 100) for (const proceed of waiting.splice(0)) proceed();
    });
    const store = storeAt(server.endpoint);
    for (let round = 0; round < 5; round++) await Promise.all(Array.from({ length: 100 }, () => store.copyPart(part)));
    // A connection rests for one turn of the event loop after its answer; who can't wait gets another one.
    expect(server.connections).toBeGreaterThanOrEqual(100);
    expect(server.connections).toBeLessThanOrEqual(200);
  });
});
