import { Agent } from 'undici';
import { describe, expect, it } from 'vitest';
import { obsStore, s3Store } from '../../src/wire/http-store.ts';
import type { CopyStore } from '../../src/store/copy-store.ts';
import {
  type Answer,
  CREDENTIALS,
  COPY_PART_RESULT,
  type ScriptedServer,
  answer,
  startScriptedServer,
} from './scripted-server.ts';
import { type SignatureVector, queryOf, readVectors } from './signature-vectors.ts';

/** A good answer to any operation. */
const answerAnything: Answer = (seen, response, request) => {
  const { method, url } = seen;
  const query = url.split('?')[1] ?? '';
  const body =
    method === 'PUT' && query.includes('partNumber')
      ? COPY_PART_RESULT
      : method === 'PUT' && query === ''
        ? '<CopyObjectResult><ETag>"a"</ETag></CopyObjectResult>'
        : method === 'POST' && query === 'uploads'
          ? '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>'
          : method === 'POST'
            ? '<CompleteMultipartUploadResult><ETag>"a-1"</ETag></CompleteMultipartUploadResult>'
            : method === 'GET' && query.includes('uploadId')
              ? '<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>'
              : method === 'GET' && query === 'acl'
                ? '<AccessControlPolicy><Owner><ID>o</ID></Owner><AccessControlList/></AccessControlPolicy>'
                : method === 'GET' && query === 'tagging'
                  ? '<Tagging><TagSet/></Tagging>'
                  : '<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>';
  const headers = method === 'HEAD' ? { 'content-length': '7' } : undefined;
  answer(method === 'DELETE' ? 204 : 200, method === 'DELETE' ? '' : body, headers)(seen, response, request);
};

/** The call of the port for each operation of the SDKs, by what the SDK was called with. */
const calls: Readonly<Record<string, (store: CopyStore, args: Record<string, string>) => Promise<unknown>>> = {
  headObject: (store, { Bucket, Key }) => store.headObject({ bucket: Bucket ?? '', key: Key ?? '' }),
  copyObject: (store, args) => store.copyObject({ ...names(args), source: sourceOf(args) }),
  createMultipartUpload: (store, args) => store.createMultipartUpload(names(args)),
  copyPart: (store, args) =>
    store.copyPart({
      ...names(args),
      uploadId: args['UploadId'] ?? '',
      partNumber: Number(args['PartNumber']),
      source: sourceOf(args),
      start: 0,
      end: 5_242_879,
    }),
  listParts: (store, args) => store.listParts({ ...names(args), uploadId: args['UploadId'] ?? '' }),
  completeMultipartUpload: (store, args) =>
    store.completeMultipartUpload({
      ...names(args),
      uploadId: args['UploadId'] ?? '',
      parts: [
        { partNumber: 1, etag: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' },
        { partNumber: 2, etag: 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb' },
      ],
    }),
  abortMultipartUpload: (store, args) =>
    store.abortMultipartUpload({ ...names(args), uploadId: args['UploadId'] ?? '' }),
};

const SAME_AS: Readonly<Record<string, string>> = {
  getObjectMetadata: 'headObject',
  initiateMultipartUpload: 'createMultipartUpload',
  HeadObject: 'headObject',
  CopyObject: 'copyObject',
  CreateMultipartUpload: 'createMultipartUpload',
  UploadPartCopy: 'copyPart',
  ListParts: 'listParts',
  CompleteMultipartUpload: 'completeMultipartUpload',
  AbortMultipartUpload: 'abortMultipartUpload',
};

function names(args: Record<string, string>): { bucket: string; key: string } {
  return { bucket: args['Bucket'] ?? '', key: args['Key'] ?? '' };
}

// The vectors copy a key onto the same key in another bucket; Huawei's SDK takes the source raw, Amazon's encoded.
function sourceOf(args: Record<string, string>): { bucket: string; key: string } {
  return { bucket: 'src-bucket', key: args['Key'] ?? '' };
}

function queryMap(path: string): Record<string, string> {
  const query = queryOf(path);
  const map: Record<string, string> = {};
  for (let index = 0; index < query.length; index += 2) {
    // The name of the operation, which only Amazon's SDK adds.
    if (query[index] !== 'x-id') map[query[index] ?? ''] = query[index + 1] ?? '';
  }
  return map;
}

/** The vendor's headers, without those of the signature, decoded: Huawei's SDK also encodes the slashes of a copy source. */
function vendorHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (!/^x-(?:amz|obs)-/.test(lower) || /-(?:date|content-sha256|security-token)$/.test(lower)) continue;
    found[lower] = decodeURIComponent(value);
  }
  return found;
}

const configurations = [
  { file: 'obs-sdk-obs', make: obsStore, signature: 'obs', pathStyle: false },
  { file: 'obs-sdk-v2', make: obsStore, signature: 'v2', pathStyle: false },
  { file: 'obs-sdk-v2-path', make: obsStore, signature: 'v2', pathStyle: true },
  { file: 'obs-sdk-v4-forced-path', make: obsStore, signature: 'v4', pathStyle: true },
  { file: 'aws-sdk-vhost', make: s3Store, signature: 'v4', pathStyle: false },
  { file: 'aws-sdk-path', make: s3Store, signature: 'v4', pathStyle: true },
] as const;

function storeFor(server: ScriptedServer, { make, signature, pathStyle }: (typeof configurations)[number]): CopyStore {
  // Every host name is this machine.
  const dispatcher = new Agent({
    connect: { lookup: (_host, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]) },
    keepAliveTimeout: 1,
  });
  const host = make === obsStore ? 'obs.cn-north-4.myhuaweicloud.com' : 's3.us-east-1.amazonaws.com';
  return (make as typeof obsStore)({
    endpoint: `http://${host}:${server.port}`,
    credentials: CREDENTIALS,
    signature,
    pathStyle,
    dispatcher,
  });
}

describe.each(configurations)('the requests of $file', (configuration) => {
  const { vectors } = readVectors(configuration.file);
  const keyVectors = vectors.filter(({ id, args }) => id.includes('/key-') && args !== undefined);
  const operationOf = ({ id }: SignatureVector): string => SAME_AS[id.split('/')[0] ?? ''] ?? id.split('/')[0] ?? '';

  it('cover seven operations on eight keys', () => {
    expect(keyVectors.filter((vector) => operationOf(vector) in calls)).toHaveLength(56);
  });

  it('are sent alike, with every key byte for byte in the path', async () => {
    const server = await startScriptedServer(answerAnything);
    const store = storeFor(server, configuration);
    for (const vector of keyVectors) {
      const call = calls[operationOf(vector)];
      if (call === undefined) continue;
      await call(store, vector.args as Record<string, string>);
      const seen = server.seen.at(-1);
      expect.soft(seen?.method, vector.id).toBe(vector.method);
      expect.soft(seen?.url.split('?')[0], vector.id).toBe(vector.path.split('?')[0]);
      expect.soft(queryMap(seen?.url ?? ''), vector.id).toEqual(queryMap(vector.path));
      expect.soft(vendorHeaders(seen?.headers ?? {}), vector.id).toEqual(vendorHeaders(vector.headers));
      const host = Object.entries(vector.headers).find(([name]) => name.toLowerCase() === 'host')?.[1];
      expect.soft(seen?.headers['host'], vector.id).toBe(`${host}:${server.port}`);
    }
  });
});
