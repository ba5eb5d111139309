import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromObsClient, type ObsSdkClientLike } from '../../src/adapters/obs-sdk.ts';
import { CopyOptionsError } from '../../src/errors.ts';
import { ObsClient } from '../../src/obs-client/index.ts';
import type { CopyPartRequest } from '../../src/store/copy-store.ts';
import type { StoreError } from '../../src/store/store-error.ts';
import { type ScriptedServer, startScriptedServer } from '../obs-client/scripted-server.ts';

// The vendor's client has no types.
const ObsSdkClient = createRequire(import.meta.url)('esdk-obs-nodejs') as new (options: object) => ObsSdkClientLike;

const SECRET = 'a-secret-that-nobody-may-see';
const PART_RESULT =
  '<CopyPartResult><ETag>"abc"</ETag><LastModified>2026-01-02T03:04:05.000Z</LastModified></CopyPartResult>';

const part: CopyPartRequest = Object.freeze({
  bucket: 'dst',
  key: 'k',
  uploadId: 'u',
  partNumber: 3,
  source: Object.freeze({ bucket: 'src', key: 'a b' }),
  start: 0,
  end: 9,
});

let server: ScriptedServer;
let client: ObsSdkClientLike;

function makeClient(server: string, more: object = {}): ObsSdkClientLike {
  return new ObsSdkClient({
    access_key_id: 'AKID',
    secret_access_key: SECRET,
    server,
    is_signature_negotiation: false,
    ...more,
  });
}

beforeEach(async () => {
  server = await startScriptedServer({ body: PART_RESULT });
  client = makeClient(server.endpoint);
});
afterEach(() => server[Symbol.asyncDispose]());

async function failureOf(promise: Promise<unknown>): Promise<StoreError> {
  return promise.then(
    (value) => expect.fail(`resolved with ${inspect(value)}`),
    (error: unknown) => error as StoreError,
  );
}

describe('fromObsClient()', () => {
  it('refuses what is no client', () => {
    expect(() => fromObsClient({} as never)).toThrow(/lacks getObjectMetadata/);
    expect(() => fromObsClient(undefined as never)).toThrow(/'esdk-obs-nodejs'/);
  });

  it('refuses options that it doesn’t know, or can’t use', () => {
    expect(() => fromObsClient(client, { timeout: 5 } as never)).toThrow(
      /Unknown option 'timeout' of fromObsClient: known are name, .*requestTimeoutMs/,
    );
    expect(() => fromObsClient(client, { requestTimeoutMs: -1 })).toThrow(
      /'requestTimeoutMs' of fromObsClient must be .*more than 0/,
    );
    expect(() => fromObsClient(client, null as never)).toThrow(CopyOptionsError);
  });

  it('works in the same tick as the client’s constructor', async () => {
    const result = await fromObsClient(makeClient(server.endpoint)).copyPart(part);
    expect(result).toEqual({ etag: 'abc', lastModified: new Date('2026-01-02T03:04:05Z') });
  });

  it('leaves the request alone, also when it is used twice', async () => {
    const store = fromObsClient(client);
    await store.copyPart(part);
    await store.copyPart(part);
    expect(server.requests.map(({ headers }) => headers['x-amz-copy-source'])).toEqual(['src%2Fa%20b', 'src%2Fa%20b']);
  });

  it('knows what the client can’t do', async () => {
    const store = fromObsClient(client);
    await store.copyPart(part);
    expect(store.traits).toMatchObject({
      dialect: 'obs',
      sendsSourceIfMatch: false,
      secure: true,
      endpoint: server.endpoint,
    });
  });

  it('sends a request once, whatever the client would do', async () => {
    server.answers = [(response) => response.destroy()];
    const error = await failureOf(fromObsClient(client).copyPart(part));
    expect(server.requests).toHaveLength(1);
    expect(error).toMatchObject({
      name: 'StoreError',
      kind: 'transient',
      vendorCode: 'ECONNRESET',
      statusCode: undefined,
    });
  });

  it('calls a Complete without an answer ambiguous', async () => {
    server.answers = [(response) => response.destroy()];
    const error = await failureOf(
      fromObsClient(client).completeMultipartUpload({
        bucket: 'dst',
        key: 'k',
        uploadId: 'u',
        parts: [{ partNumber: 1, etag: 'x' }],
      }),
    );
    expect(error).toMatchObject({ kind: 'ambiguous', vendorCode: 'ECONNRESET' });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['an error', '<Error><Code>SlowDown</Code></Error>', 'throttled', 'SlowDown'],
    ['an error and a line break', '<Error><Code>AccessDenied</Code></Error>\n', 'permanent', 'AccessDenied'],
    ['nothing', '', 'transient', 'EmptyAnswer'],
    ['HTML', '<html><body>hello</body></html>', 'transient', 'EmptyAnswer'],
    ['text', 'garbage', 'transient', 'EmptyAnswer'],
    ['an empty ETag', '<CopyPartResult><ETag></ETag></CopyPartResult>', 'transient', 'EmptyAnswer'],
    ['half a document', '<CopyPartResult><ETag>"ab', 'transient', undefined],
  ])('takes 200 with %s for a failure', async (_name, body, kind, vendorCode) => {
    server.answers = [{ body }];
    const error = await failureOf(fromObsClient(client).copyPart(part));
    expect(error).toMatchObject({ name: 'StoreError', statusCode: 200, kind, vendorCode });
    expect(server.requests).toHaveLength(1);
  });

  it('reads an answer with white space in front, which the client itself can’t', async () => {
    server.answers = [{ body: `\n  <?xml version="1.0"?>${PART_RESULT}` }];
    expect((await fromObsClient(client).copyPart(part)).etag).toBe('abc');
    expect(server.requests).toHaveLength(1);
  });

  it('throws HTTP errors, with all that is known', async () => {
    server.answers = [
      {
        status: 503,
        headers: { 'retry-after': '2', 'x-obs-request-id': 'R1' },
        body: '<Error><Code>SlowDown</Code><Message>Reduce</Message></Error>',
      },
    ];
    const error = await failureOf(fromObsClient(client).copyPart(part));
    expect(error).toMatchObject({
      operation: 'copyPart',
      kind: 'throttled',
      statusCode: 503,
      vendorCode: 'SlowDown',
      requestId: 'R1',
      retryAfterMs: 2000,
    });
    expect(error.message).toContain('Cannot copy part 3 to dst/k');
  });

  it('reads what the client doesn’t map: upload id, flow control', async () => {
    server.answers = [
      {
        headers: {
          'content-length': '5',
          'x-obs-uploadId': 'U9',
          'x-amz-meta-a': '%41',
          etag: '"e"',
          date: 'Fri, 02 Jan 2026 03:04:05 GMT',
        },
      },
      { headers: { 'x-obs-qos-delay-time': '120' }, body: PART_RESULT },
    ];
    const store = fromObsClient(client);
    expect(await store.headObject({ bucket: 'b', key: 'k' })).toMatchObject({
      size: 5,
      etag: 'e',
      uploadId: 'U9',
      serverTime: new Date('2026-01-02T03:04:05Z'),
      properties: { metadata: { a: '%41' } },
    });
    expect((await store.copyPart(part)).qosDelayMs).toBe(120);
  });

  it('rejects with the signal’s reason, and cuts the connection', async () => {
    const controller = new AbortController();
    const closed = withResolvers();
    server.answers = [
      (response) => {
        response.once('close', () => closed.resolve());
        controller.abort('enough');
      },
    ];
    await expect(fromObsClient(client).copyPart({ ...part, signal: controller.signal })).rejects.toBe('enough');
    await closed.promise;
    expect(server.requests).toHaveLength(1);
  });

  it('sends nothing once the signal has fired', async () => {
    await expect(fromObsClient(client).copyPart({ ...part, signal: AbortSignal.abort('no') })).rejects.toBe('no');
    const controller = new AbortController();
    const copying = fromObsClient(client).copyPart({ ...part, signal: controller.signal });
    controller.abort('now');
    await expect(copying).rejects.toBe('now');
    await fromObsClient(client).copyPart(part);
    expect(server.requests).toHaveLength(1);
  });

  it('gives up after timeoutMs, and cuts the connection', async () => {
    const closed = withResolvers();
    server.answers = [(response) => response.once('close', () => closed.resolve())];
    const error = await failureOf(fromObsClient(client).copyPart({ ...part, timeoutMs: 300 }));
    expect(error).toMatchObject({ kind: 'transient', vendorCode: 'TimeoutError' });
    await closed.promise;
    expect(server.requests).toHaveLength(1);
  });

  it('lets a copy take longer than the client’s own limit', async () => {
    server.answers = [(response) => void setTimeout(() => response.end(PART_RESULT), 1300)];
    const store = fromObsClient(makeClient(server.endpoint, { timeout: 1 }));
    expect((await store.copyPart(part)).etag).toBe('abc');
    expect(server.requests).toHaveLength(1);
  });

  it('gives up after requestTimeoutMs, and cuts the connection', async () => {
    const closed = withResolvers();
    server.answers = [(response) => response.once('close', () => closed.resolve())];
    const error = await failureOf(fromObsClient(client, { requestTimeoutMs: 300 }).copyPart(part));
    expect(error).toMatchObject({ kind: 'transient', vendorCode: 'TimeoutError' });
    await closed.promise;
    expect(server.requests).toHaveLength(1);
  });

  it('does not follow a redirect to a stranger', async () => {
    server.answers = [{ status: 307, headers: { location: 'http://evil.example/dst/k' } }];
    const error = await failureOf(fromObsClient(client).copyPart(part));
    expect(error).toMatchObject({ statusCode: 307, kind: 'permanent', endpoint: 'http://evil.example' });
    expect(error.message).toContain('use endpoint "http://evil.example" for bucket dst');
    expect(server.requests).toHaveLength(1);
  });

  it('follows one on the same host', async () => {
    server.answers = [{ status: 307, headers: { location: `${server.endpoint}/dst/k` } }, { body: PART_RESULT }];
    expect((await fromObsClient(client).copyPart(part)).etag).toBe('abc');
    expect(server.requests).toHaveLength(2);
  });

  it.each(['<Error><Code>InternalError</Code><Mess', '<html>Please log in</html>'])(
    'takes 200 with %s for no success where there is no result',
    async (body) => {
      server.answers = [{ body }];
      const store = fromObsClient(client);
      const tags = { a: 'b' };
      for (const pending of [store.abortMultipartUpload(part), store.putObjectTagging?.({ ...part, tags })]) {
        expect(await failureOf(Promise.resolve(pending))).toMatchObject({ statusCode: 200, kind: 'transient' });
      }
    },
  );

  it('writes properties byte for byte', async () => {
    server.answers = [
      { body: '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>' },
    ];
    const bytes = Buffer.from('grün', 'utf8').toString('latin1');
    await fromObsClient(client).createMultipartUpload({
      bucket: 'dst',
      key: 'movie.mp4',
      properties: {
        cacheControl: 'max-age=60, x="y"',
        contentDisposition: `attachment; filename="${bytes}.txt"`,
        contentEncoding: 'gzip',
        contentLanguage: 'de',
        expires: 'never "ever"',
        metadata: { plain: 'v 1', encoded: '%E4%BD%A0%E5%A5%BD +%25' },
        storageClass: 'WARM',
        acl: 'private',
        tags: { 'a b': 'c/d' },
        expiresAfterDays: 3,
      },
      sse: { type: 'SSE-KMS', keyId: 'key-1' },
    });
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]!.headers).toMatchObject({
      'cache-control': 'max-age=60, x="y"',
      'content-disposition': `attachment; filename="${bytes}.txt"`,
      'content-encoding': 'gzip',
      'content-language': 'de',
      expires: 'never "ever"',
      'x-amz-meta-plain': 'v 1',
      'x-amz-meta-encoded': '%E4%BD%A0%E5%A5%BD +%25',
      'x-amz-storage-class': 'STANDARD_IA',
      'x-amz-acl': 'private',
      'x-amz-tagging': 'a b=c/d',
      'x-obs-expires': '3',
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'key-1',
    });
    expect(server.requests[0]!.headers).not.toHaveProperty('content-type');
  });

  it.each([
    ['metadata that the client would encode', { metadata: { a: '(c) 2026' } }, /metadata 'a'/],
    ['metadata that is encoded in part', { metadata: { a: '%41' } }, /metadata 'a'/],
    ['metadata of bytes', { metadata: { a: '\u00FC' } }, /metadata 'a'/],
    ['a content type with quotes', { contentType: 'text/plain; charset="utf-8"' }, /contentType/],
    ['a storage class that the client drops', { storageClass: 'ONEZONE_IA' }, /storage class ONEZONE_IA/],
    ['an ACL that the client drops', { acl: 'aws-exec-read' }, /ACL aws-exec-read/],
    ['an object lock', { objectLock: { legalHold: true } }, /object lock/],
    ['a tag with a plus', { tags: { a: '1+1' } }, /tag/],
  ])('refuses %s, and sends nothing', async (_name, properties, message) => {
    const error = await failureOf(fromObsClient(client).createMultipartUpload({ bucket: 'dst', key: 'k', properties }));
    expect(error).toMatchObject({ name: 'StoreError', kind: 'permanent' });
    expect(error.message).toMatch(message);
    expect(server.requests).toHaveLength(0);
  });

  it('refuses AES256 where the client makes aws:AES256 of it', async () => {
    const error = await failureOf(
      fromObsClient(client).createMultipartUpload({ bucket: 'dst', key: 'k', sse: { type: 'AES256' } }),
    );
    expect(error).toMatchObject({ kind: 'permanent' });
    expect(error.message).toContain('it would write "aws:AES256"');
    expect(server.requests).toHaveLength(0);
  });

  it('refuses a source whose key the client would take for a version', async () => {
    const store = fromObsClient(client);
    const source = { bucket: 'src', key: 'weird?versionId=x' };
    expect(await failureOf(store.copyPart({ ...part, source }))).toMatchObject({ kind: 'permanent' });
    expect(server.requests).toHaveLength(0);
    await store.copyPart({ ...part, source: { ...source, versionId: 'null' } });
    expect(server.requests[0]!.headers['x-amz-copy-source']).toBe('src%2Fweird%3FversionId%3Dx?versionId=null');
  });

  it('refuses conditions that the client would drop', async () => {
    expect(await failureOf(fromObsClient(client).copyPart({ ...part, sourceIfMatch: 'e' }))).toMatchObject({
      kind: 'permanent',
    });
    expect(await failureOf(fromObsClient(client).copyPart({ ...part, expectedBucketOwner: '1' }))).toMatchObject({
      kind: 'permanent',
    });
    expect(server.requests).toHaveLength(0);
  });

  it('sends If-None-Match on Complete', async () => {
    server.answers = [{ status: 412, body: '<Error><Code>PreconditionFailed</Code></Error>' }];
    const error = await failureOf(
      fromObsClient(client).completeMultipartUpload({
        bucket: 'dst',
        key: 'k',
        uploadId: 'u',
        parts: [{ partNumber: 1, etag: 'x' }],
        ifNoneMatch: '*',
      }),
    );
    expect(error).toMatchObject({ statusCode: 412, kind: 'permanent' });
    expect(server.requests[0]!.headers['if-none-match']).toBe('*');
    expect(server.requests[0]!.body).toContain('<ETag>&quot;x&quot;</ETag>');
  });

  it('keeps keys and secrets out of its errors', async () => {
    const key = Buffer.alloc(32, 7);
    server.answers = [
      {
        status: 400,
        body: `<Error><Code>InvalidArgument</Code><Message>bad key ${key.toString('base64')}</Message></Error>`,
      },
    ];
    const error = await failureOf(fromObsClient(client).copyPart({ ...part, sse: { type: 'SSE-C', key } }));
    expect(server.requests[0]!.headers['x-amz-server-side-encryption-customer-key']).toBe(key.toString('base64'));
    const text = inspect(error, { depth: 20, showHidden: true });
    expect(text).toContain('[redacted]');
    expect(text).not.toContain(key.toString('base64'));
    expect(text).not.toContain(SECRET);
  });

  it('says so where the client calls no hooks', async () => {
    const silent = Object.fromEntries(
      [
        'getObjectMetadata',
        'copyObject',
        'initiateMultipartUpload',
        'copyPart',
        'listParts',
        'completeMultipartUpload',
        'abortMultipartUpload',
        'listMultipartUploads',
      ].map((name) => [name, () => Promise.resolve({ CommonMsg: { Status: 200 }, InterfaceResult: { ETag: '"x"' } })]),
    );
    const error = await failureOf(fromObsClient(silent as never).copyPart(part));
    expect(error.message).toContain('ResponseHook');
  });

  it('gives up after requestTimeoutMs on this library’s own ObsClient, too', async () => {
    server.answers = [() => {}];
    const own = new ObsClient({ access_key_id: 'AKID', secret_access_key: SECRET, server: server.endpoint });
    const error = await failureOf(fromObsClient(own, { requestTimeoutMs: 300 }).copyPart(part));
    expect(error).toMatchObject({ kind: 'transient', vendorCode: 'TimeoutError' });
  });

  it('takes this library’s own ObsClient', async () => {
    const own = new ObsClient({ access_key_id: 'AKID', secret_access_key: SECRET, server: server.endpoint });
    const store = fromObsClient(own, { name: 'mine' });
    expect(store.name).toBe('mine');
    expect(await store.copyPart({ ...part, sourceIfMatch: 'e' })).toMatchObject({ etag: 'abc' });
    expect(server.requests[0]!.headers).toMatchObject({
      'x-obs-copy-source': 'src/a%20b',
      'x-obs-copy-source-if-match': '"e"',
    });
  });
});

describe('fromObsClient() with OBS signature and virtual hosts', () => {
  beforeEach(() => nock.disableNetConnect());
  afterEach(() => {
    nock.cleanAll();
    nock.enableNetConnect();
  });

  it('reads the answers of OBS’s own dialect', async () => {
    let headers: Record<string, unknown> = {};
    nock('http://dst.obs.cn-north-4.myhuaweicloud.com')
      .put('/k')
      .query(true)
      .reply(function reply() {
        headers = this.req.headers;
        return [200, PART_RESULT, { 'x-obs-request-id': 'R' }];
      })
      .post('/k?uploadId=u')
      .reply(200, '<CompleteMultipartUploadResult><ETag>"e-1"</ETag></CompleteMultipartUploadResult>', {
        'x-obs-version-id': 'V',
      });
    const store = fromObsClient(makeClient('http://obs.cn-north-4.myhuaweicloud.com', { signature: 'obs' }));
    expect(await store.copyPart(part)).toMatchObject({ etag: 'abc' });
    expect(headers).toMatchObject({ 'x-obs-copy-source': 'src%2Fa%20b', 'x-obs-copy-source-range': 'bytes=0-9' });
    expect(store.traits).toMatchObject({ endpoint: 'http://obs.cn-north-4.myhuaweicloud.com', secure: false });
    const completed = await store.completeMultipartUpload({
      bucket: 'dst',
      key: 'k',
      uploadId: 'u',
      parts: [{ partNumber: 1, etag: 'x' }],
    });
    expect(completed).toMatchObject({ etag: 'e-1', versionId: 'V' });
  });

  it('follows a redirect to another region of the same operator', async () => {
    nock('http://dst.obs.cn-north-4.myhuaweicloud.com')
      .put('/k')
      .query(true)
      .reply(307, '', { location: 'http://dst.obs.cn-north-1.myhuaweicloud.com/k' });
    nock('http://dst.obs.cn-north-1.myhuaweicloud.com').put('/k').query(true).reply(200, PART_RESULT);
    const store = fromObsClient(makeClient('http://obs.cn-north-4.myhuaweicloud.com', { signature: 'obs' }));
    expect(await store.copyPart(part)).toMatchObject({ etag: 'abc' });
  });

  it('refuses an SSE-C key over plain http to another machine', async () => {
    const store = fromObsClient(makeClient('http://obs.cn-north-4.myhuaweicloud.com', { signature: 'obs' }));
    const error = await failureOf(store.copyPart({ ...part, sse: { type: 'SSE-C', key: Buffer.alloc(32, 7) } }));
    expect(error.message).toContain('plain http');
  });
});

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
