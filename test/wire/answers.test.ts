import { describe, expect, it } from 'vitest';
import { obsStore, s3Store } from '../../src/wire/http-store.ts';
import type { CopyStore } from '../../src/store/copy-store.ts';
import { StoreError } from '../../src/store/store-error.ts';
import {
  type Answer,
  COPY_PART_RESULT,
  CREDENTIALS,
  MD5,
  answer,
  errorDocument,
  startScriptedServer,
} from './scripted-server.ts';

const object = { bucket: 'b', key: 'k' };
const source = { bucket: 's', key: 'k' };

const operations = {
  headObject: (store: CopyStore) => store.headObject(object),
  copyObject: (store: CopyStore) => store.copyObject({ ...object, source }),
  createMultipartUpload: (store: CopyStore) => store.createMultipartUpload(object),
  copyPart: (store: CopyStore) => store.copyPart({ ...object, uploadId: 'u', partNumber: 7, source }),
  listParts: (store: CopyStore) => store.listParts({ ...object, uploadId: 'u' }),
  completeMultipartUpload: (store: CopyStore) =>
    store.completeMultipartUpload({ ...object, uploadId: 'u', parts: [{ partNumber: 1, etag: MD5 }] }),
  abortMultipartUpload: (store: CopyStore) => store.abortMultipartUpload({ ...object, uploadId: 'u' }),
  listMultipartUploads: (store: CopyStore) => store.listMultipartUploads({ bucket: 'b' }),
  getObjectTagging: (store: CopyStore) => store.getObjectTagging?.(object) ?? Promise.resolve(),
  putObjectTagging: (store: CopyStore) =>
    store.putObjectTagging?.({ ...object, tags: { a: 'b' } }) ?? Promise.resolve(),
  getObjectAcl: (store: CopyStore) => store.getObjectAcl?.(object) ?? Promise.resolve(),
} as const;

type Operation = keyof typeof operations;

const ONCE_ONLY: readonly Operation[] = ['copyObject', 'createMultipartUpload', 'completeMultipartUpload'];
const WITH_RESULT = (Object.keys(operations) as Operation[]).filter(
  (name) => !['headObject', 'abortMultipartUpload', 'putObjectTagging'].includes(name),
);

async function callWith(operation: Operation, ...answers: Answer[]): Promise<unknown> {
  const { endpoint } = await startScriptedServer(...answers);
  return operations[operation](s3Store({ endpoint, credentials: CREDENTIALS }));
}

async function failureOf(operation: Operation, ...answers: Answer[]): Promise<StoreError> {
  const outcome = await callWith(operation, ...answers).then(
    (value) => new Error(`resolved with ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (outcome instanceof StoreError) return outcome;
  throw outcome;
}

function textAnswer(body: string, headers: Record<string, string> = {}): Answer {
  return answer(200, body, headers);
}

describe('a 200 that is no success', () => {
  const bodies = {
    empty: '',
    HTML: '<html><body>captive portal<br></body></html>',
    text: 'garbage <<<',
    'another result': '<SomethingElse><Name>a</Name></SomethingElse>',
    'cut off': '<?xml version="1.0"?><CopyPartResult><ETag>"38',
    'cut off before the last tag': `<CopyPartResult><ETag>"${MD5}"</ETag>`,
    'cut off list': '<ListPartsResult><IsTruncated>false</IsTruncated><Part><PartNumber>1',
    'a result twice': `${COPY_PART_RESULT}${COPY_PART_RESULT}`,
    'a document type': `<!DOCTYPE a [<!ENTITY e "${MD5}">]><CopyPartResult><ETag>&e;</ETag></CopyPartResult>`,
  };
  const cases = WITH_RESULT.flatMap((operation) =>
    Object.entries(bodies).map(([name, body]) => ({ operation, name, body })),
  );

  it.each(cases)('$operation: $name', async ({ operation, body }) => {
    const error = await failureOf(operation, textAnswer(body));
    expect(error).toMatchObject({
      operation,
      statusCode: 200,
      kind: ONCE_ONLY.includes(operation) ? 'ambiguous' : 'transient',
      retryable: true,
    });
  });

  it.each(WITH_RESULT)('%s: an error document, with and without anything around it', async (operation) => {
    const document = errorDocument('SlowDown');
    for (const body of [document, `${document}\n`, `  \n ${document} `, document.slice(document.indexOf('<Error>'))]) {
      const error = await failureOf(operation, textAnswer(body));
      expect(error).toMatchObject({ statusCode: 200, vendorCode: 'SlowDown', kind: 'throttled' });
      expect(error.message).toContain('about SlowDown');
    }
  });

  it.each(['putObjectTagging', 'abortMultipartUpload'] as const)('%s: an error document', async (operation) => {
    const error = await failureOf(operation, textAnswer(errorDocument('InternalError')));
    expect(error).toMatchObject({ vendorCode: 'InternalError', kind: 'transient' });
  });

  const NO_RESULTS = {
    'an error that is cut off': '<?xml version="1.0"?><Error><Code>InternalError</Code><Mess',
    'an error that is not XML': '<Error><Code>InternalError</Code><Message>a < b</Message></Error>',
    'a page of a proxy': '<html><body>Please log in</body></html>',
    'a page with a document type': '<!DOCTYPE html><html><body>Please log in</body></html>',
    text: 'upstream connect error',
  };
  const withoutResult = (['putObjectTagging', 'abortMultipartUpload'] as const).flatMap((operation) =>
    Object.entries(NO_RESULTS).map(([name, body]) => ({ operation, name, body })),
  );

  it.each(withoutResult)('$operation: $name', async ({ operation, body }) => {
    const error = await failureOf(operation, textAnswer(body));
    expect(error).toMatchObject({ operation, statusCode: 200, kind: 'transient' });
    expect(error.message).toContain('200 with a body that is not empty');
  });

  it.each(['', ' \n', '<DeleteResult/>'])('is one where there is no result to be had: %j', async (body) => {
    for (const operation of ['putObjectTagging', 'abortMultipartUpload'] as const) {
      await expect(callWith(operation, textAnswer(body))).resolves.toBeUndefined();
    }
  });

  it('is permanent where the document says so', async () => {
    expect(await failureOf('copyPart', textAnswer(errorDocument('AccessDenied')))).toMatchObject({ kind: 'permanent' });
  });

  it.each([
    ['copyPart', '<CopyPartResult><LastModified>2024-02-29T10:00:00.000Z</LastModified></CopyPartResult>'],
    ['copyPart', '<CopyPartResult><ETag></ETag></CopyPartResult>'],
    ['copyPart', '<CopyPartResult><ETag>""</ETag></CopyPartResult>'],
    ['copyPart', '<CopyPartResult><ETag>a</ETag><ETag>b</ETag></CopyPartResult>'],
    ['copyObject', '<CopyObjectResult/>'],
    [
      'completeMultipartUpload',
      '<CompleteMultipartUploadResult><Location>l</Location></CompleteMultipartUploadResult>',
    ],
    ['createMultipartUpload', '<InitiateMultipartUploadResult><UploadId> </UploadId></InitiateMultipartUploadResult>'],
    [
      'listParts',
      '<ListPartsResult><Part><PartNumber>1</PartNumber><Size>-1</Size><ETag>a</ETag></Part></ListPartsResult>',
    ],
    ['listParts', '<ListPartsResult><IsTruncated>true</IsTruncated></ListPartsResult>'],
  ] as const)('%s without what matters: %s', async (operation, body) => {
    expect((await failureOf(operation, textAnswer(body))).retryable).toBe(true);
  });
});

describe('a good answer', () => {
  it.each([
    `<ETag>"${MD5}"</ETag>`,
    `<ETag>${MD5}</ETag>`,
    `<ETag>&quot;${MD5}&quot;</ETag>`,
    `<ETag>&#34;${MD5}&#34;</ETag>`,
    `<ETag>&#x22;${MD5}&#x22;</ETag>`,
    `<ETag><![CDATA["${MD5}"]]></ETag>`,
    `\n  <LastModified>2024-02-29T10:00:00.000Z</LastModified>\n  <ETag> "${MD5}" </ETag>\n`,
  ])('to a part copy is read with its ETag as %s', async (content) => {
    const result = await callWith('copyPart', textAnswer(`<CopyPartResult xmlns="urn:x">${content}</CopyPartResult>`));
    expect(result).toMatchObject({ etag: MD5 });
  });

  it('may come after whitespace that kept the connection alive, in many chunks', async () => {
    const drip: Answer = (_seen, response) => {
      for (const chunk of [' ', '\n', '  ', '<?xml version="1.0"?>\n', '  ', COPY_PART_RESULT.slice(0, 20)])
        response.write(chunk);
      response.end(COPY_PART_RESULT.slice(20));
    };
    expect(await callWith('copyPart', drip)).toEqual({ etag: MD5, lastModified: new Date('2024-02-29T10:00:00.000Z') });
  });

  it('to Complete may have an empty ETag, which is one that is not known', async () => {
    const body = '<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>';
    expect(await callWith('completeMultipartUpload', textAnswer(body, { 'x-amz-version-id': 'v1' }))).toMatchObject({
      etag: undefined,
      versionId: 'v1',
    });
  });

  it('carries checksums, the delay by flow control and how it is encrypted', async () => {
    const { endpoint } = await startScriptedServer(
      textAnswer(`<CopyPartResult><ETag>"${MD5}"</ETag><CRC64>123</CRC64></CopyPartResult>`, {
        'x-obs-qos-delay-time': '250',
      }),
      textAnswer('<CompleteMultipartUploadResult><ETag>"a-1"</ETag></CompleteMultipartUploadResult>', {
        'x-obs-server-side-encryption': 'kms',
      }),
    );
    const store = obsStore({ endpoint, credentials: CREDENTIALS });
    expect(await operations.copyPart(store)).toEqual({
      etag: MD5,
      lastModified: undefined,
      checksums: { CRC64ECMA: '123' },
      qosDelayMs: 250,
    });
    expect(await operations.completeMultipartUpload(store)).toMatchObject({ etag: 'a-1', encryption: 'kms' });
  });

  it('to ListParts gives one page and the marker of the next', async () => {
    const part = (partNumber: number): string =>
      `<Part><PartNumber>${partNumber}</PartNumber><LastModified>2024-02-29T10:00:00.000Z</LastModified><ETag>"${MD5}"</ETag><Size>5242880</Size></Part>`;
    const page = `<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>2</NextPartNumberMarker>${part(1)}${part(2)}</ListPartsResult>`;
    const lastModified = new Date('2024-02-29T10:00:00.000Z');
    expect(await callWith('listParts', textAnswer(page))).toEqual({
      parts: [1, 2].map((partNumber) => ({ partNumber, size: 5_242_880, etag: MD5, lastModified })),
      nextPartNumberMarker: 2,
    });
    const last = await callWith('listParts', textAnswer(`<ListPartsResult>${part(3)}</ListPartsResult>`));
    expect(last).toMatchObject({ parts: [{ partNumber: 3 }], nextPartNumberMarker: undefined });
  });

  it.each([
    ['go round in circles', 5, 5],
    ['go back', 4, 5],
    ['never end', 10_001, 10_000],
  ])('to ListParts that would %s is refused', async (_what, next, after) => {
    const body = `<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>${next}</NextPartNumberMarker></ListPartsResult>`;
    const { endpoint } = await startScriptedServer(textAnswer(body));
    const store = s3Store({ endpoint, credentials: CREDENTIALS });
    const pending = store.listParts({ ...object, uploadId: 'u', partNumberMarker: after });
    await expect(pending).rejects.toThrow('a page of parts');
  });

  describe('to ListMultipartUploads, after the markers', () => {
    const nextOf = async (from: readonly string[], to: readonly string[]): Promise<unknown> => {
      const body = `<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>${to[0]}</NextKeyMarker><NextUploadIdMarker>${to[1]}</NextUploadIdMarker></ListMultipartUploadsResult>`;
      const { endpoint } = await startScriptedServer(textAnswer(body));
      const store = s3Store({ endpoint, credentials: CREDENTIALS });
      const [keyMarker, uploadIdMarker] = from;
      return (await store.listMultipartUploads({ bucket: 'b', keyMarker, uploadIdMarker })).next;
    };

    it.each([
      { from: ['k', 'u1'], to: ['k', 'u1'] },
      { from: ['k', 'u1'], to: ['a', 'u2'] },
      { from: ['film-2', 'u1'], to: ['film-1', 'u2'] },
    ])('$from, is refused where the next ones are $to', async ({ from, to }) => {
      await expect(nextOf(from, to)).rejects.toThrow('a page of uploads');
    });

    it.each([
      { from: ['a', 'u1'], to: ['b', 'u1'] },
      // Ids of one key are in the order of their beginning, not of the alphabet.
      { from: ['k', 'u2'], to: ['k', 'u1'] },
      // By bytes, not by UTF-16.
      { from: ['\uFB01', 'u'], to: ['\u{1F600}', 'u'] },
      // Ceph RGW has `film-2.2~x` before `film.2~y`.
      { from: ['film-2', '2~x'], to: ['film', '2~y'] },
      { from: ['film.1', '2~x'], to: ['film', '2~y'] },
      // Swift has `film.2/x` before `film/y`.
      { from: ['film.2', 'x'], to: ['film', '1y'] },
    ])('$from, may go on after $to', async ({ from, to }) => {
      expect(await nextOf(from, to)).toEqual({ keyMarker: to[0], uploadIdMarker: to[1] });
    });
  });

  it('to ListMultipartUploads has its names decoded', async () => {
    const body =
      '<ListMultipartUploadsResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextKeyMarker>a+b%2B</NextKeyMarker>' +
      '<NextUploadIdMarker>u1</NextUploadIdMarker><Upload><Key>a+b%2B%01</Key><UploadId>u1</UploadId>' +
      '<Initiator><ID>me</ID></Initiator><Initiated>2024-02-29T10:00:00.000Z</Initiated></Upload></ListMultipartUploadsResult>';
    expect(await callWith('listMultipartUploads', textAnswer(body))).toEqual({
      uploads: [
        { key: 'a b+\u0001', uploadId: 'u1', initiated: new Date('2024-02-29T10:00:00.000Z'), initiatorId: 'me' },
      ],
      next: { keyMarker: 'a b+', uploadIdMarker: 'u1' },
    });
  });
});

describe('an error', () => {
  it.each([
    { statusCode: 503, code: 'SlowDown', kind: 'throttled' },
    { statusCode: 429, code: 'TooManyRequests', kind: 'throttled' },
    { statusCode: 400, code: 'RequestTimeout', kind: 'transient' },
    { statusCode: 500, code: 'InternalError', kind: 'transient' },
    { statusCode: 404, code: 'NoSuchUpload', kind: 'permanent' },
    { statusCode: 403, code: 'AccessDenied', kind: 'permanent' },
    { statusCode: 412, code: 'PreconditionFailed', kind: 'permanent' },
  ] as const)('$statusCode $code is $kind', async ({ statusCode, code, kind }) => {
    const error = await failureOf('copyPart', answer(statusCode, errorDocument(code), { 'x-amz-request-id': 'REQ1' }));
    expect(error).toMatchObject({ statusCode, vendorCode: code, kind, requestId: 'REQ1', operation: 'copyPart' });
    expect(error.message).toBe(`Cannot copy part 7 to b/k as the store answered ${statusCode} ${code}: about ${code}`);
  });

  it.each([
    { headers: { 'retry-after': '3' }, retryAfterMs: 3000 },
    { headers: { 'x-amz-retry-after': '1500' }, retryAfterMs: 1500 },
    {
      // By the server's own clock: ours may be wrong.
      headers: { date: 'Thu, 29 Feb 2024 12:00:00 GMT', 'retry-after': 'Thu, 29 Feb 2024 12:00:30 GMT' },
      retryAfterMs: 30_000,
    },
    // An hour at most, whatever a store that is mistaken asks for.
    { headers: { 'retry-after': '99999999' }, retryAfterMs: 3_600_000 },
    { headers: { 'x-amz-retry-after': '999999999' }, retryAfterMs: 3_600_000 },
    { headers: { 'retry-after': 'soon' }, retryAfterMs: undefined },
  ] as const)('says how long to wait: $headers', async ({ headers, retryAfterMs }) => {
    const error = await failureOf('copyPart', answer(503, errorDocument('SlowDown'), headers));
    expect(error.retryAfterMs).toBe(retryAfterMs);
  });

  it('of a HEAD is told by its status and headers', async () => {
    expect(await failureOf('headObject', answer(404))).toMatchObject({ statusCode: 404, kind: 'permanent' });
    const named = await failureOf(
      'headObject',
      answer(404, '', { 'x-obs-error-code': 'NoSuchVersion', 'x-obs-error-message': 'no such version' }),
    );
    expect(named).toMatchObject({ statusCode: 404, vendorCode: 'NoSuchVersion' });
    expect(named.message).toContain('no such version');
  });

  it('of a HEAD that is refused without a reason says what may be wrong', async () => {
    expect((await failureOf('headObject', answer(403))).message).toMatch(/answered 403; .*keys.*permission/);
    const reasoned = await failureOf('headObject', answer(403, '', { 'x-obs-error-code': 'AccessDenied' }));
    expect(reasoned.message).toMatch(/AccessDenied; no permission to read the object, or no such key/);
  });

  it('as JSON or HTML is told as far as it can be', async () => {
    const json = await failureOf('copyPart', answer(400, '{"error":{"code":"BadThing","message":"json error"}}'));
    expect(json).toMatchObject({ vendorCode: 'BadThing', kind: 'permanent' });
    const html = await failureOf('copyPart', answer(502, '<html><title>502 Bad Gateway</title></html>'));
    expect(html).toMatchObject({ statusCode: 502, vendorCode: undefined, kind: 'transient' });
    expect(await failureOf('copyObject', answer(502, ''))).toMatchObject({ kind: 'ambiguous' });
  });

  it('304 is no redirect', async () => {
    expect(await failureOf('headObject', answer(304))).toMatchObject({ statusCode: 304, kind: 'permanent' });
  });

  it('with a hostile message is one printable line of bounded length', async () => {
    const message = `a\u0000b\n\u001B[31mred\u2028${'x'.repeat(100_000)}`.replaceAll('\u0000', '&#7;');
    const error = await failureOf(
      'copyPart',
      answer(400, `<Error><Code>Bad Code!</Code><Message>${message}</Message></Error>`),
    );
    expect(error.vendorCode).toBeUndefined();
    expect(error.message).toMatch(/^[\x20-\x7E…]{1,700}$/);
  });
});
