import { createServer as createHttpsServer } from 'node:https';
import { createServer } from 'node:tls';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { MockAgent } from 'undici';
import { describe, expect, it } from 'vitest';
import { copyLargeObject } from '../../src/index.ts';
import { s3Store } from '../../src/wire/http-store.ts';
import { CREDENTIALS, COPY_PART_RESULT, answer, errorDocument, startScriptedServer } from './scripted-server.ts';
import { SELF_SIGNED } from './self-signed.ts';

const object = { bucket: 'b', key: 'k' };
const part = { ...object, uploadId: 'u', partNumber: 1, source: { bucket: 's', key: 'k' } };

async function failureOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => new Error('it worked'),
    (error: Error) => error,
  );
}

describe('a HEAD that is refused', () => {
  it.each([
    [403, 'SignatureDoesNotMatch'],
    [403, 'AccessDenied'],
    [400, 'AuthorizationHeaderMalformed'],
  ])('%d is asked for its reason once, by a GET of one byte: %s', async (status, code) => {
    const server = await startScriptedServer(answer(status), answer(status, errorDocument(code)));
    const store = s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS });
    const error = await failureOf(store.headObject({ ...object, versionId: 'v' }));
    expect(error).toMatchObject({ vendorCode: code, statusCode: status, operation: 'headObject' });
    expect(server.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'HEAD /b/k?versionId=v',
      'GET /b/k?versionId=v',
    ]);
    expect(server.seen[1]?.headers['range']).toBe('bytes=0-0');
  });

  it('keeps its own status where the GET says something else, or that the key may be missing', async () => {
    const server = await startScriptedServer(answer(403), answer(200, 'x'));
    const error = await failureOf(s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS }).headObject(object));
    expect(error).toMatchObject({ statusCode: 403 });
    expect(error.message).toContain('or no such key, as without permission to list the bucket (s3:ListBucket)');
  });
});

it('SSE-C that a bucket blocks is named', async () => {
  const server = await startScriptedServer(answer(403, errorDocument('AccessDenied')));
  const store = s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS });
  const sse = { type: 'SSE-C', key: new Uint8Array(32) } as const;
  expect((await failureOf(store.createMultipartUpload({ ...object, sse }))).message).toContain('blocks SSE-C');
  expect((await failureOf(store.createMultipartUpload(object))).message).not.toContain('SSE-C');
});

describe('the wrong one of http and https', () => {
  it('http to a port for https is named where the server tells', async () => {
    const body = 'Client sent an HTTP request to an HTTPS server.\n';
    const server = await startScriptedServer(answer(400), answer(400, body));
    const store = s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS });
    expect((await failureOf(store.headObject(object))).message).toContain('use an endpoint with https://');
  });

  it('http to a port for https is named where an alert of TLS comes', async () => {
    const server = createServer({ ...SELF_SIGNED }, () => {});
    server.on('connection', (socket) => {
      socket.removeAllListeners('data');
      socket.end(Buffer.from([0x15, 3, 1, 0, 2, 2, 70]));
    });
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const store = s3Store({ endpoint: `http://127.0.0.1:${port}`, credentials: CREDENTIALS });
    const error = await failureOf(store.headObject(object));
    server.close();
    expect(error).toMatchObject({ kind: 'permanent' });
    expect(error.message).toContain('use an endpoint with https://');
  });

  it('http to a port for https is named by the first try where the port just closes', async () => {
    const server = createHttpsServer(SELF_SIGNED, () => {});
    let connections = 0;
    server.on('connection', () => connections++);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const store = s3Store({ endpoint: `http://127.0.0.1:${port}`, credentials: CREDENTIALS });
    const copy = copyLargeObject({ store, source: object, destination: { bucket: 'b', key: 'copy' } });
    const error = await failureOf(Promise.resolve(copy));
    server.close();
    expect(error).toMatchObject({ kind: 'permanent' });
    expect(error.message).toContain('use an endpoint with https://');
    // The request, and a handshake.
    expect(connections).toBe(2);
  });

  it('a port that closes each connection is no port for https', async () => {
    const server = await startScriptedServer((_, response) => response.destroy());
    const store = s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS });
    const error = await failureOf(store.headObject(object));
    expect(error).toMatchObject({ kind: 'transient' });
    expect(error.message).not.toContain('https://');
  });

  it('https to a port for http is named', async () => {
    const server = await startScriptedServer(answer(200));
    const store = s3Store({ endpoint: `https://127.0.0.1:${server.port}`, credentials: CREDENTIALS });
    const error = await failureOf(store.headObject(object));
    expect(error).toMatchObject({ kind: 'permanent' });
    expect(error.message).toContain('an endpoint with http://');
  });
});

it('a port that accepts and never answers is named', async () => {
  const server = await startScriptedServer(() => {});
  const store = s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS, requestTimeoutMs: 50 });
  expect((await failureOf(store.headObject(object))).message).toMatch(/not a byte of one.*port.*requestTimeoutMs/);
});

describe('a bucket in another region of AWS', () => {
  it.each([
    ['s3.eu-central-1.amazonaws.com', 's3.us-west-2.amazonaws.com'],
    ['s3.dualstack.eu-central-1.amazonaws.com', 's3.dualstack.us-west-2.amazonaws.com'],
    ['s3.amazonaws.com', 's3.us-west-2.amazonaws.com'],
  ])('is followed from %s to %s by the region alone, and remembered', async (from, to) => {
    const dispatcher = new MockAgent();
    dispatcher.disableNetConnect();
    const target = { method: 'PUT', path: /^\/k/ } as const;
    const moved = { headers: { 'x-amz-bucket-region': 'us-west-2' } };
    dispatcher.get(`https://b.${from}`).intercept(target).reply(301, '', moved);
    dispatcher.get(`https://b.${to}`).intercept(target).reply(200, COPY_PART_RESULT).times(2);
    const store = s3Store({ endpoint: from, credentials: CREDENTIALS, dispatcher });
    await store.copyPart(part);
    await store.copyPart(part);
    await dispatcher.close();
  });

  it('is named with sourceStore where it can’t be followed', async () => {
    const server = await startScriptedServer(answer(301, '', { 'x-amz-bucket-region': 'us-west-2' }));
    const error = await failureOf(s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS }).headObject(object));
    expect(error.message).toMatch(/use region "us-west-2" for bucket b, in a store of its own \(sourceStore\)/);
  });
});

it.each(['accessKeyId', 'secretAccessKey', 'sessionToken'])('a line break in %s is refused at once', (name) => {
  const credentials = { ...CREDENTIALS, [name]: 'hunter22\n' };
  const make = (): unknown => s3Store({ region: 'eu-west-1', credentials });
  expect(make).toThrow(
    `'credentials.${name}' must be without blanks and line breaks: current value is text that ends in one`,
  );
  expect(make).not.toThrow('hunter22');
});
