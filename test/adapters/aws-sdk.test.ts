import { inspect } from 'node:util';
import { S3, S3Client } from '@aws-sdk/client-s3';
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromS3Client } from '../../src/adapters/aws-sdk.ts';
import { CopyOptionsError } from '../../src/errors.ts';
import type { CopyPartRequest } from '../../src/store/copy-store.ts';
import type { StoreError } from '../../src/store/store-error.ts';
import { startScriptedServer } from '../obs-client/scripted-server.ts';

const ENDPOINT = 'http://127.0.0.1:9';
const SECRET = 'a-secret-that-nobody-may-see';

function makeClient(more: object = {}): S3Client {
  return new S3Client({
    endpoint: ENDPOINT,
    region: 'eu-west-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'AKID', secretAccessKey: SECRET },
    ...more,
  });
}

const part: CopyPartRequest = Object.freeze({
  bucket: 'dst',
  key: 'k',
  uploadId: 'u',
  partNumber: 3,
  source: Object.freeze({ bucket: 'src', key: 'a b' }),
  start: 0,
  end: 9,
});

async function failureOf(promise: Promise<unknown>): Promise<StoreError> {
  return promise.then(
    (value) => expect.fail(`resolved with ${inspect(value)}`),
    (error: unknown) => error as StoreError,
  );
}

const PART_RESULT =
  '<CopyPartResult><ETag>"abc"</ETag><LastModified>2026-01-02T03:04:05.000Z</LastModified></CopyPartResult>';

beforeEach(() => {
  nock.disableNetConnect();
  nock.enableNetConnect(/^127\.0\.0\.1:(?!9$)/);
});
afterEach(() => {
  nock.abortPendingRequests();
  nock.cleanAll();
  nock.enableNetConnect();
});

describe('fromS3Client()', () => {
  it('refuses what is no client, and commands that lack a class', () => {
    expect(() => fromS3Client({} as never)).toThrow(/method 'send'/);
    expect(() => fromS3Client(makeClient(), { commands: {} as never })).toThrow(/lacks HeadObjectCommand/);
  });

  it('refuses options that it doesn’t know, or can’t use', () => {
    expect(() => fromS3Client(makeClient(), { timeout: 5 } as never)).toThrow(
      /Unknown option 'timeout' of fromS3Client: known are name, .*requestTimeoutMs/,
    );
    expect(() => fromS3Client(makeClient(), { requestTimeoutMs: 0 })).toThrow(
      /'requestTimeoutMs' of fromS3Client must be .*more than 0/,
    );
    expect(() => fromS3Client(makeClient(), null as never)).toThrow(CopyOptionsError);
  });

  it('sends exactly one request, however often the client itself would try', async () => {
    let requests = 0;
    nock(ENDPOINT)
      .put(/.*/)
      .times(5)
      .reply(() => {
        requests++;
        return [
          503,
          '<Error><Code>SlowDown</Code><Message>Reduce</Message></Error>',
          { 'retry-after': '2', 'x-amz-request-id': 'R1' },
        ];
      });
    const error = await failureOf(fromS3Client(makeClient({ maxAttempts: 5 })).copyPart(part));
    expect(requests).toBe(1);
    expect(error).toMatchObject({
      name: 'StoreError',
      operation: 'copyPart',
      kind: 'throttled',
      statusCode: 503,
      vendorCode: 'SlowDown',
      requestId: 'R1',
      retryAfterMs: 2000,
    });
    expect(error.message).toBe('Cannot copy part 3 to dst/k as the store answered 503 SlowDown: Reduce');
  });

  it('leaves the retries of the client itself alone', async () => {
    const client = new S3({
      endpoint: ENDPOINT,
      region: 'eu-west-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'AKID', secretAccessKey: SECRET },
      maxAttempts: 2,
    });
    nock(ENDPOINT).put(/.*/).reply(500);
    await failureOf(fromS3Client(client).copyPart(part));
    nock(ENDPOINT).head(/.*/).reply(500);
    nock(ENDPOINT).head(/.*/).reply(200);
    await client.headObject({ Bucket: 'b', Key: 'k' });
    expect(nock.isDone()).toBe(true);
  });

  it.each([
    ['an error', '<Error><Code>SlowDown</Code></Error>', 'throttled', 'SlowDown'],
    [
      'an error and a line break',
      '<?xml version="1.0"?>\n<Error><Code>InternalError</Code></Error>\n',
      'transient',
      'InternalError',
    ],
    ['an error and white space', '<Error><Code>AccessDenied</Code></Error> \r\n ', 'permanent', 'AccessDenied'],
    ['nothing', '', 'transient', 'EmptyAnswer'],
    ['HTML', '<html><body>welcome</body></html>', 'transient', 'EmptyAnswer'],
    ['a result without an ETag', '<CopyPartResult></CopyPartResult>', 'transient', 'EmptyAnswer'],
    ['an empty ETag', '<CopyPartResult><ETag>""</ETag></CopyPartResult>', 'transient', 'EmptyAnswer'],
    ['half a document', '<CopyPartResult><ETag>"ab', 'transient', undefined],
  ])('takes 200 with %s for a failure', async (_name, body, kind, vendorCode) => {
    nock(ENDPOINT).put(/.*/).reply(200, body);
    const error = await failureOf(fromS3Client(makeClient()).copyPart(part));
    expect(error).toMatchObject({ name: 'StoreError', kind, vendorCode, statusCode: 200 });
  });

  it('calls a Complete without an answer ambiguous', async () => {
    nock(ENDPOINT)
      .post(/.*/)
      .replyWithError(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
    const error = await failureOf(
      fromS3Client(makeClient()).completeMultipartUpload({
        bucket: 'dst',
        key: 'k',
        uploadId: 'u',
        parts: [{ partNumber: 1, etag: 'x' }],
      }),
    );
    expect(error).toMatchObject({ kind: 'ambiguous', vendorCode: 'ECONNRESET', statusCode: undefined });
  });

  it('resolves a Complete with an empty ETag, as Ceph gives it', async () => {
    nock(ENDPOINT)
      .post(/.*/)
      .reply(200, '<CompleteMultipartUploadResult><Bucket>dst</Bucket><ETag></ETag></CompleteMultipartUploadResult>');
    const result = await fromS3Client(makeClient()).completeMultipartUpload({
      bucket: 'dst',
      key: 'k',
      uploadId: 'u',
      parts: [{ partNumber: 1, etag: 'x' }],
    });
    expect(result.etag).toBeUndefined();
  });

  it('rejects with the signal’s reason, and cuts the request', async () => {
    const controller = new AbortController();
    const reason = { why: 'enough' };
    let aborted = false;
    nock(ENDPOINT).put(/.*/).delay(60_000).reply(200, PART_RESULT);
    const client = makeClient();
    client.middlewareStack.add(
      (next) => async (args) => {
        setImmediate(() => controller.abort(reason));
        return next(args).catch((error: Error) => {
          aborted = error.name === 'AbortError';
          throw error;
        });
      },
      { step: 'deserialize', priority: 'low' },
    );
    await expect(fromS3Client(client).copyPart({ ...part, signal: controller.signal })).rejects.toBe(reason);
    await new Promise((resolve) => setImmediate(resolve));
    expect(aborted).toBe(true);
  });

  it('sends nothing once the signal has fired', async () => {
    await expect(fromS3Client(makeClient()).copyPart({ ...part, signal: AbortSignal.abort('no') })).rejects.toBe('no');
  });

  it('gives up after timeoutMs', async () => {
    nock(ENDPOINT).put(/.*/).delay(60_000).reply(200, PART_RESULT);
    const error = await failureOf(fromS3Client(makeClient()).copyPart({ ...part, timeoutMs: 20 }));
    expect(error).toMatchObject({ kind: 'transient', vendorCode: 'TimeoutError' });
    expect(error.message).toContain('within 20 ms');
  });

  it('gives up after requestTimeoutMs', async () => {
    nock(ENDPOINT).put(/.*/).delay(60_000).reply(200, PART_RESULT);
    const error = await failureOf(fromS3Client(makeClient(), { requestTimeoutMs: 20 }).copyPart(part));
    expect(error.message).toContain('within 20 ms');
  });

  it('writes header bytes as they are, and signs them', async () => {
    let headers: unknown;
    nock(ENDPOINT)
      .post(/.*/)
      .reply(function reply() {
        headers = this.req.headers;
        return [200, '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>'];
      });
    const bytes = Buffer.from('grün – 漢字', 'utf8').toString('latin1');
    await fromS3Client(makeClient()).createMultipartUpload({
      bucket: 'dst',
      key: 'k',
      properties: { metadata: { title: bytes, encoded: '%E4 +%25' }, expires: '0', tags: { 'a b': 'c&d' } },
    });
    expect(headers).toMatchObject({
      'x-amz-meta-title': bytes,
      'x-amz-meta-encoded': '%E4 +%25',
      expires: '0',
      'x-amz-tagging': 'a%20b=c%26d',
    });
  });

  it('refuses bytes that it can’t sign, before sending anything', async () => {
    const properties = { metadata: { title: '\u00FC' } };
    const error = await failureOf(
      fromS3Client(makeClient()).createMultipartUpload({ bucket: 'dst', key: 'k', properties }),
    );
    expect(error).toMatchObject({ name: 'StoreError', kind: 'permanent' });
    expect(error.message).toContain("metadata 'title'");
  });

  it('names region and status of a redirect', async () => {
    nock(ENDPOINT)
      .put(/.*/)
      .reply(301, '<Error><Code>PermanentRedirect</Code><Endpoint>dst.s3.example</Endpoint></Error>', {
        'x-amz-bucket-region': 'eu-north-1',
      });
    const error = await failureOf(fromS3Client(makeClient()).copyPart(part));
    expect(error).toMatchObject({
      kind: 'permanent',
      statusCode: 301,
      region: 'eu-north-1',
      endpoint: 'dst.s3.example',
    });
  });

  it.each([
    ['the handler’s requestTimeout', { requestTimeout: 200, throwOnRequestTimeout: true }],
    ['the handler’s socketTimeout', { socketTimeout: 200 }],
  ])('calls %s what it is', async (_what, requestHandler) => {
    await using server = await startScriptedServer(() => {});
    const error = await failureOf(
      fromS3Client(makeClient({ endpoint: server.endpoint, requestHandler })).copyPart(part),
    );
    expect(error).toMatchObject({ kind: 'transient', vendorCode: 'TimeoutError', statusCode: undefined });
  });

  it('calls a Create ambiguous that was reset after it had been sent to another region', async () => {
    await using server = await startScriptedServer(
      {
        status: 301,
        headers: { 'x-amz-bucket-region': 'eu-north-1' },
        body: '<Error><Code>PermanentRedirect</Code></Error>',
      },
      (response) => response.destroy(),
    );
    const client = makeClient({ endpoint: server.endpoint, followRegionRedirects: true });
    const error = await failureOf(fromS3Client(client).createMultipartUpload({ bucket: 'dst', key: 'k' }));
    expect(server.requests).toHaveLength(2);
    expect(error).toMatchObject({ kind: 'ambiguous', vendorCode: 'ECONNRESET', statusCode: undefined });
  });

  it('keeps keys and secrets out of its errors', async () => {
    const key = Buffer.alloc(32, 7);
    nock(ENDPOINT)
      .put(/.*/)
      .reply(400, `<Error><Code>InvalidArgument</Code><Message>bad key ${key.toString('base64')}</Message></Error>`);
    const error = await failureOf(fromS3Client(makeClient()).copyPart({ ...part, sse: { type: 'SSE-C', key } }));
    const text = inspect(error, { depth: 20, showHidden: true });
    expect(text).toContain('[redacted]');
    expect(text).not.toContain(key.toString('base64'));
    expect(text).not.toContain(SECRET);
  });

  it('refuses an SSE-C key over plain http to another machine', async () => {
    const store = fromS3Client(makeClient({ endpoint: 'http://store.example' }));
    const error = await failureOf(store.copyPart({ ...part, sse: { type: 'SSE-C', key: Buffer.alloc(32, 7) } }));
    expect(error).toMatchObject({ name: 'StoreError', kind: 'permanent' });
    expect(error.message).toContain('plain http');
  });

  it('says so where the SDK has no credentials', async () => {
    const credentials = (): Promise<never> => Promise.reject(new Error('no profile'));
    const error = await failureOf(fromS3Client(makeClient({ credentials })).copyPart(part));
    expect(error).toMatchObject({ kind: 'permanent', statusCode: undefined });
    expect(error.message).toContain('no profile');
  });

  it('knows no endpoint, which the client gives only asynchronously, but takes one', () => {
    expect(fromS3Client(makeClient()).traits).toEqual({ dialect: 's3', sendsSourceIfMatch: true });
    const traits = { endpoint: ENDPOINT } as const;
    expect(fromS3Client(makeClient(), { traits }).traits).toEqual(traits);
  });
});
