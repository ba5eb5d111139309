import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  CompletedPart,
  CopyStore,
  ObjectProperties,
  SourceLocation,
  SseCustomerKey,
} from '../../src/store/copy-store.ts';
import {
  type ContractCapabilities,
  type ContractSetup,
  etagOfParts,
  failureOf,
  frozen,
  makeBody,
  md5Of,
  newKey,
} from './contract-setup.ts';

/** Keys that clients and servers trip over. */
const DIFFICULT_KEYS = [
  'with space',
  'plus+plus',
  'ümläut-漢字',
  'emoji-\u{1F600}',
  "reserved!'()*~;:@$,[]{}|^`",
  'question?mark#hash&and=equals',
  'back\\slash',
  'quotes"<>',
  'double//slash///here',
  './dot/../dots/.',
  'ends-with-slash/',
] as const;

const KEYS_WITH_PERCENT = ['percent%', 'percent%26encoded', 'a%2Fb', '%E4%BD%A0 +%25'] as const;

/** Metadata whose every byte must arrive: as it is on the wire, one character a byte. */
const METADATA = {
  plain: 'v 1',
  encoded: '%E4%BD%A0%E5%A5%BD +%25',
  path: 'a/b;c:d@e&f=g+h$i,j',
} as const;
const UTF8_METADATA = Buffer.from('grün – 漢字', 'utf8').toString('latin1');
const AWKWARD_METADATA = { text: '(c) 2026 "q" <b> #1 %41 it\'s', bytes: UTF8_METADATA } as const;

/**
 * What every `CopyStore` must do. Runs against any store and any server: what they can do is said by `capabilities`, and
 * what they can't must be refused, not done wrong.
 *
 * @param setUp - makes the store, and other ways to the same objects
 */
export function describeCopyStore(
  name: string,
  capabilities: ContractCapabilities,
  setUp: () => Promise<ContractSetup>,
): void {
  describe(`CopyStore contract: ${name}`, () => {
    let setup: ContractSetup;
    let store: CopyStore;
    const { partSize } = capabilities;

    beforeAll(async () => {
      setup = await setUp();
      store = setup.store;
    });
    afterAll(async () => {
      await setup?.close();
    });

    /** Puts a source of so many bytes. */
    async function putSource(name: string, body: Uint8Array, more: object = {}): Promise<SourceLocation> {
      const location = { bucket: setup.source, key: newKey(name) };
      await setup.putObject({ ...location, body, ...more });
      return location;
    }

    /** Begins an upload; the key is new. */
    async function begin(
      name: string,
      properties?: ObjectProperties,
    ): Promise<{ bucket: string; key: string; uploadId: string }> {
      const location = { bucket: setup.destination, key: newKey(name) };
      const { uploadId } = await store.createMultipartUpload(frozen({ ...location, properties }));
      return { ...location, uploadId };
    }

    /** Copies the whole of a source in parts. */
    async function copyInParts(
      upload: { bucket: string; key: string; uploadId: string },
      source: SourceLocation,
      size: number,
    ): Promise<CompletedPart[]> {
      const parts: CompletedPart[] = [];
      for (let start = 0; start < size; start += partSize) {
        const partNumber = parts.length + 1;
        const end = Math.min(start + partSize, size) - 1;
        const { etag } = await store.copyPart(frozen({ ...upload, partNumber, source, start, end }));
        parts.push({ partNumber, etag });
      }
      return parts;
    }

    describe('headObject()', () => {
      it('gives size, ETag, dates and properties', async () => {
        const body = makeBody(1234, 1);
        const before = Date.now();
        const location = await putSource('head', body, { contentType: 'application/x-film', metadata: METADATA });
        const head = await store.headObject(frozen({ ...location }));
        expect(head).toMatchObject({
          size: 1234,
          etag: md5Of(body),
          properties: { contentType: 'application/x-film', metadata: METADATA },
        });
        expect(Math.abs((head.lastModified?.getTime() ?? 0) - before)).toBeLessThan(60_000);
        expect(Math.abs((head.serverTime?.getTime() ?? 0) - before)).toBeLessThan(60_000);
        expect(head.archived ?? false).toBe(false);
      });

      it('gives the size of an empty object', async () => {
        const location = await putSource('empty', Buffer.alloc(0));
        expect(await store.headObject(frozen({ ...location }))).toMatchObject({
          size: 0,
          etag: md5Of(Buffer.alloc(0)),
        });
      });

      it('throws 404 for an object that isn’t there', async () => {
        const key = newKey('missing');
        const error = await failureOf(store.headObject(frozen({ bucket: setup.source, key })));
        expect(error).toMatchObject({ operation: 'headObject', statusCode: 404, kind: 'permanent', retryable: false });
        expect(Math.abs((error.serverTime?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
        expect(error.message).toContain(`${setup.source}/${key}`);
      });

      it('throws 404 for a bucket that isn’t there', async () => {
        const error = await failureOf(store.headObject(frozen({ bucket: 'no-such-bucket-anywhere', key: 'k' })));
        expect(error).toMatchObject({ statusCode: 404, kind: 'permanent' });
      });
    });

    describe('copyObject()', () => {
      it('copies bytes and metadata', async () => {
        const body = makeBody(5000, 2);
        const source = await putSource('whole', body, { contentType: 'text/x', metadata: METADATA });
        const destination = { bucket: setup.destination, key: newKey('whole') };
        const result = await store.copyObject(frozen({ ...destination, source }));
        expect(result.etag).toBe(md5Of(body));
        expect(Buffer.from(await setup.readObject(destination)).equals(body)).toBe(true);
        const head = await store.headObject(destination);
        expect(head).toMatchObject({ etag: result.etag, properties: { contentType: 'text/x', metadata: METADATA } });
      });

      it('replaces the properties with those given', async () => {
        const source = await putSource('replaced', makeBody(10, 3), {
          contentType: 'text/x',
          metadata: { old: 'gone' },
        });
        const destination = { bucket: setup.destination, key: newKey('replaced') };
        const properties = { contentType: 'text/y', cacheControl: 'max-age="5"', metadata: { plain: 'new' } };
        await store.copyObject(frozen({ ...destination, source, properties }));
        const head = await store.headObject(destination);
        expect(head.properties).toMatchObject(properties);
        expect(head.properties.metadata).toEqual({ plain: 'new' });
      });

      it('copies an empty object', async () => {
        const source = await putSource('empty', Buffer.alloc(0));
        const destination = { bucket: setup.destination, key: newKey('empty') };
        await store.copyObject(frozen({ ...destination, source }));
        expect((await store.headObject(destination)).size).toBe(0);
      });

      it('throws 404 for a source that isn’t there', async () => {
        const destination = { bucket: setup.destination, key: newKey('nothing') };
        const source = { bucket: setup.source, key: newKey('missing') };
        const error = await failureOf(store.copyObject(frozen({ ...destination, source })));
        expect(error).toMatchObject({ operation: 'copyObject', statusCode: 404, kind: 'permanent' });
        expect((await failureOf(store.headObject(destination))).statusCode).toBe(404);
      });
    });

    describe('an upload', () => {
      it('is created, filled, listed in pages and completed', async () => {
        const body = makeBody(2 * partSize + 1, 4);
        const source = await putSource('parts', body);
        const upload = await begin('parts');
        expect(await store.listParts(frozen({ ...upload }))).toMatchObject({
          parts: [],
          nextPartNumberMarker: undefined,
        });

        const parts = await copyInParts(upload, source, body.length);
        for (const { etag } of parts) expect(etag).toMatch(/^[^"&]+$/);

        const first = await store.listParts(frozen({ ...upload, maxParts: 2 }));
        expect(first.nextPartNumberMarker).toBe(2);
        const second = await store.listParts(frozen({ ...upload, maxParts: 2, partNumberMarker: 2 }));
        expect(second.nextPartNumberMarker).toBeUndefined();
        const listed = [...first.parts, ...second.parts];
        expect(listed.map(({ partNumber, size, etag }) => ({ partNumber, size, etag }))).toEqual([
          { ...parts[0], size: partSize },
          { ...parts[1], size: partSize },
          { ...parts[2], size: 1 },
        ]);
        expect(listed[0]!.lastModified).toBeInstanceOf(Date);

        const result = await store.completeMultipartUpload(frozen({ ...upload, parts }));
        if (capabilities.completeEtag === 'given' || result.etag !== undefined)
          expect(result.etag).toBe(etagOfParts(parts));
        const head = await store.headObject({ bucket: upload.bucket, key: upload.key });
        expect(head).toMatchObject({ size: body.length, etag: etagOfParts(parts) });
        expect(head.uploadId).toBe(capabilities.uploadIdOnHead ? upload.uploadId : undefined);
        expect(Buffer.from(await setup.readObject(upload)).equals(body)).toBe(true);
      });

      it('takes the last copy of a part, and a whole source as a part', async () => {
        const body = makeBody(partSize, 5);
        const other = await putSource('other', makeBody(partSize, 6));
        const source = await putSource('whole-part', body);
        const upload = await begin('whole-part');
        await store.copyPart(frozen({ ...upload, partNumber: 1, source: other }));
        const { etag } = await store.copyPart(frozen({ ...upload, partNumber: 1, source }));
        const { parts } = await store.listParts({ ...upload });
        expect(parts).toMatchObject([{ partNumber: 1, size: partSize, etag }]);
        await store.completeMultipartUpload(frozen({ ...upload, parts: [{ partNumber: 1, etag }] }));
        expect(Buffer.from(await setup.readObject(upload)).equals(body)).toBe(true);
      });

      it('takes many parts at once', async () => {
        const source = await putSource('many', makeBody(2000, 7));
        const upload = await begin('many');
        const numbers = Array.from({ length: 40 }, (_, index) => index + 1);
        await Promise.all(
          numbers.map((partNumber) =>
            store.copyPart(
              frozen({ ...upload, partNumber, source, start: partNumber * 40, end: partNumber * 40 + partNumber }),
            ),
          ),
        );
        const { parts } = await store.listParts({ ...upload });
        expect(parts.map(({ partNumber, size }) => [partNumber, size])).toEqual(
          numbers.map((number) => [number, number + 1]),
        );
        await store.abortMultipartUpload({ ...upload });
      });

      it('takes part 10000', async () => {
        const source = await putSource('last', makeBody(10, 8));
        const upload = await begin('last');
        await store.copyPart(frozen({ ...upload, partNumber: 10_000, source, start: 0, end: 0 }));
        expect((await store.listParts({ ...upload })).parts).toMatchObject([{ partNumber: 10_000, size: 1 }]);
        await store.abortMultipartUpload({ ...upload });
      });

      it('is aborted, and gone then', async () => {
        const source = await putSource('aborted', makeBody(10, 9));
        const upload = await begin('aborted');
        await store.copyPart({ ...upload, partNumber: 1, source });
        expect(await store.abortMultipartUpload(frozen({ ...upload }))).toBeUndefined();
        expect(await failureOf(store.listParts({ ...upload }))).toMatchObject({
          operation: 'listParts',
          statusCode: 404,
        });
        expect(await failureOf(store.abortMultipartUpload({ ...upload }))).toMatchObject({
          operation: 'abortMultipartUpload',
          statusCode: 404,
          kind: 'permanent',
        });
        const { uploads } = await store.listMultipartUploads({ bucket: upload.bucket, prefix: upload.key });
        expect(uploads).toEqual([]);
        expect((await failureOf(store.headObject(upload))).statusCode).toBe(404);
      });

      it('is listed, in pages', async () => {
        const prefix = newKey('listed/');
        const begun = [];
        for (const name of ['a b', 'b+c\u0001', 'ü%41<&>\n']) {
          const location = { bucket: setup.destination, key: prefix + name };
          begun.push({ ...location, ...(await store.createMultipartUpload(location)) });
        }
        const found: string[] = [];
        let markers: { keyMarker?: string; uploadIdMarker?: string | undefined } = {};
        for (let page = 0; page < 3; page++) {
          const { uploads, next } = await store.listMultipartUploads(
            frozen({ bucket: setup.destination, prefix, maxUploads: 2, ...markers }),
          );
          for (const { key, uploadId, initiated } of uploads) {
            found.push(`${key} ${uploadId}`);
            expect(initiated).toBeInstanceOf(Date);
          }
          if (next === undefined) break;
          markers = next;
        }
        expect(found.toSorted()).toEqual(begun.map(({ key, uploadId }) => `${key} ${uploadId}`).toSorted());
        for (const upload of begun) await store.abortMultipartUpload(upload);
      });

      it('that nobody knows is a 404', async () => {
        const source = await putSource('unknown', makeBody(10, 10));
        const upload = await begin('unknown');
        await store.abortMultipartUpload(upload);
        const error = await failureOf(store.copyPart(frozen({ ...upload, partNumber: 1, source })));
        expect(error).toMatchObject({
          operation: 'copyPart',
          statusCode: capabilities.unknownUploadStatus,
          vendorCode: 'NoSuchUpload',
          kind: 'permanent',
        });
        expect(error.message).toContain(`${upload.bucket}/${upload.key}`);
        expect(error.requestId).toEqual(expect.any(String));
      });

      it('is not completed with an ETag that isn’t the part’s', async () => {
        const source = await putSource('wrong', makeBody(10, 11));
        const upload = await begin('wrong');
        await store.copyPart({ ...upload, partNumber: 1, source });
        const parts = [{ partNumber: 1, etag: '0'.repeat(32) }];
        const error = await failureOf(store.completeMultipartUpload(frozen({ ...upload, parts })));
        expect(error).toMatchObject({
          operation: 'completeMultipartUpload',
          vendorCode: 'InvalidPart',
          kind: 'permanent',
        });
        await store.abortMultipartUpload({ ...upload });
      });

      it('gets no part from a source that isn’t there', async () => {
        const upload = await begin('no-source');
        const source = { bucket: setup.source, key: newKey('missing') };
        const error = await failureOf(store.copyPart(frozen({ ...upload, partNumber: 1, source, start: 0, end: 9 })));
        expect(error).toMatchObject({ statusCode: 404, kind: 'permanent' });
        await store.abortMultipartUpload({ ...upload });
      });
    });

    describe('conditions', () => {
      it(`source if-match on a part is ${capabilities.sourceIfMatch}`, async () => {
        const body = makeBody(100, 12);
        const source = await putSource('pinned', body);
        const upload = await begin('pinned');
        const request = { ...upload, partNumber: 1, source };
        const right = store.copyPart(frozen({ ...request, sourceIfMatch: md5Of(body) }));
        const wrong = store.copyPart(frozen({ ...request, sourceIfMatch: 'f'.repeat(32) }));
        const outcomes = await Promise.all(
          [right, wrong].map((promise) =>
            promise.then(
              () => 'copied',
              (error: { statusCode?: number }) => error.statusCode,
            ),
          ),
        );
        const expected = { obeyed: ['copied', 412], ignored: ['copied', 'copied'], refused: [undefined, undefined] };
        expect(outcomes).toEqual(expected[capabilities.sourceIfMatch]);
        if (capabilities.sourceIfMatch === 'refused') expect(store.traits?.sendsSourceIfMatch).toBe(false);
        await store.abortMultipartUpload({ ...upload });
      });

      it(`If-None-Match on Complete is ${capabilities.ifNoneMatchOnComplete}`, async () => {
        const source = await putSource('once', makeBody(100, 13));
        const upload = await begin('once');
        await setup.putObject({ bucket: upload.bucket, key: upload.key, body: Buffer.from('there already') });
        const { etag } = await store.copyPart({ ...upload, partNumber: 1, source });
        const complete = store.completeMultipartUpload(
          frozen({ ...upload, parts: [{ partNumber: 1, etag }], ifNoneMatch: '*' }),
        );
        const outcome = await complete.then(
          () => 'completed',
          (error: { statusCode?: number }) => error.statusCode,
        );
        expect(outcome).toBe(capabilities.ifNoneMatchOnComplete === 'obeyed' ? 412 : 'completed');
      });
    });

    describe('names', () => {
      it.each(DIFFICULT_KEYS)('copies from and to %j', (key) => copyBothWays(key));

      it.each(KEYS_WITH_PERCENT)('copies from and to %j', async (key) => {
        if (capabilities.percentInPartSource) await copyBothWays(key);
        else await copyObjectOnly(key);
      });

      it(`a source key with ?versionId= in it is ${capabilities.versionIdInSourceKey}`, async () => {
        const body = makeBody(50, 14);
        const source = await putSource('k?versionId=x', body);
        const destination = { bucket: setup.destination, key: newKey('k') };
        if (capabilities.versionIdInSourceKey === 'copied') {
          await store.copyObject({ ...destination, source });
          expect(Buffer.from(await setup.readObject(destination)).equals(body)).toBe(true);
        } else {
          const error = await failureOf(store.copyObject({ ...destination, source }));
          expect(error).toMatchObject({ kind: 'permanent', statusCode: undefined });
        }
      });

      it('refuses a name that has no UTF-8 form', async () => {
        const error = await failureOf(store.headObject({ bucket: setup.source, key: 'lone \uD800 surrogate' }));
        expect(error).toMatchObject({ kind: 'permanent' });
      });

      async function copyBothWays(name: string): Promise<void> {
        const body = makeBody(partSize + 10, 15);
        const source = await putSource(name, body);
        const upload = await begin(name);
        const parts = await copyInParts(upload, source, body.length);
        await store.completeMultipartUpload({ ...upload, parts });
        const destination = { bucket: upload.bucket, key: upload.key };
        expect((await store.headObject(destination)).size).toBe(body.length);
        expect(Buffer.from(await setup.readObject(destination)).equals(body)).toBe(true);
        await copyObjectOnly(name);
      }

      async function copyObjectOnly(name: string): Promise<void> {
        const body = makeBody(20, 16);
        const source = await putSource(name, body);
        const destination = { bucket: setup.destination, key: newKey(name) };
        await store.copyObject({ ...destination, source });
        expect(Buffer.from(await setup.readObject(destination)).equals(body)).toBe(true);
      }
    });

    describe('properties', () => {
      it('arrive on Create byte for byte', async () => {
        const properties = {
          contentType: 'application/x-film',
          cacheControl: 'max-age=60, x="y"',
          contentDisposition: 'attachment; filename="a b.txt"',
          contentEncoding: 'x-foo',
          metadata: METADATA,
          ...(capabilities.expiresHeader === 'kept' && { expires: 'Thu, 01 Jan 2032 00:00:00 GMT' }),
        };
        const head = await headOfCopyWith(properties);
        expect(head.properties).toMatchObject(properties);
        expect(head.properties.metadata).toEqual(METADATA);
      });

      it(`of awkward bytes in metadata are ${capabilities.anyMetadata}`, async () => {
        if (capabilities.anyMetadata === 'kept') {
          const head = await headOfCopyWith({ metadata: AWKWARD_METADATA });
          expect(head.properties.metadata).toEqual(AWKWARD_METADATA);
          return;
        }
        for (const [name, value] of Object.entries(AWKWARD_METADATA)) {
          const location = { bucket: setup.destination, key: newKey('refused') };
          const error = await failureOf(
            store.createMultipartUpload({ ...location, properties: { metadata: { [name]: value } } }),
          );
          expect(error).toMatchObject({ kind: 'permanent', statusCode: undefined });
          expect(error.message).toContain(`metadata '${name}'`);
        }
      });

      it('that HEAD gave can be written again unchanged', async () => {
        const source = await putSource('again', makeBody(10, 17), { contentType: 'text/x', metadata: METADATA });
        const { properties } = await store.headObject(source);
        const head = await headOfCopyWith({ contentType: properties.contentType, metadata: properties.metadata });
        expect(head.properties.metadata).toEqual(METADATA);
      });

      it('are no type that nobody asked for', async () => {
        const upload = await begin('movie.mp4', { contentType: 'text/x-none' });
        await store.abortMultipartUpload(upload);
        const head = await headOfCopyWith({ contentType: 'text/x-none' }, 'movie.mp4');
        expect(head.properties.contentType).toBe('text/x-none');
      });

      it(`tags: ${capabilities.tagging}`, async () => {
        const tags = { 'a b': 'c/d', ä: '漢字' };
        const source = await putSource('tagged', makeBody(10, 18));
        const upload = await begin('tagged', capabilities.tagging === 'on-create' ? { tags } : undefined);
        const parts = await copyInParts(upload, source, 10);
        await store.completeMultipartUpload({ ...upload, parts });
        const destination = { bucket: upload.bucket, key: upload.key };
        if (capabilities.tagging === 'none') {
          expect(await failureOf(store.getObjectTagging!(destination))).toMatchObject({ kind: 'permanent' });
          return;
        }
        if (capabilities.tagging === 'afterwards') await store.putObjectTagging!(frozen({ ...destination, tags }));
        expect(await store.getObjectTagging!(frozen({ ...destination }))).toEqual(tags);
        await store.putObjectTagging!(frozen({ ...destination, tags: { only: 'one' } }));
        expect(await store.getObjectTagging!(destination)).toEqual({ only: 'one' });
      });

      it('of the owner can be read', async () => {
        const source = await putSource('owned', makeBody(10, 19));
        const acl = await store.getObjectAcl!(frozen({ ...source }));
        expect(acl.grants.fullControl).toMatch(/^id="[^"]+"$/);
        expect(acl.ownerId).toEqual(expect.any(String));
      });

      async function headOfCopyWith(
        properties: ObjectProperties,
        name = 'properties',
      ): ReturnType<CopyStore['headObject']> {
        const source = await putSource(name, makeBody(10, 20));
        const upload = await begin(name, properties);
        const parts = await copyInParts(upload, source, 10);
        await store.completeMultipartUpload({ ...upload, parts });
        return store.headObject({ bucket: upload.bucket, key: upload.key });
      }
    });

    describe(`customer-provided keys: ${capabilities.customerKeys}`, () => {
      const sse: SseCustomerKey = { type: 'SSE-C', key: new Uint8Array(32).fill(7) };
      const sourceSse: SseCustomerKey = { type: 'SSE-C', key: new Uint8Array(32).fill(9) };
      const { customerKeys } = capabilities;

      const encryptsDestination = async (): Promise<void> => {
        const body = makeBody(100, 21);
        const source = await putSource('to-key', body);
        const location = { bucket: setup.destination, key: newKey('to-key') };
        const { uploadId } = await store.createMultipartUpload(frozen({ ...location, sse }));
        const upload = { ...location, uploadId };
        const { etag } = await store.copyPart(frozen({ ...upload, partNumber: 1, source, sse }));
        await store.completeMultipartUpload(frozen({ ...upload, parts: [{ partNumber: 1, etag }], sse }));
        expect((await store.headObject(frozen({ ...location, sse }))).encryption).toBe('SSE-C');
        expect(Buffer.from(await setup.readObject({ ...location, sse })).equals(body)).toBe(true);
        expect((await failureOf(store.headObject(location))).kind).toBe('permanent');
        expect((await failureOf(store.headObject({ ...location, sse: sourceSse }))).kind).toBe('permanent');
      };

      const decryptsSource = async (): Promise<void> => {
        const body = makeBody(100, 22);
        const source = await putSource('from-key', body, { sse: sourceSse });
        const location = { bucket: setup.destination, key: newKey('from-key') };
        const { uploadId } = await store.createMultipartUpload({ ...location, sse });
        const upload = { ...location, uploadId };
        const request = { ...upload, partNumber: 1, source, start: 10, end: 59, sse };
        const { etag } = await store.copyPart(frozen({ ...request, sourceSse }));
        const error = await failureOf(store.copyPart(request));
        expect(error.kind).toBe('permanent');
        await store.completeMultipartUpload({ ...upload, parts: [{ partNumber: 1, etag }], sse });
        expect(Buffer.from(await setup.readObject({ ...location, sse })).equals(body.subarray(10, 60))).toBe(true);
        const whole = { bucket: setup.destination, key: newKey('whole-from-key') };
        await store.copyObject(frozen({ ...whole, source, sourceSse }));
        expect(Buffer.from(await setup.readObject(whole)).equals(body)).toBe(true);
      };

      const refusesSource = async (): Promise<void> => {
        const source = await putSource(
          'unsupported',
          makeBody(10, 23),
          customerKeys === 'none' ? {} : { sse: sourceSse },
        );
        const upload = await begin('unsupported');
        const error = await failureOf(store.copyPart({ ...upload, partNumber: 1, source, sourceSse }));
        expect(error.kind).toBe('permanent');
        await store.abortMultipartUpload(upload);
      };

      // A list, not `it.runIf`: what a server can't do is no test that was skipped.
      it.each([
        ...(customerKeys === 'none' ? [] : [['encrypt the destination', encryptsDestination] as const]),
        customerKeys === 'both'
          ? (['decrypt the source', decryptsSource] as const)
          : (['of the source are refused, not left out', refusesSource] as const),
      ])('%s', (_name, run) => run());
    });

    describe.each(capabilities.versions ? ['versions'] : [])('%s', () => {
      it('are read, copied and named', async () => {
        const location = { bucket: setup.versioned ?? '', key: newKey('k?1') };
        const [older, newer] = [makeBody(100, 24), makeBody(200, 25)];
        const { versionId } = await setup.putObject({ ...location, body: older });
        await setup.putObject({ ...location, body: newer });
        expect(await store.headObject(frozen({ ...location, versionId }))).toMatchObject({ size: 100, versionId });
        expect((await store.headObject({ ...location })).size).toBe(200);

        const target = { bucket: setup.versioned ?? '', key: newKey('copied') };
        const { uploadId } = await store.createMultipartUpload(target);
        const upload = { ...target, uploadId };
        const source = { ...location, versionId };
        const { etag } = await store.copyPart(frozen({ ...upload, partNumber: 1, source, start: 50, end: 99 }));
        const completed = await store.completeMultipartUpload({ ...upload, parts: [{ partNumber: 1, etag }] });
        expect(completed.versionId).toEqual(expect.any(String));
        expect(Buffer.from(await setup.readObject(target)).equals(older.subarray(50))).toBe(true);

        const whole = { bucket: setup.destination, key: newKey('whole') };
        await store.copyObject(frozen({ ...whole, source }));
        expect(Buffer.from(await setup.readObject(whole)).equals(older)).toBe(true);
      });

      it('that aren’t there are refused', async () => {
        const location = { bucket: setup.versioned ?? '', key: newKey('k') };
        const { versionId = '' } = await setup.putObject({ ...location, body: makeBody(10, 26) });
        const other = Buffer.from(Buffer.from(versionId).toReversed()).toString('latin1');
        const error = await failureOf(store.headObject({ ...location, versionId: other }));
        expect(error.kind).toBe('permanent');
      });
    });

    describe('cancelling', () => {
      it('rejects with the signal’s own reason', async () => {
        const source = await putSource('cancelled', makeBody(10, 27));
        const upload = await begin('cancelled');
        const controller = new AbortController();
        const { signal } = controller;
        const reason = { why: 'enough' };
        const calls = [
          store.copyPart({ ...upload, partNumber: 1, source, signal }),
          store.headObject({ ...source, signal }),
          store.listParts({ ...upload, signal }),
        ];
        controller.abort(reason);
        for (const outcome of await Promise.allSettled(calls)) {
          expect(outcome).toEqual({ status: 'rejected', reason });
        }
        await expect(store.headObject({ ...source, signal })).rejects.toBe(reason);
        // the store goes on
        expect((await store.headObject(source)).size).toBe(10);
        await store.abortMultipartUpload(upload);
      });

      it('leaves no listener on the signal', async () => {
        const source = await putSource('listened', makeBody(10, 28));
        const listeners = new Set<unknown>();
        const { signal } = new AbortController();
        const add = signal.addEventListener.bind(signal);
        const remove = signal.removeEventListener.bind(signal);
        signal.addEventListener = (...args: Parameters<typeof add>) => {
          listeners.add(args[1]);
          add(...args);
        };
        signal.removeEventListener = (...args: Parameters<typeof remove>) => {
          listeners.delete(args[1]);
          remove(...args);
        };
        await Promise.all(Array.from({ length: 10 }, () => store.headObject({ ...source, signal })));
        expect(listeners.size).toBe(0);
      });
    });

    it('has a name and limits', () => {
      expect(store.name).toEqual(expect.any(String));
      expect(store.limits.maxParts).toBe(10_000);
      expect(store.limits.minPartSize).toBeLessThan(store.limits.maxPartSize);
    });
  });
}
