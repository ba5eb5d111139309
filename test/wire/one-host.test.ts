import { Agent } from 'undici';
import { describe, expect, it } from 'vitest';
import { copyLargeObject } from '../../src/index.ts';
import { startTestStore } from '../../src/testing/index.ts';
import { s3Store } from '../../src/wire/http-store.ts';
import { CREDENTIALS, answer, errorDocument, startScriptedServer } from './scripted-server.ts';

/** Resolves `host`, and with `hasBuckets` all names below it, to this machine; no other. */
function names(host: string, hasBuckets: boolean): Agent {
  return new Agent({
    connect: {
      lookup: (name, options, done) => {
        if (name !== host && !(hasBuckets && name.endsWith(`.${host}`))) {
          const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), {
            code: 'ENOTFOUND',
            hostname: name,
          });
          done(error, '', 4);
        } else if (options.all === true) done(null, [{ address: '127.0.0.1', family: 4 }]);
        else done(null, '127.0.0.1', 4);
      },
    },
  });
}

const OBJECT = { 'content-length': '5', etag: '"e"', 'last-modified': 'Thu, 29 Feb 2024 10:00:00 GMT' };

describe('a store with one host for all buckets', () => {
  it('is found where the bucket’s host has no address, and stays found', async () => {
    const server = await startTestStore({ objects: [{ bucket: 'src', key: 'k', size: 9 }], buckets: ['dst'] });
    const dispatcher = names('s3.corp.example', false);
    const endpoint = `http://s3.corp.example:${new URL(server.endpoint).port}`;
    const store = s3Store({ endpoint, credentials: server.credentials, dispatcher });
    const to = { store, source: { bucket: 'src', key: 'k' }, destination: { bucket: 'dst', key: 'k' } };
    await expect(copyLargeObject(to)).resolves.toMatchObject({ size: 9, retries: 0 });
    await dispatcher.close();
    await server.close();
  });

  it('is found where it takes the key for a bucket', async () => {
    const server = await startScriptedServer((seen, ...rest) =>
      (seen.url === '/b/k' ? answer(200, '', OBJECT) : answer(404))(seen, ...rest),
    );
    const dispatcher = names('s3.corp.example', true);
    const store = s3Store({ endpoint: `http://s3.corp.example:${server.port}`, credentials: CREDENTIALS, dispatcher });
    for (let count = 0; count < 2; count++) {
      expect(await store.headObject({ bucket: 'b', key: 'k' })).toMatchObject({ size: 5 });
    }
    expect(server.seen.map(({ url }) => url)).toEqual(['/k', '/b/k', '/b/k']);
    await dispatcher.close();
  });

  it('is not looked for by a request that could make a bucket, nor once buckets have hosts', async () => {
    const server = await startScriptedServer(
      answer(404, errorDocument('NoSuchBucket')),
      answer(200, '', OBJECT),
      answer(404),
    );
    const dispatcher = names('s3.corp.example', true);
    const store = s3Store({ endpoint: `http://s3.corp.example:${server.port}`, credentials: CREDENTIALS, dispatcher });
    const object = { bucket: 'b', key: 'k' };
    await expect(store.copyObject({ ...object, source: object })).rejects.toMatchObject({ statusCode: 404 });
    await store.headObject(object);
    await expect(store.headObject(object)).rejects.toMatchObject({ statusCode: 404 });
    expect(server.seen.map(({ url }) => url)).toEqual(['/k', '/k', '/k']);
    await dispatcher.close();
  });

  it.each([undefined, false])('names the option where no host has an address (pathStyle %s)', async (pathStyle) => {
    const dispatcher = names('other.example', false);
    const store = s3Store({ endpoint: 'http://s3.corp.example', credentials: CREDENTIALS, dispatcher, pathStyle });
    await expect(store.headObject({ bucket: 'b', key: 'k' })).rejects.toThrow(
      /"b\.s3\.corp\.example" can not be resolved: check the endpoint, and set pathStyle: true/,
    );
    await dispatcher.close();
  });
});
