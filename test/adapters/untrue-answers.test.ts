import { afterEach, describe, expect, it } from 'vitest';
import { copyLargeObject, type CopyOptions, type CopyTask } from '../../src/index.ts';
import {
  startTestStore,
  type TestObjectProperties,
  type TestStore,
  type TestStoreOptions,
} from '../../src/testing/index.ts';
import { startScriptedServer } from '../obs-client/scripted-server.ts';
import { fourWays } from './four-ways.ts';

// What a store answers once it answers again and again: each way finds that out by one repetition, or by none.

const MIB = 1024 * 1024;
const SIZE = 11 * MIB;
const SOURCE = { bucket: 'media', key: 'film' };
const DESTINATION = { bucket: 'archive', key: 'copy' };
const strategies = [
  ['single', { multipartThreshold: SIZE }],
  ['multipart', { multipartThreshold: 0, partSize: 5 * MIB }],
] as const;

describe.each(Object.entries(fourWays))('by %s', (_way, makeStore) => {
  let server: TestStore;
  afterEach(() => server.close());

  async function start(options: TestStoreOptions, properties: TestObjectProperties = {}): Promise<void> {
    server = await startTestStore({ buckets: ['archive'], ...options });
    server.putObject({ ...SOURCE, size: SIZE, ...properties });
  }

  function copy(options: Partial<CopyOptions>): CopyTask {
    const retry = { minDelayMs: 1, maxDelayMs: 5 };
    return copyLargeObject({
      store: makeStore(server),
      source: SOURCE,
      destination: DESTINATION,
      hedge: false,
      retry,
      ...options,
    });
  }

  it.each(['emptyIn200', 'garbageIn200'] as const)('a Create without an upload id is sent twice: %s', async (kind) => {
    await start({ faults: [{ operation: 'createMultipartUpload', kind }] });
    await expect(copy(strategies[1][1])).rejects.toThrow(/answered 200 with a body that is not an upload id/);
    expect(server.stats().operations.createMultipartUpload).toBe(2);
  });

  it.each(strategies)('a page of HTML in place of a copy is asked for twice (%s)', async (_strategy, sizes) => {
    await start({ faults: [{ operation: ['copyObject', 'copyPart'], kind: 'garbageIn200' }] });
    await expect(copy({ ...sizes, concurrency: 1 })).rejects.toThrow(/answered 200 with a body that is not a Copy/);
    const { copyObject = 0, copyPart = 0 } = server.stats().operations;
    // Of parts, others are under way when the first one fails for good.
    expect(copyObject + copyPart).toBeLessThanOrEqual(sizes.multipartThreshold === 0 ? 6 : 2);
    expect(server.object(DESTINATION.bucket, DESTINATION.key)).toBeUndefined();
    expect(server.uploads(DESTINATION.bucket)).toEqual([]);
  });

  it.each(['emptyIn200', 'garbageIn200'] as const)(
    'a Complete that does nothing is sent three times: %s',
    async (kind) => {
      await start({ faults: [{ operation: 'completeMultipartUpload', kind }] });
      await expect(copy(strategies[1][1])).rejects.toMatchObject({ name: 'CompleteFailedError', outcome: 'failed' });
      expect(server.stats().operations.completeMultipartUpload).toBe(3);
      expect(server.uploads(DESTINATION.bucket)).toEqual([]);
    },
  );

  it('a HEAD that shows no size is asked for three times', async () => {
    await start({});
    const headers = { etag: '"x"', 'transfer-encoding': 'chunked' };
    await using sizeless = await startScriptedServer({ headers });
    const store = makeStore({ endpoint: sizeless.endpoint, credentials: server.credentials });
    await expect(copy({ store })).rejects.toThrow(/answered 200 with a Content-Length that is missing/);
    expect(sizeless.requests).toHaveLength(3);
  });

  it.each(strategies)('a redirect that a store doesn’t take is left out, and missed (%s)', async (_strategy, sizes) => {
    await start({ personality: 'r2' }, { websiteRedirectLocation: '/elsewhere' });
    const { warnings } = await copy(sizes);
    expect(warnings).toContainEqual({
      code: 'PROPERTIES_DIFFER',
      message: expect.stringContaining('another websiteRedirectLocation'),
    });
    expect(server.object(DESTINATION.bucket, DESTINATION.key)?.size).toBe(SIZE);
  });

  it.each(strategies)(
    'one that the caller demands is an error that names the option (%s)',
    async (_strategy, sizes) => {
      await start({ personality: 'r2' });
      for (const demanded of [{ websiteRedirectLocation: '/elsewhere' }, { acl: 'public-read' }]) {
        const [name = ''] = Object.keys(demanded);
        await expect(copy({ ...sizes, destination: { ...DESTINATION, ...demanded } })).rejects.toThrow(
          `(the store may refuse what the request carries for option 'destination.${name}')`,
        );
      }
      expect(server.object(DESTINATION.bucket, DESTINATION.key)).toBeUndefined();
    },
  );

  it.each(strategies)('properties that a HEAD shows empty aren’t missed at the copy (%s)', async (_strategy, sizes) => {
    await start({}, { contentLanguage: '', cacheControl: '', websiteRedirectLocation: '', metadata: { empty: '' } });
    const { warnings } = await copy(sizes);
    expect(warnings).toEqual([]);
    expect(server.object(DESTINATION.bucket, DESTINATION.key)).toMatchObject({ size: SIZE, metadata: { empty: '' } });
  });

  it('https to a port that speaks http is refused at once, and says so', async () => {
    await start({});
    const endpoint = server.endpoint.replace('http:', 'https:');
    const retries: unknown[] = [];
    const task = copy({ store: makeStore({ endpoint, credentials: server.credentials }) });
    task.on('retry', (retry) => retries.push(retry));
    await expect(task).rejects.toThrow(/no https is spoken on this port, but most likely plain http/);
    expect(retries).toEqual([]);
  });

  it('a 301 that isn’t followed names the bucket’s region', async () => {
    await start({});
    await using elsewhere = await startScriptedServer({
      status: 301,
      headers: { 'content-type': 'application/xml' },
      body: '<Error><Code>PermanentRedirect</Code><Message>Elsewhere</Message><Region>eu-west-1</Region></Error>',
    });
    const store = makeStore({ endpoint: elsewhere.endpoint, credentials: server.credentials });
    await expect(store.copyObject({ ...DESTINATION, source: SOURCE })).rejects.toThrow(
      /301 PermanentRedirect: Elsewhere; use region "eu-west-1" for bucket archive/,
    );
  });
});
