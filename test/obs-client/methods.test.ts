import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ObsClient, type ObsResult } from '../../src/obs-client/index.ts';
import { ObsSdkClient } from '../adapters/vendor-stores.ts';
import { type ScriptedServer, startScriptedServer } from './scripted-server.ts';

let server: ScriptedServer;
let client: ObsClient;

beforeEach(async () => {
  server = await startScriptedServer({ status: 500 });
  client = new ObsClient({ access_key_id: 'AKID', secret_access_key: 'secret', server: server.endpoint });
});
afterEach(() => server[Symbol.asyncDispose]());

const location = { Bucket: 'b', Key: 'k' };

describe('ObsClient', () => {
  it.each([
    [undefined, /The options of ObsClient must be an object/],
    [{}, /Server is not set/],
    [
      { server: 'https://obs.example', acces_key_id: 'x' },
      /Unknown option 'acces_key_id' of ObsClient: did you mean 'access_key_id'\?/,
    ],
    [{ server: 'https://obs.example', access_key_id: 'x' }, /belong together/],
    [{ server: 'https://obs.example', signature: 'v3' }, /'signature' of ObsClient must be one of 'obs', 'v2', 'v4'/],
    [{ server: 'https://obs.example', ssl_verify: false }, /certificates are always verified/],
    [{ server: 'https://obs.example', is_cname: true }, /custom domains are not supported/],
    [{ server: 'https://obs.example', timeout: 'soon' }, /'timeout' of ObsClient must be a number/],
  ])('refuses the options %j', (options, message) => {
    expect(() => new ObsClient(options as never)).toThrow(message);
  });

  it.each([
    { server: 'obs.cn-north-4.myhuaweicloud.com' },
    { server: 'https://obs.cn-north-4.myhuaweicloud.com/', is_cname: false, long_conn_param: 0, ssl_verify: true },
    {
      server: '127.0.0.1',
      is_secure: false,
      port: 8080,
      timeout: 60,
      max_connections: 10,
      is_signature_negotiation: false,
    },
  ])('takes the options %j', (options) => {
    expect(() => new ObsClient(options)).not.toThrow();
  });

  it('shows no secret', () => {
    const secretive = new ObsClient({
      access_key_id: 'AKID',
      secret_access_key: 'hush-hush',
      security_token: 'tok-tok',
      server: 'https://obs.example',
    });
    const text = inspect(secretive, { depth: 20, showHidden: true, getters: true }) + JSON.stringify(secretive);
    expect(text).not.toMatch(/hush-hush|tok-tok/);
    expect(inspect(secretive.copyStore, { depth: 20, showHidden: true })).not.toMatch(/hush-hush|tok-tok/);
  });

  it('gives the metadata of an object', async () => {
    server.answers = [
      {
        headers: {
          'content-length': '10485760',
          'content-type': 'text/plain',
          'last-modified': 'Thu, 29 Feb 2024 10:00:00 GMT',
          etag: '"3858f62230ac3c915f300c664312c11f-2"',
          'x-obs-version-id': 'G001',
          'x-obs-storage-class': 'WARM',
          'x-obs-meta-name': '%E4%BD%A0',
          'x-obs-uploadId': 'U1',
          'x-obs-server-side-encryption-customer-algorithm': 'AES256',
        },
      },
    ];
    const result = await client.getObjectMetadata(location);
    expect(result.CommonMsg.Status).toBe(200);
    expect(result.InterfaceResult).toMatchObject({
      ContentLength: '10485760',
      ContentType: 'text/plain',
      LastModified: 'Thu, 29 Feb 2024 10:00:00 GMT',
      ETag: '"3858f62230ac3c915f300c664312c11f-2"',
      VersionId: 'G001',
      StorageClass: 'WARM',
      UploadId: 'U1',
      SseC: 'AES256',
      Metadata: { name: '%E4%BD%A0' },
    });
  });

  it.each([
    [{ status: 404 }, { Status: 404, Code: '', Message: '' }],
    [
      { status: 404, headers: { 'x-obs-error-code': 'NoSuchKey', 'x-obs-error-message': 'none' } },
      { Status: 404, Code: 'NoSuchKey', Message: 'none' },
    ],
    [{ status: 304 }, { Status: 304 }],
  ])('gives the status of a HEAD: %j', async (answer, message) => {
    server.answers = [answer];
    expect((await client.getObjectMetadata(location)).CommonMsg).toMatchObject(message);
  });

  it('begins an upload, with all its properties', async () => {
    server.answers = [
      {
        body: '<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><UploadId>U</UploadId></InitiateMultipartUploadResult>',
      },
    ];
    const params = Object.freeze({
      ...location,
      ACL: 'public-read',
      GrantRead: 'id="domain1"',
      StorageClass: 'STANDARD_IA',
      Metadata: Object.freeze({ Name: '你好 %41', 'x-obs-meta-Pre': 'v' }),
      ContentType: 'text/plain; charset="utf-8"',
      ContentDisposition: 'attachment; filename="ü.txt"',
      Tags: 'k1=v1&k2=a%20b',
      Expires: 30,
      SseKms: 'kms',
      SseKmsKey: 'key-1',
    });
    const result = await client.initiateMultipartUpload(params);
    expect(result.InterfaceResult).toMatchObject({ Bucket: 'b', Key: 'k', UploadId: 'U', EncodingType: '' });
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      path: '/b/k?uploads',
      headers: {
        'x-obs-acl': 'public-read',
        'x-obs-grant-read': 'id="domain1"',
        'x-obs-storage-class': 'WARM',
        'x-obs-meta-name': '%E4%BD%A0%E5%A5%BD %41',
        'x-obs-meta-pre': 'v',
        'content-type': 'text/plain; charset="utf-8"',
        'content-disposition': 'attachment; filename="%C3%BC.txt"',
        'x-obs-tagging': 'k1=v1&k2=a%20b',
        'x-obs-expires': '30',
        'x-obs-server-side-encryption': 'kms',
        'x-obs-server-side-encryption-kms-key-id': 'key-1',
      },
    });
  });

  it.each([
    ['initiateMultipartUpload', {}, '<InitiateMultipartUploadResult><Key>k</Key></InitiateMultipartUploadResult>'],
    ['initiateMultipartUpload', {}, '<Error><Code>InternalError</Code></Error>'],
    ['copyObject', { CopySource: 'a/b' }, '<CopyObjectResult/>'],
    ['copyObject', { CopySource: 'a/b' }, '<Error><Code>InternalError</Code></Error>\n'],
    [
      'completeMultipartUpload',
      { UploadId: 'u', Parts: [{ PartNumber: 1, ETag: 'x' }] },
      '<Error><Code>InternalError</Code></Error>',
    ],
    ['completeMultipartUpload', { UploadId: 'u', Parts: [{ PartNumber: 1, ETag: 'x' }] }, ''],
    ['listParts', { UploadId: 'u' }, '<html></html>'],
    ['abortMultipartUpload', { UploadId: 'u' }, '<Error><Code>InternalError</Code></Error>'],
    ['abortMultipartUpload', { UploadId: 'u' }, '<Error><Code>InternalError</Code><Mess'],
    ['abortMultipartUpload', { UploadId: 'u' }, '<html>Please log in</html>'],
  ] as const)('%s never takes 200 for a success without its result', async (method, more, body) => {
    server.answers = [{ body }];
    const call = client[method].bind(client) as (params: object) => Promise<ObsResult<object>>;
    const result = await call({ ...location, ...more });
    expect(result.CommonMsg).toMatchObject({ Status: 500, Code: 'InternalError' });
    expect(result.InterfaceResult).toBeUndefined();
  });

  it('takes a Complete with an empty ETag for done, as Ceph gives it', async () => {
    server.answers = [{ body: '<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>' }];
    const result = await client.completeMultipartUpload({
      ...location,
      UploadId: 'u',
      Parts: [{ PartNumber: 1, ETag: 'x' }],
    });
    expect(result).toMatchObject({ CommonMsg: { Status: 200 }, InterfaceResult: { ETag: '' } });
  });

  it('completes with the parts in order, whatever order they come in', async () => {
    server.answers = [
      {
        headers: { 'x-obs-version-id': 'V' },
        body: '<CompleteMultipartUploadResult><Location>l</Location><Bucket>b</Bucket><Key>k</Key><ETag>"x-2"</ETag></CompleteMultipartUploadResult>',
      },
    ];
    const Parts = Object.freeze([
      Object.freeze({ PartNumber: 2, ETag: '"b"' }),
      Object.freeze({ PartNumber: '1', ETag: 'a' }),
    ]);
    const result = await client.completeMultipartUpload({ ...location, UploadId: 'u', Parts });
    expect(result.InterfaceResult).toMatchObject({
      ETag: '"x-2"',
      VersionId: 'V',
      Bucket: 'b',
      Key: 'k',
      Location: 'l',
    });
    expect(server.requests[0]!.body).toContain(
      '<Part><PartNumber>1</PartNumber><ETag>&quot;a&quot;</ETag></Part><Part><PartNumber>2</PartNumber><ETag>&quot;b&quot;</ETag></Part>',
    );
  });

  it('lists parts and uploads, one page each', async () => {
    const owner = '<Initiator><ID>me</ID></Initiator><Owner><ID>me</ID></Owner>';
    server.answers = [
      {
        body: `<ListPartsResult><Bucket>b</Bucket><Key>k</Key><UploadId>u</UploadId><PartNumberMarker>0</PartNumberMarker><NextPartNumberMarker>1</NextPartNumberMarker><MaxParts>1</MaxParts><IsTruncated>true</IsTruncated>${owner}<Part><PartNumber>1</PartNumber><LastModified>2024-02-29T12:30:00.000Z</LastModified><ETag>&quot;a&quot;</ETag><Size>5</Size></Part></ListPartsResult>`,
      },
      {
        body: `<ListMultipartUploadsResult><Bucket>b</Bucket><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated><Upload><Key>a%2Bb+c</Key><UploadId>u</UploadId>${owner}<Initiated>2024-02-29T12:00:00.000Z</Initiated></Upload><CommonPrefixes><Prefix>x%2F</Prefix></CommonPrefixes></ListMultipartUploadsResult>`,
      },
    ];
    const parts = await client.listParts({ ...location, UploadId: 'u', MaxParts: 1 });
    expect(parts.InterfaceResult).toMatchObject({
      IsTruncated: 'true',
      NextPartNumberMarker: '1',
      Initiator: { ID: 'me' },
      Parts: [{ PartNumber: '1', LastModified: '2024-02-29T12:30:00.000Z', ETag: '"a"', Size: '5' }],
    });
    const uploads = await client.listMultipartUploads({ Bucket: 'b', EncodingType: 'url', Delimiter: '/' });
    expect(uploads.InterfaceResult).toMatchObject({
      Uploads: [{ Key: 'a+b c', UploadId: 'u', Owner: { ID: 'me' }, StorageClass: '' }],
      CommonPrefixes: [{ Prefix: 'x/' }],
    });
  });

  it('sets a retention as the vendor’s client does', async () => {
    const end = Date.parse('2030-01-02T03:04:05.678Z');
    server.answers = [{ status: 200 }, { status: 200 }];
    const params = { ...location, VersionId: 'v 1', Mode: 'COMPLIANCE', RetainUntilDate: end };
    expect((await client.setObjectRetention(params)).CommonMsg.Status).toBe(200);
    const keys = { access_key_id: 'AKID', secret_access_key: 'secret' };
    const vendors = new ObsSdkClient({ ...keys, server: server.endpoint, signature: 'obs' });
    // Its constructor leaves the work to the next tick.
    await new Promise((resolve) => setImmediate(resolve));
    await vendors.setObjectRetention({ ...params, RetainUntilDate: String(end) } as never);
    const [ours, theirs] = server.requests.map(({ method, path, body, headers }) => ({
      method,
      query: new URL(path, server.endpoint).search,
      body,
      md5: headers['content-md5'],
    }));
    expect(ours).toEqual({ ...theirs, query: '?retention&versionId=v%201' });
    expect(ours?.body).toBe(`<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>${end}</RetainUntilDate></Retention>`);
  });

  it.each([
    [{ Mode: 'COMPLIANCE' }, /RetainUntilDate/],
    [{ Mode: 'COMPLIANCE', RetainUntilDate: 'tomorrow' }, /RetainUntilDate/],
    [{ RetainUntilDate: 1 }, /Mode/],
  ])('refuses the retention %j', async (params, message) => {
    await expect(client.setObjectRetention({ ...location, ...params } as never)).rejects.toThrow(message);
    expect(server.requests).toEqual([]);
  });

  it('aborts, and says where there was nothing to abort', async () => {
    server.answers = [{ status: 204 }, { status: 404, body: '<Error><Code>NoSuchUpload</Code></Error>' }];
    expect((await client.abortMultipartUpload({ ...location, UploadId: 'u' })).CommonMsg.Status).toBe(204);
    expect((await client.abortMultipartUpload({ ...location, UploadId: 'u' })).CommonMsg).toMatchObject({
      Status: 404,
      Code: 'NoSuchUpload',
    });
  });
});
