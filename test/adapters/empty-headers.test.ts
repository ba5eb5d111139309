import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CopyStore } from '../../src/index.ts';
import { type ScriptedServer, startScriptedServer } from '../obs-client/scripted-server.ts';
import { fourWays } from './four-ways.ts';

type Send = (store: Required<CopyStore>) => Promise<unknown>;

const object = { bucket: 'b', key: 'k' };
const upload = { ...object, uploadId: 'u' };
const source = { bucket: 'b', key: 's' };

/** Every optional field, with a value that says nothing. */
const common = { requestPayer: '' as never, expectedBucketOwner: '' };
const copying = { source: { ...source, versionId: undefined }, sourceIfMatch: '', expectedSourceBucketOwner: '' };
const properties = {
  contentType: '',
  cacheControl: '',
  contentDisposition: '',
  contentEncoding: '',
  contentLanguage: '',
  expires: '',
  metadata: {},
  websiteRedirectLocation: '',
  storageClass: '',
  acl: '',
  grants: { read: '', readAcp: '', writeAcp: '', fullControl: '' },
  tags: {},
  objectLock: { mode: '' },
};
const checksum = { checksumAlgorithm: '', checksumType: '' };

const requests: Readonly<Record<string, Send>> = {
  headObject: (store) => store.headObject({ ...object, ...common, versionId: '', checksums: false }),
  'copyObject, every field': (store) => store.copyObject({ ...object, ...common, ...copying, ...checksum, properties }),
  'copyObject, no field': (store) => store.copyObject({ ...object, source }),
  'createMultipartUpload, every field': (store) =>
    store.createMultipartUpload({ ...object, ...common, ...checksum, properties }),
  'createMultipartUpload, no field': (store) => store.createMultipartUpload(object),
  'createMultipartUpload, no tags': (store) => store.createMultipartUpload({ ...object, properties: { tags: {} } }),
  copyPart: (store) => store.copyPart({ ...upload, ...common, ...copying, partNumber: 1, start: 0, end: 9 }),
  listParts: (store) => store.listParts({ ...upload, ...common }),
  completeMultipartUpload: (store) =>
    store.completeMultipartUpload({
      ...upload,
      ...common,
      checksumType: '',
      checksums: { CRC32: '' },
      parts: [{ partNumber: 1, etag: 'e' }],
    }),
  abortMultipartUpload: (store) => store.abortMultipartUpload({ ...upload, ...common }),
  listMultipartUploads: (store) =>
    store.listMultipartUploads({ bucket: 'b', ...common, prefix: '', keyMarker: '', uploadIdMarker: '' }),
  getObjectTagging: (store) => store.getObjectTagging({ ...object, ...common, versionId: '' }),
  putObjectTagging: (store) => store.putObjectTagging({ ...object, ...common, tags: {} }),
  getObjectAcl: (store) => store.getObjectAcl({ ...object, ...common }),
};

describe.each(Object.entries(fourWays))('%s', (name, makeStore) => {
  let server: ScriptedServer;
  let store: Required<CopyStore>;

  beforeEach(async () => {
    server = await startScriptedServer({ status: 404 });
    store = makeStore({ endpoint: server.endpoint, credentials: { accessKeyId: 'a', secretAccessKey: 's' } });
  });
  afterEach(() => server[Symbol.asyncDispose]());

  async function headersOf(send: Send): Promise<Readonly<Record<string, unknown>>> {
    await expect(send(store)).rejects.toMatchObject({ statusCode: 404 });
    expect(server.requests).toHaveLength(1);
    return server.requests[0]!.headers;
  }

  it.each(Object.entries(requests))('sends no header that says nothing: %s', async (_what, send) => {
    const headers = await headersOf(send);
    expect(Object.entries(headers).filter(([, value]) => value === '')).toEqual([]);
    // Some stores refuse these whatever they say.
    expect(Object.keys(headers).filter((header) => header.includes('tagging'))).toEqual([]);
  });

  it('sends a directive for tags if it is asked for', async () => {
    const headers = await headersOf((to) => to.copyObject({ ...object, source, taggingDirective: 'REPLACE' }));
    const prefix = name === 'obsStore' ? 'x-obs-' : 'x-amz-';
    expect(headers[`${prefix}tagging-directive`]).toBe('REPLACE');
  });
});

it.each(['s3Store', 'obsStore', 'fromS3Client'])(
  '%s keeps metadata that is empty, which says something',
  async (name) => {
    await using server = await startScriptedServer({ status: 404 });
    const store = fourWays[name]!({
      endpoint: server.endpoint,
      credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    });
    await expect(
      store.createMultipartUpload({ ...object, properties: { metadata: { flag: '' } } }),
    ).rejects.toMatchObject({ statusCode: 404 });
    expect(server.requests[0]!.headers[name === 'obsStore' ? 'x-obs-meta-flag' : 'x-amz-meta-flag']).toBe('');
  },
);
