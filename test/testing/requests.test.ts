import { createRequire } from 'node:module';
import { Agent } from 'node:http';
import { get } from 'node:https';
import { describe, expect, test } from 'vitest';
import { parseStoreRequest } from '../../src/testing/store-request.ts';
import { childText } from '../../src/testing/request-xml.ts';
import { readXml } from '../../src/xml-tree.ts';
import { startTestStore } from '../../src/testing/index.ts';
import { outcomeOf, sendRaw } from './raw-request.ts';
import { makeSelfSignedCertificate } from './self-signed-certificate.ts';

const rules = {
  hosts: ['localhost', 'obs.example.com'],
  isBucket: (name: string) => name === 'my.bucket' || name === 'bkt',
};
const parse = (host: string, target: string) => {
  const { bucket, key } = parseStoreRequest('GET', target, { host }, rules);
  return `${bucket} ${key}`;
};

describe('bucket and key', () => {
  test.for([
    ['127.0.0.1:80', '/b/k', 'b k'],
    ['localhost:80', '/b/k', 'b k'],
    ['b.localhost:80', '/k', 'b k'],
    ['a.b.localhost', '/k', 'a.b k'],
    ['obs.example.com', '/b/k', 'b k'],
    ['b.obs.example.com', '/k', 'b k'],
    ['my.bucket.elsewhere.org', '/k', 'my.bucket k'],
    ['bkt.elsewhere.org', '/k', 'bkt k'],
    ['unknown.elsewhere.org', '/k', 'unknown k'],
    ['s3.us-east-1.amazonaws.com', '/b/k', 'b k'],
    ['obs.cn-north-4.myhuaweicloud.com', '/b/k', 'b k'],
    ['store', '/b/k', 'b k'],
    ['[::1]:80', '/b/k', 'b k'],
    ['127.0.0.1', '/', ' '],
    ['127.0.0.1', '/b', 'b '],
    ['127.0.0.1', '/b/', 'b '],
    ['127.0.0.1', '/b//k', 'b /k'],
    ['127.0.0.1', '/b/../k/./', 'b ../k/./'],
    ['127.0.0.1', '/b/%2E%2E/%2F%25', 'b ..//%'],
    ['127.0.0.1', '/b/100%', 'b 100%'],
    ['127.0.0.1', '/b/%zz%2', 'b %zz%2'],
    ['127.0.0.1', '/b/a+b', 'b a+b'],
    ['127.0.0.1', '/b/a%3Fx=y?versionId=1', 'b a?x=y'],
    ['127.0.0.1', '/b/%F0%9F%98%80', 'b 😀'],
    ['127.0.0.1', '/b/q\\w', 'b q\\w'],
    ['127.0.0.1', 'http://127.0.0.1:80/b/k?x', 'b k'],
  ])('%s %s: %s', ([host = '', target = '', expected]) => {
    expect(parse(host, target)).toBe(expected);
  });

  test('raw bytes of a path are UTF-8', () => {
    expect(parse('127.0.0.1', Buffer.from('/b/ü').toString('latin1'))).toBe('b ü');
  });
});

describe('request XML', () => {
  const read = (xml: string) => readXml(xml);

  test('is read with namespaces, entities, comments, CDATA and declarations', () => {
    const root = read(
      '\uFEFF<?xml version="1.0"?>\n<!-- c --><x:Root xmlns:x="u"><A>&lt;&amp;&#x41;&#66;</A><B><![CDATA[<b>]]></B><C/></x:Root>\n',
    );
    expect(root?.name).toBe('Root');
    expect([childText(root, 'A'), childText(root, 'B'), childText(root, 'C'), childText(root, 'D')]).toEqual([
      '<&AB',
      '<b>',
      '',
      undefined,
    ]);
  });

  test.for(['', 'x', '<a>', '<a></b>', '<a/><b/>', '<a>x</a>y', '<!DOCTYPE a><a/>', '<a><![CDATA[x</a>', '<a', '</a>'])(
    '%s is none',
    (xml) => {
      expect(read(xml)).toBeUndefined();
    },
  );
});

describe('the official OBS SDK', () => {
  interface ObsAnswer {
    readonly CommonMsg: { readonly Status: number; readonly Code: string };
    readonly InterfaceResult: Readonly<Record<string, unknown>>;
  }
  type ObsMethod = (parameters: object) => Promise<ObsAnswer>;
  const ObsClient = createRequire(import.meta.url)('esdk-obs-nodejs') as new (options: object) => Readonly<
    Record<string, ObsMethod>
  > & {
    close(): void;
  };

  test('finds the OBS dialect by negotiation, and speaks it with the bucket in the host name', async () => {
    const store = await startTestStore({
      buckets: ['dst'],
      objects: [{ bucket: 'src', key: 'dir/a b+ü.bin', size: 300_000, metadata: { a: 'b' } }],
      hosts: ['obs.test'],
    });
    const seen = new Set<string>();
    store.setFaults([
      ({ headers, operation }) => {
        seen.add(`${operation} ${String(headers['authorization']).split(' ')[0]}`);
        return undefined;
      },
    ]);
    const lookup = (_host: string, options: { all?: boolean }, done: (error: null, ...found: unknown[]) => void) =>
      options.all === true ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
    const client = new ObsClient({
      access_key_id: store.credentials.accessKeyId,
      secret_access_key: store.credentials.secretAccessKey,
      server: `http://obs.test:${store.port}`,
      http_agent: new Agent({ lookup } as never),
    });
    await Promise.resolve();
    const call = async (method: string, parameters: object): Promise<Readonly<Record<string, unknown>>> => {
      const answer = await client[method]?.(parameters);
      expect([method, answer?.CommonMsg.Status, answer?.CommonMsg.Code]).toEqual([
        method,
        expect.toSatisfy((status) => status < 300),
        '',
      ]);
      return answer?.InterfaceResult ?? {};
    };
    const name = { Bucket: 'dst', Key: '../copy' };
    const { UploadId } = await call('initiateMultipartUpload', { ...name, StorageClass: 'WARM' });
    const parts = [];
    for (const [index, range] of ['bytes=0-149999', 'bytes=150000-299999'].entries()) {
      const { ETag } = await call('copyPart', {
        ...name,
        UploadId,
        PartNumber: index + 1,
        CopySource: 'src/dir/a b+ü.bin',
        CopySourceRange: range,
      });
      parts.push({ PartNumber: index + 1, ETag });
    }
    expect((await call('listParts', { ...name, UploadId }))['Parts']).toHaveLength(2);
    await call('completeMultipartUpload', { ...name, UploadId, Parts: parts });
    expect(store.provenance('dst', '../copy')).toMatchObject([
      { start: 0, end: 299_999, key: 'dir/a b+ü.bin', offset: 0 },
    ]);
    const head = await call('getObjectMetadata', name);
    expect(head).toMatchObject({ ContentLength: '300000', StorageClass: 'WARM' });
    await call('copyObject', { ...name, Key: 'whole', CopySource: 'src/dir/a b+ü.bin' });
    expect(store.object('dst', 'whole')?.metadata).toEqual({ a: 'b' });
    expect([...seen].toSorted()).toEqual([
      'completeMultipartUpload OBS',
      'copyObject OBS',
      'copyPart OBS',
      'createMultipartUpload OBS',
      'headObject OBS',
      'listParts OBS',
      'negotiateApi undefined',
    ]);
    client.close();
    await store.close();
  });
});

test('what is no operation is refused', async () => {
  const store = await startTestStore({ credentials: false, buckets: ['b'] });
  expect(outcomeOf(await sendRaw(store, 'PATCH', '/b/k'))).toBe('405 MethodNotAllowed');
  expect(outcomeOf(await sendRaw(store, 'POST', '/'))).toBe('405 MethodNotAllowed');
  expect(outcomeOf(await sendRaw(store, 'PUT', `/b/${'k'.repeat(1025)}`))).toBe('400 KeyTooLongError');
  await store.close();
});

test('a store with key and certificate speaks HTTPS', async () => {
  const { key, cert } = makeSelfSignedCertificate();
  const store = await startTestStore({
    credentials: false,
    tls: { key, cert },
    objects: [{ bucket: 'b', key: 'k', body: 'hello' }],
  });
  const read = (ca: string | undefined): Promise<string> =>
    new Promise((resolve, reject) => {
      get(`${store.endpoint}/b/k`, { ...(ca === undefined ? {} : { ca }), agent: false }, (response) => {
        let text = '';
        response.on('data', (piece: Buffer) => (text += piece.toString()));
        response.on('end', () => resolve(text));
      }).on('error', reject);
    });
  expect(store.endpoint).toBe(`https://127.0.0.1:${store.port}`);
  expect(await read(cert)).toBe('hello');
  await expect(read(undefined)).rejects.toThrow(/self-signed|self signed/);
  await store.close();
});

test('a taken port is an error', async () => {
  const store = await startTestStore();
  await expect(startTestStore({ port: store.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await store.close();
});
