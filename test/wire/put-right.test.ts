import { MockAgent } from 'undici';
import { describe, expect, it } from 'vitest';
import type { ExpiringCredentials } from '../../src/wire/credentials.ts';
import { obsStore, s3Store } from '../../src/wire/http-store.ts';
import { isSameOperator } from '../../src/wire/redirect.ts';
import type { StoreError } from '../../src/store/store-error.ts';
import {
  type Answer,
  COPY_PART_RESULT,
  CREDENTIALS,
  MD5,
  type SeenRequest,
  answer,
  errorDocument,
  startScriptedServer,
} from './scripted-server.ts';

const object = { bucket: 'b', key: 'k' };
const part = { ...object, uploadId: 'u', partNumber: 1, source: { bucket: 's', key: 'k' } };
const ok = answer(200, COPY_PART_RESULT);
const HOUR_MS = 3_600_000;

/** Time of a request, as it was signed. */
function signedTimeMs({ headers }: SeenRequest): number {
  const amz = headers['x-amz-date'];
  if (amz === undefined) return Date.parse(headers['date'] ?? '');
  return Date.parse(amz.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

/** Refuses requests that are more than 15 minutes off a server's clock. */
function skewed(offsetMs: number): Answer {
  return (seen, response, request) => {
    const now = Date.now() + offsetMs;
    const date = new Date(now).toUTCString();
    if (Math.abs(signedTimeMs(seen) - now) < HOUR_MS / 4) {
      answer(200, COPY_PART_RESULT, { date, 'content-length': String(COPY_PART_RESULT.length) })(
        seen,
        response,
        request,
      );
      return;
    }
    answer(403, seen.method === 'HEAD' ? '' : errorDocument('RequestTimeTooSkewed'), { date })(seen, response, request);
  };
}

describe('a wrong clock', () => {
  it.each([
    ['obs', 5 * HOUR_MS],
    ['obs', -30 * HOUR_MS],
    ['s3', 24 * HOUR_MS],
    ['s3', -HOUR_MS],
  ] as const)("is corrected by the server's date (%s, %d ms)", async (vendor, offsetMs) => {
    const server = await startScriptedServer(skewed(offsetMs));
    const store = (vendor === 'obs' ? obsStore : s3Store)({ endpoint: server.endpoint, credentials: CREDENTIALS });
    // Many at once: each is refused, each goes through at its second try.
    const results = await Promise.all(Array.from({ length: 20 }, () => store.copyPart(part)));
    expect(new Set(results.map(({ etag }) => etag))).toEqual(new Set([MD5]));
    expect(server.seen.length).toBeLessThanOrEqual(40);
    const before = server.seen.length;
    await store.copyPart(part);
    expect(server.seen).toHaveLength(before + 1);
  });

  it('is corrected on HEAD too, which has no body to say so', async () => {
    const server = await startScriptedServer(skewed(24 * HOUR_MS));
    const store = s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS });
    await expect(store.headObject(object)).resolves.toMatchObject({ size: COPY_PART_RESULT.length });
    expect(server.seen).toHaveLength(2);
  });

  it('is the reason of one more try only', async () => {
    const server = await startScriptedServer((...arguments_) => {
      const date = new Date(Date.now() + server.seen.length * HOUR_MS).toUTCString();
      answer(403, errorDocument('RequestTimeTooSkewed'), { date })(...arguments_);
    });
    const store = s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS });
    await expect(store.copyPart(part)).rejects.toMatchObject({ vendorCode: 'RequestTimeTooSkewed', kind: 'transient' });
    expect(server.seen).toHaveLength(2);
  });

  it.each(['Sat, 13 Sep 275760 00:00:00 GMT', 'Fri, 31 Dec 9999 23:59:59 GMT', 'Mon, 01 Jan 1900 00:00:00 GMT'])(
    'is not taken from a date that no server has: %s',
    async (date) => {
      const server = await startScriptedServer(answer(403, '', { date }), ok);
      const store = s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS });
      await expect(store.headObject(object)).rejects.toMatchObject({ statusCode: 403, kind: 'permanent' });
      await store.copyPart(part);
      expect(Math.abs(signedTimeMs(server.seen[2] as SeenRequest) - Date.now())).toBeLessThan(HOUR_MS / 4);
      // The GET in between asks for the reason.
      expect(server.seen.map(({ method }) => method)).toEqual(['HEAD', 'GET', 'PUT']);
    },
  );

  it.each(['20260101T000000Z', 'noon', '+275760-09-13T00:00:00.000Z'])(
    "is corrected by the answer's date where its <ServerTime> is none: %s",
    async (serverTime) => {
      const server = await startScriptedServer((seen, ...rest) => {
        const date = new Date(Date.now() + HOUR_MS).toUTCString();
        const body = errorDocument('RequestTimeTooSkewed', `<ServerTime>${serverTime}</ServerTime>`);
        (server.seen.length === 1 ? answer(403, body, { date }) : ok)(seen, ...rest);
      });
      await s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS }).copyPart(part);
      expect(Math.abs(signedTimeMs(server.seen[1] as SeenRequest) - Date.now() - HOUR_MS)).toBeLessThan(HOUR_MS / 4);
    },
  );

  it('is not suspected where the times agree', async () => {
    const server = await startScriptedServer(answer(403, errorDocument('SignatureDoesNotMatch')));
    const store = s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS });
    await expect(store.copyPart(part)).rejects.toMatchObject({
      vendorCode: 'SignatureDoesNotMatch',
      kind: 'permanent',
    });
    expect(server.seen).toHaveLength(1);
  });
});

describe('credentials from a function', () => {
  /** Hands out `id1`, `id2`, … and counts. */
  function provider(lifetimeMs: number | undefined): { calls: () => number; get: () => Promise<ExpiringCredentials> } {
    let calls = 0;
    return {
      calls: () => calls,
      get: async () => {
        calls++;
        const expiration = lifetimeMs === undefined ? undefined : new Date(Date.now() + lifetimeMs);
        return Promise.resolve({
          accessKeyId: `id${calls}`,
          secretAccessKey: 'secret-of-it',
          sessionToken: `token${calls}`,
          expiration,
        });
      },
    };
  }

  const keyOf = ({ headers }: SeenRequest): string | undefined => /id\d+/.exec(headers['authorization'] ?? '')?.[0];

  it('are fetched once for many requests, and their token is signed', async () => {
    const server = await startScriptedServer(ok);
    const { calls, get } = provider(HOUR_MS);
    const store = s3Store({ endpoint: server.endpoint, credentials: get });
    await Promise.all(Array.from({ length: 20 }, () => store.copyPart(part)));
    await store.copyPart(part);
    expect(calls()).toBe(1);
    for (const { headers } of server.seen) {
      expect(headers['x-amz-security-token']).toBe('token1');
      expect(headers['authorization']).toContain('x-amz-security-token');
    }
  });

  it('are fetched anew before they run out', async () => {
    const server = await startScriptedServer(ok);
    let now = 0;
    const times = [100_000, HOUR_MS];
    const store = s3Store({
      endpoint: server.endpoint,
      credentials: async () =>
        Promise.resolve({
          accessKeyId: `id${++now}`,
          secretAccessKey: 'x',
          expiration: new Date(Date.now() + (now === 1 ? -1 : (times[1] ?? 0))).toISOString(),
        }),
    });
    await store.copyPart(part);
    await store.copyPart(part);
    await store.copyPart(part);
    expect(server.seen.map(keyOf)).toEqual(['id1', 'id2', 'id2']);
  });

  it.each(['ExpiredToken', 'InvalidToken', 'InvalidAccessKeyId'])(
    'are fetched anew on %s, once for all requests, and none is lost',
    async (code) => {
      const server = await startScriptedServer((seen, ...rest) => {
        (keyOf(seen) === 'id1' ? answer(400, errorDocument(code)) : ok)(seen, ...rest);
      });
      const { calls, get } = provider(undefined);
      const store = s3Store({ endpoint: server.endpoint, credentials: get });
      const results = await Promise.all(Array.from({ length: 20 }, () => store.copyPart(part)));
      expect(results).toHaveLength(20);
      expect(calls()).toBe(2);
    },
  );

  it('are fetched anew for a HEAD that is refused without a word', async () => {
    const server = await startScriptedServer((seen, ...rest) => {
      (keyOf(seen) === 'id1' ? answer(400) : answer(200, '', { 'content-length': '5' }))(seen, ...rest);
    });
    const store = s3Store({ endpoint: server.endpoint, credentials: provider(undefined).get });
    await expect(store.headObject(object)).resolves.toMatchObject({ size: 5 });
  });

  it('that stay expired are a passing failure, as the next ones may be good; fixed ones are not', async () => {
    const server = await startScriptedServer(answer(400, errorDocument('ExpiredToken')));
    const { calls, get } = provider(undefined);
    const dynamic = s3Store({ endpoint: server.endpoint, credentials: get });
    await expect(dynamic.copyPart(part)).rejects.toMatchObject({ vendorCode: 'ExpiredToken', kind: 'transient' });
    expect(calls()).toBe(2);
    const fixed = s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS });
    await expect(fixed.copyPart(part)).rejects.toMatchObject({ vendorCode: 'ExpiredToken', kind: 'permanent' });
  });

  it('that can not be fetched fail the request, and are tried again by the next', async () => {
    const { endpoint } = await startScriptedServer(ok);
    let calls = 0;
    const store = s3Store({
      endpoint,
      credentials: async () => {
        if (++calls === 1) throw new Error('metadata service down');
        return Promise.resolve(CREDENTIALS);
      },
    });
    await expect(store.copyPart(part)).rejects.toMatchObject({
      kind: 'transient',
      message: 'Cannot copy part 1 to b/k as the credentials could not be fetched: metadata service down',
    });
    await expect(store.copyPart(part)).resolves.toMatchObject({ etag: MD5 });
  });

  it('that never come are given up in time, and with the signal', async () => {
    const { endpoint } = await startScriptedServer(ok);
    const store = s3Store({ endpoint, credentials: () => new Promise(() => {}) });
    await expect(store.copyPart({ ...part, timeoutMs: 10 })).rejects.toMatchObject({ kind: 'transient' });
    const controller = new AbortController();
    const pending = store.copyPart({ ...part, signal: controller.signal });
    controller.abort('stop');
    await expect(pending).rejects.toBe('stop');
  });

  it('that fail once their request was cancelled do not end the process', async () => {
    const unhandled: unknown[] = [];
    const remember = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', remember);
    try {
      const controller = new AbortController();
      const store = s3Store({
        endpoint: 'http://127.0.0.1:9',
        credentials: async () => {
          controller.abort('logged out');
          return Promise.reject(new Error('no session'));
        },
      });
      // Cancelled while the provider is at it, and before it is asked.
      await expect(store.copyPart({ ...part, signal: controller.signal })).rejects.toBe('logged out');
      await expect(store.copyPart({ ...part, signal: controller.signal })).rejects.toBe('logged out');
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', remember);
    }
  });

  it('that are malformed are refused without being shown', async () => {
    const { endpoint } = await startScriptedServer(ok);
    const store = s3Store({
      endpoint,
      credentials: async () =>
        Promise.resolve({ accessKeyId: 'id', secretAccessKey: 123_456_789 as unknown as string }),
    });
    const error = await store.copyPart(part).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ kind: 'permanent' });
    expect(String(error)).toContain(
      "'credentials().secretAccessKey' must be a non-empty string: current value is a number",
    );
    expect(String(error)).not.toContain('123456789');
  });
});

it('anonymous requests carry no signature, date or token', async () => {
  const server = await startScriptedServer(ok);
  await obsStore({ endpoint: server.endpoint, credentials: false }).copyPart(part);
  const names = Object.keys(server.seen[0]?.headers ?? {});
  expect(names.filter((name) => /authorization|date|token/.test(name))).toEqual([]);
});

describe('a redirect', () => {
  it('307 to the same host is followed, signed anew for it', async () => {
    const server = await startScriptedServer((seen, ...rest) => {
      const redirect = answer(307, errorDocument('TemporaryRedirect'), {
        location: `${server.endpoint}/b/elsewhere?x=1`,
        'x-amz-bucket-region': 'eu-west-1',
      });
      (server.seen.length === 1 ? redirect : ok)(seen, ...rest);
    });
    const store = s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS });
    await expect(store.copyPart(part)).resolves.toMatchObject({ etag: MD5 });
    const [first, second] = server.seen;
    expect(second?.url).toBe(first?.url);
    expect(first?.headers['authorization']).toContain('/us-east-1/s3/');
    expect(second?.headers['authorization']).toContain('/eu-west-1/s3/');
    expect(second?.headers['host']).toBe(`127.0.0.1:${server.port}`);
  });

  it('307 to another port is not followed: anyone may listen there', async () => {
    const target = await startScriptedServer(ok);
    const server = await startScriptedServer(answer(307, '', { location: `${target.endpoint}/b/k` }));
    const store = s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS });
    await expect(store.copyPart({ ...part, sse: { type: 'SSE-C', key: new Uint8Array(32) } })).rejects.toMatchObject({
      kind: 'permanent',
      statusCode: 307,
      endpoint: target.endpoint,
    });
    expect(target.seen).toHaveLength(0);
  });

  it.each([
    ['http://s3.example.com', 'https://s3.example.com', true],
    ['https://s3.example.com', 'https://s3.example.com:443', true],
    ['https://s3.example.com', 'http://s3.example.com', false],
    ['http://s3.example.com', 'https://s3.example.com:8443', false],
    ['https://s3.example.com:8443', 'https://s3.example.com', false],
  ])('from %s to %s: followed is %s', async (from, to, followed) => {
    const dispatcher = new MockAgent();
    dispatcher.disableNetConnect();
    const target = { method: 'PUT', path: /./ } as const;
    dispatcher
      .get(from)
      .intercept(target)
      .reply(307, '', { headers: { location: `${to}/b/k` } });
    dispatcher.get(new URL(to).origin).intercept(target).reply(200, COPY_PART_RESULT);
    const store = s3Store({ endpoint: from, credentials: CREDENTIALS, dispatcher, pathStyle: true });
    const outcome = await store.copyPart(part).then(
      ({ etag }) => etag,
      (error: StoreError) => error.statusCode,
    );
    expect(outcome).toBe(followed ? MD5 : 307);
    await dispatcher.close();
  });

  it('to another host is not followed: nothing is sent there', async () => {
    const target = await startScriptedServer(ok);
    const server = await startScriptedServer(answer(307, '', { location: `http://localhost:${target.port}/b/k` }));
    const error: StoreError = (await s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS })
      .copyPart(part)
      .catch((caught: StoreError) => caught)) as StoreError;
    expect(error).toMatchObject({ kind: 'permanent', statusCode: 307, endpoint: `http://localhost:${target.port}` });
    expect(error.message).toContain(`use endpoint "http://localhost:${target.port}" for bucket b`);
    expect(target.seen).toHaveLength(0);
  });

  it('301 names the right endpoint and region', async () => {
    const body = errorDocument('PermanentRedirect', '<Endpoint>b.s3.eu-west-1.amazonaws.com</Endpoint>');
    const server = await startScriptedServer(answer(301, body, { 'x-amz-bucket-region': 'eu-west-1' }));
    const store = s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS });
    await expect(store.copyPart(part)).rejects.toMatchObject({
      kind: 'permanent',
      vendorCode: 'PermanentRedirect',
      endpoint: 'http://s3.eu-west-1.amazonaws.com',
      region: 'eu-west-1',
    });
    expect(server.seen).toHaveLength(1);
  });

  it('is also a signature for the wrong region', async () => {
    const body = errorDocument('AuthorizationHeaderMalformed', '<Region>eu-west-1</Region>');
    const server = await startScriptedServer(answer(400, body));
    const store = s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS });
    const error = (await store.copyPart(part).catch((caught: unknown) => caught)) as StoreError;
    expect(error).toMatchObject({ kind: 'permanent', region: 'eu-west-1' });
    expect(error.message).toMatch(
      /; use region "eu-west-1" for bucket b, in a store of its own \(sourceStore\) if only the source is there$/,
    );
  });

  it('without a target, or in a circle, ends', async () => {
    const lost = await startScriptedServer(answer(301));
    await expect(
      s3Store({ endpoint: lost.endpoint, credentials: CREDENTIALS }).headObject(object),
    ).rejects.toMatchObject({
      kind: 'permanent',
      statusCode: 301,
    });
    const circle = await startScriptedServer((seen, ...rest) =>
      answer(307, '', { location: `http://${seen.headers['host']}/` })(seen, ...rest),
    );
    await expect(s3Store({ endpoint: circle.endpoint, credentials: CREDENTIALS }).copyPart(part)).rejects.toMatchObject(
      { statusCode: 307 },
    );
    expect(circle.seen).toHaveLength(5);
  });

  it.each([
    ['s3.amazonaws.com', 's3.eu-west-1.amazonaws.com', true],
    ['s3.us-east-1.amazonaws.com', 's3-us-west-2.amazonaws.com', true],
    ['s3.us-east-1.amazonaws.com', 's3.dualstack.us-west-2.amazonaws.com', true],
    ['obs.cn-north-4.myhuaweicloud.com', 'obs.cn-south-1.myhuaweicloud.com', true],
    ['obs.example.com', 'eu.obs.example.com', true],
    ['s3.us-east-1.amazonaws.com', 'ec2-1-2-3-4.compute-1.amazonaws.com', false],
    ['s3.us-east-1.amazonaws.com', 's3.evil.amazonaws.com', false],
    ['s3.us-east-1.amazonaws.com', 's3.us-east-1.amazonaws.com.evil.com', false],
    ['s3.us-east-1.amazonaws.com', 'evils3.us-east-1.amazonaws.com', false],
    ['obs.cn-north-4.myhuaweicloud.com', 'obs.cn-north-4.myhuaweicloud.eu', false],
    ['store.example.com', 'other.example.com', false],
    ['127.0.0.1', '127.0.0.2', false],
    ['s3.wasabisys.com', 's3.eu-central-1.wasabisys.com', true],
    ['s3.cn-north-1.amazonaws.com.cn', 's3.cn-northwest-1.amazonaws.com.cn', true],
    ['s3.us-east-1.amazonaws.com', 's3.cn-north-1.amazonaws.com.cn', false],
    ['s3.eu-west-1.amazonaws.com', 's3-evil.amazonaws.com', false],
    // Under these anyone can have a host.
    ['s3.co.uk', 's3.eu-west-1.co.uk', false],
    ['s3.github.io', 's3.us-a-1.github.io', false],
    ['s3.eu-west-1.r2.dev', 's3.us-east-1.r2.dev', false],
    ['s3.example.com', 'obs.example.com', false],
  ])('from %s to %s: trusted is %s', (from, to, trusted) => {
    expect(isSameOperator(from, to)).toBe(trusted);
  });
});
