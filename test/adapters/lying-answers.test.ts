import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyLargeObject, s3Store, type CopyOptions, type CopyStore } from '../../src/index.ts';
import { startTestStore, type FaultRule, type TestStore } from '../../src/testing/index.ts';
import type { StoreError } from '../../src/store/store-error.ts';
import { type ScriptedServer, startScriptedServer } from '../obs-client/scripted-server.ts';
import { vendorStores } from './vendor-stores.ts';

const MIB = 1024 * 1024;
const KEYS = { accessKeyId: 'a', secretAccessKey: 's' };
const HTML = '<html><body>Welcome</body></html>\n';

const object = { bucket: 'b', key: 'k' };
const upload = { ...object, uploadId: 'u' };
const source = { bucket: 'b', key: 's' };

type Send = (store: Required<CopyStore>) => Promise<unknown>;

/** Operations that are answered with a document. */
const read: Readonly<Record<string, Send>> = {
  copyObject: (store) => store.copyObject({ ...object, source }),
  createMultipartUpload: (store) => store.createMultipartUpload(object),
  copyPart: (store) => store.copyPart({ ...upload, partNumber: 1, source }),
  listParts: (store) => store.listParts(upload),
  completeMultipartUpload: (store) =>
    store.completeMultipartUpload({ ...upload, parts: [{ partNumber: 1, etag: 'e' }] }),
  listMultipartUploads: (store) => store.listMultipartUploads({ bucket: 'b' }),
  getObjectTagging: (store) => store.getObjectTagging(object),
  getObjectAcl: (store) => store.getObjectAcl(object),
};

/** Operations that have no result. */
const done: Readonly<Record<string, Send>> = {
  abortMultipartUpload: (store) => store.abortMultipartUpload(upload),
  putObjectTagging: (store) => store.putObjectTagging({ ...object, tags: { a: 'b' } }),
};

describe.each(Object.entries(vendorStores))('%s', (_name, makeStore) => {
  let server: ScriptedServer;
  let store: Required<CopyStore>;

  beforeEach(async () => {
    server = await startScriptedServer();
    store = makeStore({ endpoint: server.endpoint, credentials: KEYS });
  });
  afterEach(() => server[Symbol.asyncDispose]());

  /** What a store makes of a body under 200. */
  async function failureFor(send: Send, body: string, headers: Record<string, string> = {}): Promise<unknown> {
    server.answers = [{ headers: { 'content-type': 'application/xml', ...headers }, body }];
    return send(store).then(
      (value) => expect.fail(`it resolved with ${inspect(value)}`),
      (error: unknown) => error as StoreError,
    );
  }

  describe.each(Object.entries({ ...read, ...done }))('%s', (operation, send) => {
    it.each([
      ['an error', ''],
      ['an error and a line break', '\n'],
      ['an error and blanks', ' \r\n  '],
    ])('throws the store’s own error for 200 with %s', async (_what, end) => {
      const body = `<?xml version="1.0"?>\n<Error><Code>SlowDown</Code><Message>Reduce</Message></Error>${end}`;
      const error = await failureFor(send, body);
      expect(error).toMatchObject({ operation, kind: 'throttled', statusCode: 200, vendorCode: 'SlowDown' });
      expect((error as Error).message).toContain('Reduce');
    });

    it.each([
      ...(operation in read
        ? [
            ['nothing', '', 'EmptyAnswer'],
            ['the answer to something else', '<ListBucketResult><Name>b</Name></ListBucketResult>', 'EmptyAnswer'],
          ]
        : []),
      ['HTML', HTML, 'EmptyAnswer'],
      ['text', 'It works!', 'EmptyAnswer'],
      ['half an error', '<Error><Code>SlowDown'],
    ] as [string, string, string?][])('takes 200 with %s for no answer', async (_what, body, code) => {
      expect(await failureFor(send, body)).toMatchObject({
        operation,
        statusCode: 200,
        // Whatever it is, a store without tags answers so: gofakes3 with the object itself.
        vendorCode: operation === 'getObjectTagging' ? 'EmptyAnswer' : code,
        kind: ['copyObject', 'createMultipartUpload', 'completeMultipartUpload'].includes(operation)
          ? 'ambiguous'
          : 'transient',
      });
    });
  });

  it.each(Object.entries(done))('resolves %s for a blank answer', async (_operation, send) => {
    server.answers = [{ body: '\n' }];
    await expect(send(store)).resolves.toBeUndefined();
  });

  it.each([
    ['HTML', { 'content-type': 'text/html', 'content-length': '80' }],
    ['nothing', { 'content-length': '0' }],
    ['no size', { etag: '"e"', 'transfer-encoding': 'chunked' }],
  ])('takes a HEAD that is answered 200 with %s for unanswered', async (_what, headers) => {
    const error = await failureFor((head) => head.headObject(object), '', headers);
    expect(error).toMatchObject({ operation: 'headObject', kind: 'transient', statusCode: 200 });
  });

  it('reads no answer without end', async () => {
    server.answers = [
      (response) => {
        response.writeHead(200, { 'content-type': 'application/xml' });
        const pump = (): void => {
          while (!response.destroyed && response.write(' '.repeat(65_536)));
        };
        response.on('drain', pump);
        pump();
      },
    ];
    await expect(store.listParts(upload)).rejects.toMatchObject({ kind: 'transient', vendorCode: 'BodyTooLarge' });
  });
});

describe.each(Object.entries(vendorStores))('a copy by %s', (_name, makeStore) => {
  const SOURCE = { bucket: 'media', key: 'film' };
  const DESTINATION = { bucket: 'archive', key: 'copy' };
  let server: TestStore;
  afterEach(() => server.close());

  async function start(...faults: FaultRule[]): Promise<void> {
    server = await startTestStore({ buckets: [DESTINATION.bucket], faults });
    server.putObject({ ...SOURCE, size: 70 * MIB, contentType: 'video/mp4', tags: { project: 'archive' } });
  }

  function copy(options: Partial<CopyOptions> = {}): Promise<{ readonly warnings: readonly { code: string }[] }> {
    return Promise.resolve(
      copyLargeObject({
        store: makeStore(server),
        source: SOURCE,
        destination: DESTINATION,
        partSize: 12 * MIB,
        multipartThreshold: MIB,
        retry: { minDelayMs: 1, maxDelayMs: 20, maxAttempts: 3, maxElapsedMs: 1000 },
        ...options,
      }),
    );
  }

  it.each(['garbageIn200', 'emptyIn200'] as const)(
    'does not take a proxy’s answer to the first HEAD for the source (%s)',
    async (kind) => {
      await start({ operation: 'headObject', kind, times: 1 });
      server.putObject({ ...DESTINATION, size: 5 });
      await copy();
      expect(server.object(DESTINATION.bucket, DESTINATION.key)).toMatchObject({
        size: 70 * MIB,
        headers: { 'content-type': 'video/mp4' },
      });
    },
  );

  it.each([
    { kind: 'errorIn200', code: 'AccessDenied', suffix: '\n' },
    { kind: 'errorIn200', code: 'SlowDown', suffix: '\n' },
    { kind: 'emptyIn200' },
    { kind: 'garbageIn200' },
  ] as const)('does not lose tags in silence where they can’t be read: $kind $code', async (fault) => {
    await start({ operation: 'getObjectTagging', ...fault });
    const { warnings } = await copy();
    expect(warnings.map(({ code }) => code)).toContain('TAGS_NOT_PRESERVED');
    await expect(copy({ preserve: { tags: true } })).rejects.toThrow(/tags/);
  });

  it('leaves another program’s upload alone where its parts can’t be listed', async () => {
    await start();
    const { endpoint, region, credentials } = server;
    const other = s3Store({ endpoint, region, credentials });
    const { uploadId } = await other.createMultipartUpload(DESTINATION);
    await other.copyPart({ ...DESTINATION, uploadId, partNumber: 1, source: SOURCE, start: 0, end: 10 * MIB });
    server.setFaults([
      { operation: 'createMultipartUpload', kind: 'reset', times: 1 },
      { operation: 'listParts', kind: 'errorIn200', code: 'SlowDown', suffix: '\n', times: 1 },
    ]);
    await copy();
    expect(server.uploads(DESTINATION.bucket).map((left) => left.uploadId)).toEqual([uploadId]);
  });

  it('says so where an upload whose Create was lost can’t be looked for', async () => {
    await start(
      { operation: 'createMultipartUpload', kind: 'resetAfterWork', times: 1 },
      { operation: 'listMultipartUploads', kind: 'errorIn200', code: 'AccessDenied', suffix: '\n' },
    );
    const { warnings } = await copy();
    expect(warnings.map(({ code }) => code)).toContain('ORPHAN_UPLOADS');
  });
});
