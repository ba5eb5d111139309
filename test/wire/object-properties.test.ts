import { MockAgent } from 'undici';
import { describe, expect, it } from 'vitest';
import { obsStore, s3Store } from '../../src/wire/http-store.ts';
import type { CopyStore, DestinationEncryption, ObjectProperties } from '../../src/store/copy-store.ts';
import { type Answer, CREDENTIALS, answer, startScriptedServer } from './scripted-server.ts';

const object = { bucket: 'b', key: 'k' };
const source = { bucket: 's', key: 'dir/ü ?versionId=x', versionId: 'v=1' };
const KEY = new Uint8Array(Buffer.from('01234567890123456789012345678901'));
const KEY_HEADERS = ['AES256', 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=', 'KYvwGXoFFJ42a2u2GDWhwQ=='];

const answerCopy: Answer = (seen, ...rest) => {
  const body = seen.url.endsWith('?uploads')
    ? '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>'
    : '<R><ETag>a</ETag></R>'.replaceAll(
        'R>',
        seen.url.includes('?partNumber') ? 'CopyPartResult>' : 'CopyObjectResult>',
      );
  answer(200, body)(seen, ...rest);
};

async function headersOf(
  vendor: 'obs' | 's3',
  call: (store: CopyStore) => Promise<unknown>,
  more: object = {},
): Promise<Record<string, string>> {
  const server = await startScriptedServer(answerCopy);
  await call((vendor === 'obs' ? obsStore : s3Store)({ endpoint: server.endpoint, credentials: CREDENTIALS, ...more }));
  const headers = { ...server.seen[0]?.headers };
  for (const name of Object.keys(headers)) {
    if (/^(?:host|connection|authorization|date|user-agent|content-length|x-amz-(?:date|content-sha256))$/.test(name))
      delete headers[name];
  }
  return headers;
}

/** Bytes that are no UTF-8, as latin1 characters, and everything else that must come through unchanged. */
const metadata = {
  plain: 'v 1',
  'percent-encoded': '%E4%BD%A0%20+',
  'utf-8': Buffer.from('naïve 你好').toString('latin1'),
  bytes: '\u00FF\u0080\u00A0x',
};

const properties: ObjectProperties = {
  contentType: 'text/plain; charset=utf-8',
  cacheControl: 'no-cache="x"',
  contentDisposition: 'attachment; filename="a b.txt"',
  contentEncoding: 'gzip',
  contentLanguage: 'zh-CN',
  expires: 'whenever',
  metadata,
  websiteRedirectLocation: '/other#y',
  storageClass: 'STANDARD_IA',
  acl: 'private',
  grants: { read: 'id="abc"', fullControl: 'id="d"' },
  tags: { 'k 1': 'a&b=c', empty: '' },
  objectLock: { mode: 'COMPLIANCE', retainUntil: new Date('2025-01-01T00:00:00Z'), legalHold: true },
  expiresAfterDays: 3,
};

const expected = (prefix: string, storageClass: string): Record<string, string> => ({
  'content-type': 'text/plain; charset=utf-8',
  'cache-control': 'no-cache="x"',
  'content-disposition': 'attachment; filename="a b.txt"',
  'content-encoding': 'gzip',
  'content-language': 'zh-CN',
  expires: 'whenever',
  ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`${prefix}meta-${name}`, value])),
  [`${prefix}website-redirect-location`]: '/other#y',
  [`${prefix}storage-class`]: storageClass,
  [`${prefix}acl`]: 'private',
  [`${prefix}grant-read`]: 'id="abc"',
  [`${prefix}grant-full-control`]: 'id="d"',
  [`${prefix}tagging`]: 'k%201=a%26b%3Dc&empty=',
  [`${prefix}object-lock-mode`]: 'COMPLIANCE',
  [`${prefix}object-lock-retain-until-date`]: '2025-01-01T00:00:00Z',
  [`${prefix}object-lock-legal-hold`]: 'ON',
  'x-obs-expires': '3',
});

describe.each([
  { vendor: 's3', signature: 'v4', prefix: 'x-amz-', storageClass: 'STANDARD_IA' },
  { vendor: 's3', signature: 'v2', prefix: 'x-amz-', storageClass: 'STANDARD_IA' },
  { vendor: 'obs', signature: 'obs', prefix: 'x-obs-', storageClass: 'WARM' },
  { vendor: 'obs', signature: 'v2', prefix: 'x-amz-', storageClass: 'STANDARD_IA' },
  { vendor: 'obs', signature: 'v4', prefix: 'x-amz-', storageClass: 'STANDARD_IA' },
] as const)('$vendor with signature $signature', ({ vendor, signature, prefix, storageClass }) => {
  it('begins an upload with every property as it is', async () => {
    const headers = await headersOf(vendor, (store) => store.createMultipartUpload({ ...object, properties }), {
      signature,
    });
    expect(headers).toEqual(expected(prefix, storageClass));
  });

  it('copies an object with the same properties, by directive REPLACE', async () => {
    const headers = await headersOf(
      vendor,
      (store) => store.copyObject({ ...object, source, properties, taggingDirective: 'REPLACE', ifNoneMatch: '*' }),
      { signature },
    );
    expect(headers).toEqual({
      ...expected(prefix, storageClass),
      [`${prefix}copy-source`]: 's/dir/%C3%BC%20%3FversionId%3Dx?versionId=v%3D1',
      [`${prefix}metadata-directive`]: 'REPLACE',
      [`${prefix}tagging-directive`]: 'REPLACE',
      'if-none-match': '*',
    });
  });

  it('copies a part with its range, conditions and both keys', async () => {
    const sse = { type: 'SSE-C', key: KEY } as const;
    const headers = await headersOf(
      vendor,
      (store) =>
        store.copyPart({
          ...object,
          uploadId: 'u',
          partNumber: 1,
          source,
          start: 4_294_967_296,
          end: 9_007_199_254_740_990,
          sourceIfMatch: 'abc-2',
          sourceIfUnmodifiedSince: new Date('2024-02-29T10:00:00Z'),
          sse,
          sourceSse: sse,
          requestPayer: 'requester',
        }),
      { signature },
    );
    expect(headers).toEqual({
      [`${prefix}copy-source`]: 's/dir/%C3%BC%20%3FversionId%3Dx?versionId=v%3D1',
      [`${prefix}copy-source-range`]: 'bytes=4294967296-9007199254740990',
      [`${prefix}copy-source-if-match`]: '"abc-2"',
      [`${prefix}copy-source-if-unmodified-since`]: 'Thu, 29 Feb 2024 10:00:00 GMT',
      [`${prefix}server-side-encryption-customer-algorithm`]: KEY_HEADERS[0],
      [`${prefix}server-side-encryption-customer-key`]: KEY_HEADERS[1],
      [`${prefix}server-side-encryption-customer-key-md5`]: KEY_HEADERS[2],
      [`${prefix}copy-source-server-side-encryption-customer-algorithm`]: KEY_HEADERS[0],
      [`${prefix}copy-source-server-side-encryption-customer-key`]: KEY_HEADERS[1],
      [`${prefix}copy-source-server-side-encryption-customer-key-md5`]: KEY_HEADERS[2],
      [`${prefix}request-payer`]: 'requester',
    });
  });

  it('gives on HEAD what it was given', async () => {
    const sent = expected(prefix, storageClass);
    const { endpoint } = await startScriptedServer((_seen, response) => {
      response.writeHead(200, {
        ...sent,
        etag: '"a-2"',
        'content-length': '12',
        'last-modified': 'Thu, 29 Feb 2024 10:00:00 GMT',
      });
      response.end();
    });
    const store = (vendor === 'obs' ? obsStore : s3Store)({
      endpoint,
      credentials: CREDENTIALS,
      signature: signature as never,
    });
    const head = await store.headObject(object);
    const { acl: _acl, grants: _grants, tags: _tags, expiresAfterDays: _days, ...readable } = properties;
    expect(head).toMatchObject({
      size: 12,
      etag: 'a-2',
      lastModified: new Date('2024-02-29T10:00:00Z'),
      archived: false,
    });
    expect(head.properties).toEqual({ ...readable, storageClass });
  });
});

describe('encryption', () => {
  it.each<['obs' | 's3', DestinationEncryption, Record<string, string>]>([
    ['s3', { type: 'AES256' }, { 'x-amz-server-side-encryption': 'AES256' }],
    ['s3', { type: 'SSE-KMS' }, { 'x-amz-server-side-encryption': 'aws:kms' }],
    [
      's3',
      { type: 'SSE-KMS', keyId: 'arn:aws:kms:1' },
      { 'x-amz-server-side-encryption': 'aws:kms', 'x-amz-server-side-encryption-aws-kms-key-id': 'arn:aws:kms:1' },
    ],
    [
      'obs',
      { type: 'SSE-KMS', keyId: 'id' },
      { 'x-obs-server-side-encryption': 'kms', 'x-obs-server-side-encryption-kms-key-id': 'id' },
    ],
  ])('%s %j', async (vendor, sse, headers) => {
    expect(await headersOf(vendor, (store) => store.createMultipartUpload({ ...object, sse }))).toEqual(headers);
  });

  it.each(['headObject', 'createMultipartUpload', 'copyObject', 'copyPart', 'completeMultipartUpload'] as const)(
    'an SSE-C key is not sent over plain http: %s',
    async (operation) => {
      const sent: unknown[] = [];
      const dispatcher = { dispatch: (options: unknown) => sent.push(options) > 0 };
      const sse = { type: 'SSE-C', key: KEY } as const;
      const store = s3Store({ endpoint: 'http://s3.example.com', credentials: CREDENTIALS, dispatcher });
      const request = { ...object, source, uploadId: 'u', partNumber: 1, parts: [], sse };
      const error: unknown = await store[operation](request).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ kind: 'permanent', operation });
      expect(String(error)).toContain('an SSE-C key must not be sent over plain http to http://s3.example.com');
      expect(sent).toEqual([]);
    },
  );
});

describe('what no header can hold is refused before anything is sent', () => {
  it.each<[ObjectProperties, string]>([
    [{ metadata: { name: '你好' } }, 'metadata "name" holds U+4F60 at position 0, which no header can hold'],
    [{ contentType: 'a\r\nx-amz-acl: public-read' }, 'contentType holds U+000D at position 1'],
    [{ metadata: { 'a b': 'c' } }, 'metadata name "a b" is not the name of a header'],
    [{ tags: { a: '\uD800' } }, 'URI malformed'],
  ])('%j', async (bad, message) => {
    const server = await startScriptedServer(answerCopy);
    const store = s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS });
    const request = { ...object, properties: bad };
    await expect(store.createMultipartUpload(request)).rejects.toMatchObject({ kind: 'permanent', name: 'StoreError' });
    await expect(store.createMultipartUpload(request)).rejects.toThrow(message);
    expect(server.seen).toEqual([]);
  });

  it.each([
    [{ partNumber: 0 }, 'the part number must be 1 to 10000, but is 0'],
    [{ partNumber: 10_001 }, 'the part number must be 1 to 10000'],
    [{ partNumber: 1.5 }, 'the part number must be 1 to 10000'],
    [{ start: 0 }, 'the range must be 0 <= start <= end, but is 0 to undefined'],
    [{ start: 5, end: 4 }, 'the range must be 0 <= start <= end, but is 5 to 4'],
    [{ start: -1, end: 4 }, 'the range must be'],
    [{ key: 'a\uD800' }, 'Cannot copy part 1 to b/a\uD800: the name holds a lone surrogate'],
    [{ source: { bucket: 's', key: '\uDC00' } }, "the source's name holds a lone surrogate"],
    [{ sourceIfMatch: '你' }, 'invalid x-amz-copy-source-if-match header'],
  ])('%j', async (bad, message) => {
    const server = await startScriptedServer(answerCopy);
    const store = s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS });
    const request = { ...object, uploadId: 'u', partNumber: 1, source, ...bad };
    await expect(store.copyPart(request)).rejects.toMatchObject({ kind: 'permanent', name: 'StoreError' });
    await expect(store.copyPart(request)).rejects.toThrow(message);
    expect(server.seen).toEqual([]);
  });

  it('a check that OBS does not have is refused, not left out', async () => {
    const server = await startScriptedServer(answerCopy);
    const store = obsStore({ endpoint: server.endpoint, credentials: CREDENTIALS });
    await expect(store.headObject({ ...object, expectedBucketOwner: '1' })).rejects.toThrow('expected bucket owner');
    expect(server.seen).toEqual([]);
    const headers = await headersOf('s3', (s3) =>
      s3.copyObject({ ...object, source, expectedBucketOwner: '1', expectedSourceBucketOwner: '2' }),
    );
    expect(headers).toMatchObject({ 'x-amz-expected-bucket-owner': '1', 'x-amz-source-expected-bucket-owner': '2' });
  });
});

describe('HEAD', () => {
  async function headWith(vendor: 'obs' | 's3', headers: Record<string, string>): ReturnType<CopyStore['headObject']> {
    const server = await startScriptedServer(answer(200, '', { 'content-length': '1', ...headers }));
    return (vendor === 'obs' ? obsStore : s3Store)({ endpoint: server.endpoint, credentials: CREDENTIALS }).headObject(
      object,
    );
  }

  it('reads everything else that a store tells', async () => {
    expect(
      await headWith('s3', {
        'x-amz-version-id': 'null',
        'x-amz-tagging-count': '2',
        'x-amz-mp-parts-count': '17',
        'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=',
        'x-amz-checksum-type': 'FULL_OBJECT',
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': 'arn',
        date: 'Thu, 29 Feb 2024 10:00:00 GMT',
      }),
    ).toMatchObject({
      versionId: 'null',
      tagCount: 2,
      partsCount: 17,
      checksums: { CRC64NVME: 'AAAAAAAAAAA=' },
      checksumType: 'FULL_OBJECT',
      encryption: 'aws:kms',
      encryptionKeyId: 'arn',
      serverTime: new Date('2024-02-29T10:00:00Z'),
      etag: undefined,
      properties: { storageClass: undefined, metadata: {} },
    });
    expect(
      await headWith('obs', { 'x-obs-uploadId': '0123', 'x-obs-server-side-encryption-customer-algorithm': 'AES256' }),
    ).toMatchObject({
      uploadId: '0123',
      encryption: 'SSE-C',
    });
  });

  it.each(['s3', 'obs'] as const)(
    'leaves what COLD and GLACIER mean to a store that isn’t Amazon’s or OBS: %s',
    async (vendor) => {
      for (const storageClass of ['COLD', 'GLACIER']) {
        const name = vendor === 'obs' ? 'x-obs-storage-class' : 'x-amz-storage-class';
        expect((await headWith(vendor, { [name]: storageClass })).archived).toBe(vendor === 'obs');
      }
    },
  );

  it.each<[Record<string, string>, boolean]>([
    [{ 'x-amz-storage-class': 'GLACIER' }, true],
    [{ 'x-amz-storage-class': 'DEEP_ARCHIVE', 'x-amz-restore': 'ongoing-request="true"' }, true],
    [{ 'x-amz-storage-class': 'GLACIER', 'x-amz-restore': 'ongoing-request="false", expiry-date="x"' }, false],
    [{ 'x-amz-storage-class': 'INTELLIGENT_TIERING', 'x-amz-archive-status': 'ARCHIVE_ACCESS' }, true],
    [{ 'x-amz-storage-class': 'GLACIER_IR' }, false],
  ])('%j is archived: %s', async (headers, archived) => {
    const dispatcher = new MockAgent();
    dispatcher
      .get('https://b.s3.eu-west-1.amazonaws.com')
      .intercept({ method: 'HEAD', path: '/k' })
      .reply(200, '', { headers: { 'content-length': '1', etag: '"e"', ...headers } });
    const store = s3Store({ region: 'eu-west-1', credentials: CREDENTIALS, dispatcher });
    expect((await store.headObject({ bucket: 'b', key: 'k' })).archived).toBe(archived);
    await dispatcher.close();
  });

  it('has metadata named __proto__ as metadata', async () => {
    const { properties: read } = await headWith('s3', { 'x-amz-meta-__proto__': 'x', 'x-amz-meta-constructor': 'y' });
    expect(Object.entries(read.metadata ?? {})).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });

  it.each(['-1', '1e3', '99999999999999999999', ''])('with Content-Length %j is no answer', async (length) => {
    const dispatcher = {
      dispatch: (_options: unknown, handler: object): boolean => {
        const { onConnect, onHeaders, onComplete } = handler as Record<string, (...values: unknown[]) => void>;
        onConnect?.call(handler, () => {});
        onHeaders?.call(handler, 200, ['content-length', length]);
        onComplete?.call(handler);
        return true;
      },
    };
    const store = s3Store({ endpoint: 'https://s3.example.com', credentials: CREDENTIALS, dispatcher });
    await expect(store.headObject(object)).rejects.toThrow('a Content-Length that is missing or not a size');
  });
});

describe('HEAD answered by something in between', () => {
  it.each<Record<string, string>>([
    { 'content-length': '0' },
    { 'content-length': '80', 'content-type': 'text/html' },
    { 'content-length': '80', 'content-type': 'application/xml' },
  ])('with 200 and %j is a passing failure, not an object', async (headers) => {
    const server = await startScriptedServer(answer(200, '', headers));
    const store = s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS });
    await expect(store.headObject(object)).rejects.toMatchObject({ kind: 'transient', statusCode: 200 });
  });

  it.each<Record<string, string>>([
    { 'content-length': '0', etag: '"d41d8cd98f00b204e9800998ecf8427e"' },
    { 'content-length': '80', 'content-type': 'text/html', 'last-modified': 'Thu, 29 Feb 2024 10:00:00 GMT' },
  ])('is told from an object like %j', async (headers) => {
    const server = await startScriptedServer(answer(200, '', headers));
    const store = s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS });
    await expect(store.headObject(object)).resolves.toMatchObject({ size: Number(headers['content-length']) });
  });
});

describe('tags and grants', () => {
  it('are read and written', async () => {
    const tagging =
      '<Tagging><TagSet><Tag><Key>a&amp;&lt;b&gt;</Key><Value>it&apos;s &quot;x&quot;</Value></Tag><Tag><Key>__proto__</Key><Value/></Tag></TagSet></Tagging>';
    const acl =
      '<AccessControlPolicy><Owner><ID>me</ID></Owner><AccessControlList>' +
      '<Grant><Grantee xmlns:xsi="x" xsi:type="CanonicalUser"><ID>me</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant>' +
      '<Grant><Grantee><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant>' +
      '<Grant><Grantee><ID>you</ID></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>';
    const server = await startScriptedServer(answer(200, tagging), answer(200), answer(200, acl));
    const store = s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS });
    const tags = await store.getObjectTagging?.({ ...object, versionId: 'v' });
    expect(Object.entries(tags ?? {})).toEqual([
      ['a&<b>', 'it\'s "x"'],
      ['__proto__', ''],
    ]);
    await store.putObjectTagging?.({ ...object, tags: tags ?? {} });
    const read = await store.getObjectAcl?.(object);
    expect(read).toEqual({
      ownerId: 'me',
      grants: { fullControl: 'id="me"', read: 'uri="http://acs.amazonaws.com/groups/global/AllUsers",id="you"' },
    });

    const [get, put] = server.seen;
    expect(get?.url).toBe('/b/k?tagging&versionId=v');
    expect(put).toMatchObject({
      method: 'PUT',
      url: '/b/k?tagging',
      body:
        '<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet><Tag><Key>a&amp;&lt;b&gt;</Key><Value>it&apos;s &quot;x&quot;</Value></Tag>' +
        '<Tag><Key>__proto__</Key><Value></Value></Tag></TagSet></Tagging>',
    });
    expect(put?.headers['content-md5']).toMatch(/^[\w+/]{22}==$/);
  });
});
