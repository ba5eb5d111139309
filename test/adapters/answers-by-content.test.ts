import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CopyStore } from '../../src/index.ts';
import { isAnsweredForNothing, wasUnanswered } from '../../src/store/classify-failure.ts';
import type { StoreError } from '../../src/store/store-error.ts';
import { type ScriptedServer, startScriptedServer } from '../obs-client/scripted-server.ts';
import { fourWays } from './four-ways.ts';

type Send = (store: Required<CopyStore>) => Promise<unknown>;

const object = { bucket: 'b', key: 'k' };
const upload = { ...object, uploadId: 'u' };
const source = { bucket: 'b', key: 's' };
const MD5 = '3858f62230ac3c915f300c664312c11f';
const ETAG = `<ETag>&quot;${MD5}&quot;</ETag>`;
const PART = `<Part><PartNumber>1</PartNumber>${ETAG}<Size>5</Size></Part>`;

const copyObject: Send = (store) => store.copyObject({ ...object, source });
const create: Send = (store) => store.createMultipartUpload(object);
const copyPart: Send = (store) => store.copyPart({ ...upload, partNumber: 1, source });
const listParts: Send = (store) => store.listParts(upload);
const complete: Send = (store) => store.completeMultipartUpload({ ...upload, parts: [{ partNumber: 1, etag: MD5 }] });
const abort: Send = (store) => store.abortMultipartUpload(upload);
const listUploads: Send = (store) => store.listMultipartUploads({ bucket: 'b' });
const getTags: Send = (store) => store.getObjectTagging(object);
const listVersions: Send = (store) => store.listObjectVersions({ bucket: 'b' });
const getVersioning: Send = (store) => store.getBucketVersioning({ bucket: 'b' });
const deleteMany: Send = (store) => store.deleteObjects({ bucket: 'b', keys: ['k'] });
const getAcl: Send = (store) => store.getObjectAcl(object);

describe.each(Object.entries(fourWays))('%s', (_name, makeStore) => {
  let server: ScriptedServer;
  let store: Required<CopyStore>;

  beforeEach(async () => {
    server = await startScriptedServer();
    store = makeStore({ endpoint: server.endpoint, credentials: { accessKeyId: 'a', secretAccessKey: 's' } });
  });
  afterEach(() => server[Symbol.asyncDispose]());

  function answerWith(body: string): void {
    server.answers = [{ headers: { 'content-type': 'application/xml' }, body }];
  }

  async function failureFor(send: Send, body: string): Promise<StoreError> {
    answerWith(body);
    return send(store).then(
      (value) => expect.fail(`resolved with ${inspect(value)}`),
      (error: unknown) => error as StoreError,
    );
  }

  it.each([
    ['a part: CopyObjectResult (S3Proxy)', copyPart, `<CopyObjectResult>${ETAG}</CopyObjectResult>`, { etag: MD5 }],
    ['a part: UploadPartCopyResult', copyPart, `<UploadPartCopyResult>${ETAG}</UploadPartCopyResult>`, { etag: MD5 }],
    ['a copy: CopyResult', copyObject, `<CopyResult>${ETAG}</CopyResult>`, { etag: MD5 }],
    ['a copy with an empty ETag', copyObject, '<CopyObjectResult><ETag/></CopyObjectResult>', { etag: undefined }],
    ['a copy with ETag ""', copyObject, '<CopyObjectResult><ETag>""</ETag></CopyObjectResult>', { etag: undefined }],
    [
      'Create: InitiateMultipartUpload (rclone)',
      create,
      '<InitiateMultipartUpload><UploadId>u1</UploadId></InitiateMultipartUpload>',
      { uploadId: 'u1' },
    ],
    [
      'ListParts: ListPartsResponse (moto)',
      listParts,
      `<ListPartsResponse><UploadId>u</UploadId>${PART}<IsTruncated>false</IsTruncated></ListPartsResponse>`,
      { parts: [{ partNumber: 1, etag: MD5, size: 5 }], nextPartNumberMarker: undefined },
    ],
    [
      'ListParts: an empty page of another root',
      listParts,
      '<ListPartsOutput><UploadId>u</UploadId></ListPartsOutput>',
      { parts: [] },
    ],
    [
      'ListMultipartUploads: another root',
      listUploads,
      '<ListMultipartUploadsOutput><Upload><Key>k</Key><UploadId>u</UploadId></Upload></ListMultipartUploadsOutput>',
      { uploads: [{ key: 'k', uploadId: 'u' }] },
    ],
    [
      'versions: ListBucketResult (Adobe S3Mock)',
      listVersions,
      '<ListBucketResult><IsTruncated>false</IsTruncated><Version><Key>k</Key><Size>5</Size><VersionId>v</VersionId></Version></ListBucketResult>',
      { versions: [{ key: 'k', size: 5, versionId: 'v' }], next: undefined },
    ],
    [
      'no versions: ListBucketResult (Adobe S3Mock)',
      listVersions,
      '<ListBucketResult><IsTruncated>false</IsTruncated><MaxKeys>1000</MaxKeys></ListBucketResult>',
      { versions: [], deleteMarkers: [], next: undefined },
    ],
    [
      'delete markers: another root',
      listVersions,
      '<ListObjectVersionsOutput><DeleteMarker><Key>k</Key><VersionId>v</VersionId></DeleteMarker></ListObjectVersionsOutput>',
      { versions: [], deleteMarkers: [{ key: 'k', versionId: 'v' }] },
    ],
    [
      'no versioning: GetBucketVersioningResponse (moto)',
      getVersioning,
      '<GetBucketVersioningResponse/>',
      { status: undefined },
    ],
    [
      'a deletion: another root',
      deleteMany,
      '<DeleteObjectsOutput><Error><Key>k</Key><Code>AccessDenied</Code></Error></DeleteObjectsOutput>',
      { deleted: [], errors: [{ key: 'k', code: 'AccessDenied' }] },
    ],
    ['Complete: another root', complete, `<CompleteResult>${ETAG}</CompleteResult>`, { etag: MD5 }],
    [
      'tags: another root',
      getTags,
      '<GetObjectTaggingOutput><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></GetObjectTaggingOutput>',
      { a: 'b' },
    ],
    [
      'grants: another root',
      getAcl,
      '<GetObjectAclOutput><Owner><ID>me</ID></Owner><AccessControlList/></GetObjectAclOutput>',
      { ownerId: 'me', grants: {} },
    ],
  ])('reads %s', async (_what, send, body, result) => {
    answerWith(`<?xml version="1.0" encoding="UTF-8"?>\n${body}\n`);
    expect(await send(store)).toMatchObject(result);
  });

  it.each([
    ['a part by nothing', copyPart, '', 'transient'],
    ['a part by an empty ETag', copyPart, '<CopyPartResult><ETag/></CopyPartResult>', 'transient'],
    ['a part by a list', copyPart, `<ListPartsResult>${ETAG}</ListPartsResult>`, 'transient'],
    [
      'versions by a page of objects',
      listVersions,
      '<ListBucketResult><Contents><Key>k</Key><Size>5</Size></Contents></ListBucketResult>',
      'transient',
    ],
    ['versioning by a page of objects', getVersioning, '<ListBucketResult/>', 'transient'],
    ['a deletion by a page of objects', deleteMany, '<ListBucketResult/>', 'transient'],
    ['a copy by nothing', copyObject, ' \n', 'ambiguous'],
    ['a copy by an empty document', copyObject, '<CopyObjectResult/>', 'ambiguous'],
    ['Create by nothing', create, '', 'ambiguous'],
    [
      'Create by an empty id',
      create,
      '<InitiateMultipartUploadResult><UploadId/></InitiateMultipartUploadResult>',
      'ambiguous',
    ],
    ['Complete by nothing', complete, '', 'ambiguous'],
    [
      'ListParts by the objects of the bucket',
      listParts,
      '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>',
      'transient',
    ],
    [
      'ListMultipartUploads by the objects of the bucket',
      listUploads,
      '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>',
      'transient',
    ],
    ['a part by a page of HTML', copyPart, '<html><body>502</body></html>', 'transient'],
    ['a part by a page as browsers read it', copyPart, '<!DOCTYPE html><html><br><p>Log in</html>', 'transient'],
    [
      'a part by a page of lighttpd',
      copyPart,
      '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "x"><html/>',
      'transient',
    ],
    ['a part by JSON', copyPart, '{"code":"AccessDenied"}', 'transient'],
    ['a copy by text', copyObject, 'upstream connect error', 'ambiguous'],
    ['Complete by text', complete, 'upstream connect error', 'ambiguous'],
    ['an abort by a page of HTML', abort, '<!DOCTYPE html><html><br></html>', 'transient'],
    ['tags by nothing', getTags, '', 'transient'],
    ['tags by the object, which is text', getTags, 'hello, world', 'transient'],
    ['tags by the object, which is a page', getTags, '<html><body>hello</body></html>', 'transient'],
    ['tags by the object, which is XML', getTags, '<book><Tag/></book>', 'transient'],
    ['grants by nothing', getAcl, '', 'transient'],
  ])('takes %s for an answer that holds nothing', async (_what, send, body, kind) => {
    const error = await failureFor(send, body);
    expect(error).toMatchObject({ name: 'StoreError', vendorCode: 'EmptyAnswer', statusCode: 200, kind });
    expect(isAnsweredForNothing(error)).toBe(true);
    expect(wasUnanswered(error)).toBe(false);
    expect(server.requests).toHaveLength(1);
  });

  it('takes tags by a large object for an answer that holds nothing', async () => {
    const error = await failureFor(getTags, 'x'.repeat(2 * 1024 * 1024));
    expect(error).toMatchObject({ name: 'StoreError', vendorCode: 'BodyTooLarge' });
    expect(isAnsweredForNothing(error)).toBe(true);
  });

  it.each([
    ['half a document', copyPart, '<CopyPartResult><ETag>"38'],
    ['half a document, after a declaration', complete, '<?xml version="1.0"?>\n<CompleteMultipart'],
  ])('takes %s for no answer of the store', async (_what, send, body) => {
    const error = await failureFor(send, body);
    expect(error).toMatchObject({ vendorCode: undefined, statusCode: 200 });
    expect(isAnsweredForNothing(error)).toBe(false);
    expect(wasUnanswered(error)).toBe(true);
  });
});
