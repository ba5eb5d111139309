import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Agent, type Dispatcher, MockAgent, interceptors } from 'undici';
import { describe, expect, it } from 'vitest';
import { s3Store } from '../../src/wire/http-store.ts';
import { copyLargeObject } from '../../src/index.ts';
import { startTestStore } from '../../src/testing/index.ts';
import { COPY_PART_RESULT, CREDENTIALS, MD5, answer, startScriptedServer } from './scripted-server.ts';
import { SELF_SIGNED } from './self-signed.ts';

const part = { bucket: 'b', key: 'k', uploadId: 'u', partNumber: 1, source: { bucket: 's', key: 'k' } };

describe("a dispatcher of the caller's", () => {
  it('may be a mock', async () => {
    const dispatcher = new MockAgent();
    dispatcher.disableNetConnect();
    dispatcher
      .get('https://b.s3.example.com')
      .intercept({ method: 'PUT', path: '/k?partNumber=1&uploadId=u' })
      .reply(200, COPY_PART_RESULT, { headers: { 'x-obs-qos-delay-time': '7' } });
    const store = s3Store({ endpoint: 's3.example.com', credentials: CREDENTIALS, dispatcher });
    expect(await store.copyPart(part)).toMatchObject({ etag: MD5, qosDelayMs: 7 });
    await expect(store.copyPart(part)).rejects.toMatchObject({ operation: 'copyPart' });
    await dispatcher.close();
  });

  it('may have interceptors', async () => {
    const server = await startScriptedServer(answer(500, 'once'), answer(200, COPY_PART_RESULT));
    const agent = new Agent({ keepAliveTimeout: 1 });
    const dispatcher = agent.compose(interceptors.retry({ minTimeout: 1, methods: ['PUT'] }));
    const store = s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS, dispatcher });
    expect(await store.copyPart(part)).toMatchObject({ etag: MD5 });
    expect(server.seen).toHaveLength(2);
    await agent.close();
  });

  it('may know only the newer handler methods, and only the older ones', async () => {
    const newer = {
      dispatch: (_options: unknown, handler: Dispatcher.DispatchHandler): boolean => {
        const controller = { rawHeaders: null, abort: () => {} } as unknown as Dispatcher.DispatchController;
        handler.onRequestStart?.(controller, {});
        handler.onResponseStart?.(controller, 200, { 'x-obs-qos-delay-time': '9' }, 'OK');
        handler.onResponseData?.(controller, Buffer.from(COPY_PART_RESULT));
        handler.onResponseEnd?.(controller, {});
        return true;
      },
    };
    const older = {
      dispatch: (_options: unknown, handler: Dispatcher.DispatchHandler): boolean => {
        handler.onConnect?.(() => {});
        handler.onHeaders?.(200, [Buffer.from('X-Obs-Qos-Delay-Time'), Buffer.from('9')], () => {}, 'OK');
        handler.onData?.(Buffer.from(COPY_PART_RESULT));
        handler.onComplete?.(null);
        return true;
      },
    };
    for (const dispatcher of [newer, older]) {
      const store = s3Store({ endpoint: 's3.example.com', credentials: CREDENTIALS, dispatcher });
      expect(await store.copyPart(part)).toMatchObject({ etag: MD5, qosDelayMs: 9 });
    }
  });

  it('that throws or fails is a failed request', async () => {
    const failure = Object.assign(new Error('no proxy'), { code: 'ECONNREFUSED' });
    const throwing = {
      dispatch: (): boolean => {
        throw failure;
      },
    };
    const failing = {
      dispatch: (_options: unknown, handler: Dispatcher.DispatchHandler): boolean => {
        handler.onResponseError?.({} as Dispatcher.DispatchController, failure);
        return false;
      },
    };
    for (const dispatcher of [throwing, failing]) {
      const store = s3Store({ endpoint: 's3.example.com', credentials: CREDENTIALS, dispatcher });
      await expect(store.createMultipartUpload(part)).rejects.toMatchObject({
        kind: 'transient',
        vendorCode: 'ECONNREFUSED',
        cause: failure,
      });
    }
  });
});

/** A dispatcher that fails before it has a connection. */
function failingWith(code: string): Pick<Dispatcher, 'dispatch'> {
  return {
    dispatch: (_options, handler) => {
      const error = Object.assign(new Error(`connect ${code} 10.0.0.1:443`), { code });
      handler.onResponseError?.({} as Dispatcher.DispatchController, error);
      return false;
    },
  };
}

describe('a connection that can not be made', () => {
  it('says so where https is answered by plain http', async () => {
    const server = await startScriptedServer(answer(200, COPY_PART_RESULT));
    const endpoint = `https://127.0.0.1:${server.port}`;
    const error: unknown = await s3Store({ endpoint, credentials: CREDENTIALS })
      .copyPart(part)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ kind: 'permanent', vendorCode: 'ERR_SSL_WRONG_VERSION_NUMBER' });
    expect((error as Error).message).toMatch(
      /at https:\/\/127\.0\.0\.1:\d+ as no https is spoken on this port, but most likely plain http/,
    );
    expect((error as Error).message).not.toContain('ssl3');
    expect(server.seen).toHaveLength(0);
  });

  it('names a host that has no address, which may be for a moment only', async () => {
    const dispatcher = new Agent({
      connect: {
        lookup: (hostname, _options, callback) => {
          callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND', hostname }), []);
        },
      },
    });
    const store = s3Store({ endpoint: 's3.exmaple.com', credentials: CREDENTIALS, dispatcher });
    await expect(store.copyPart(part)).rejects.toMatchObject({
      kind: 'transient',
      vendorCode: 'ENOTFOUND',
      message: expect.stringContaining('the host "b.s3.exmaple.com" can not be resolved: check the endpoint') as string,
    });
    await dispatcher.close();
  });

  it.each([
    ['EMFILE', 'this process has no file descriptors left: a lower concurrency needs fewer'],
    ['ENFILE', 'this machine has no file descriptors left: a lower concurrency needs fewer'],
  ])('for want of file descriptors (%s) asks for fewer requests', async (code, message) => {
    const store = s3Store({ endpoint: 's3.example.com', credentials: CREDENTIALS, dispatcher: failingWith(code) });
    await expect(store.copyPart(part)).rejects.toMatchObject({
      kind: 'throttled',
      vendorCode: code,
      message: expect.stringContaining(message) as string,
    });
  });

  it('for want of file descriptors slows the copy down, until it has enough of them', async () => {
    const store = await startTestStore({
      objects: [{ bucket: 's', key: 'k', size: 100 * 2 ** 23 }],
      buckets: ['d'],
      latency: { minMs: 2, maxMs: 4 },
    });
    const agent = new Agent();
    let open = 0;
    const four: Pick<Dispatcher, 'dispatch'> = {
      dispatch: (options, handler) => {
        if (open >= 4) return failingWith('EMFILE').dispatch(options, handler);
        open++;
        return agent.dispatch(options, {
          onRequestStart: (...given) => handler.onRequestStart?.(...given),
          onResponseStart: (...given) => handler.onResponseStart?.(...given),
          onResponseData: (...given) => handler.onResponseData?.(...given),
          onResponseEnd: (...given) => {
            open--;
            handler.onResponseEnd?.(...given);
          },
          onResponseError: (...given) => {
            open--;
            handler.onResponseError?.(...given);
          },
        });
      },
    };
    const copy = copyLargeObject({
      store: s3Store({
        endpoint: store.endpoint,
        region: store.region,
        credentials: store.credentials,
        dispatcher: four,
      }),
      source: { bucket: 's', key: 'k' },
      destination: { bucket: 'd', key: 'k' },
      partSize: 2 ** 23,
      concurrency: 32,
      retry: { minDelayMs: 1, maxDelayMs: 20, maxAttempts: 50 },
    });
    const limits: number[] = [];
    copy.on('throttle', ({ concurrency }) => limits.push(concurrency));
    expect(await copy).toMatchObject({ parts: 100, verified: 'etag' });
    expect(Math.min(...limits)).toBeLessThanOrEqual(8);
    await agent.close();
    await store.close();
  });
});

describe('a certificate that nobody has signed', () => {
  it('ends the request before anything is sent, unless the caller trusts it by his own dispatcher', async () => {
    const seen: unknown[] = [];
    const server = createServer(SELF_SIGNED, (request, response) => {
      seen.push(request.headers.authorization);
      response.end(COPY_PART_RESULT);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(s3Store({ endpoint, credentials: CREDENTIALS }).copyPart(part)).rejects.toMatchObject({
      kind: 'permanent',
      vendorCode: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    expect(seen).toEqual([]);
    const dispatcher = new Agent({ connect: { ca: SELF_SIGNED.cert } });
    expect(await s3Store({ endpoint, credentials: CREDENTIALS, dispatcher }).copyPart(part)).toMatchObject({
      etag: MD5,
    });
    expect(seen).toHaveLength(1);
    await dispatcher.close();
    server.close();
  });
});

it('a process that has sent requests is held by nothing, and exits', async () => {
  const { endpoint } = await startScriptedServer(answer(200, COPY_PART_RESULT));
  const program = `
    import { setImmediate as turn } from 'node:timers/promises';
    import { s3Store } from ${JSON.stringify(new URL('../../src/wire/http-store.ts', import.meta.url).href)};
    const store = s3Store({ endpoint: ${JSON.stringify(endpoint)}, credentials: ${JSON.stringify(CREDENTIALS)} });
    const part = ${JSON.stringify(part)};
    const results = await Promise.all(Array.from({ length: 8 }, () => store.copyPart({ ...part, signal: new AbortController().signal })));
    await turn();
    await turn();
    const held = process.getActiveResourcesInfo().filter((name) => /Timeout|TCP|TLS|DNS/.test(name));
    console.log(JSON.stringify({ results: results.length, held }));
  `;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  // Connections that are idle, and their timers, are there for four seconds more.
  expect({ code, ...JSON.parse(output) }).toEqual({ code: 0, results: 8, held: [] });
});
