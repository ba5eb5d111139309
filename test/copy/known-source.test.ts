import { describe, expect, it } from 'vitest';
import { type CopyOptions, planCopy, SourceChangedError, SourceNotFoundError } from '../../src/index.ts';
import type { FaultHook, RequestInfo, TestStoreOptions } from '../../src/testing/index.ts';
import {
  copySource,
  DESTINATION,
  failureOf,
  IN_PARTS,
  isWholeCopy,
  setUpStore,
  SIZE,
  SOURCE,
  withOperations,
  writesOf,
} from '../faithful/set-up-store.ts';

const SINGLE = { multipartThreshold: SIZE } as const;
const TOLD = { contentType: 'video/mxf', metadata: { title: 'Film' }, tags: { kind: 'raw' } } as const;
const CARRIED = { headers: { 'content-type': 'video/mxf' }, metadata: TOLD.metadata, tags: TOLD.tags };
const OTHER_ETAG = 'd41d8cd98f00b204e9800998ecf8427e';

/** A source with properties, and what its owner knows of it. */
async function setUp({ dialect = 's3', ...storeOptions }: TestStoreOptions & { dialect?: 's3' | 'obs' } = {}) {
  const { server, store } = await setUpStore(dialect, { ...storeOptions, objects: [] });
  const { etag } = server.putObject({ ...SOURCE, size: SIZE, ...TOLD });
  const requests: RequestInfo[] = [];
  const answer = (fault: FaultHook): void =>
    server.setFaults([
      (request) => {
        requests.push(request);
        return fault(request);
      },
    ]);
  answer(() => undefined);
  const heads = (key: string): number =>
    requests.filter(({ operation, key: asked }) => operation === 'headObject' && asked === key).length;
  const copy = (more: Partial<CopyOptions> = {}, source: Partial<CopyOptions['source']> = {}) =>
    copySource({ store, ...SINGLE, ...more, source: { ...SOURCE, size: SIZE, etag, ...source } });
  const made = () => server.object(DESTINATION.bucket, DESTINATION.key);
  return { server, store, etag, requests, answer, heads, copy, made };
}

describe('a source whose size and ETag are given', () => {
  it.each(['s3', 'obs'] as const)(
    'is copied by one request without its HEAD, with all that it has (%s)',
    async (dialect) => {
      const { server, etag, heads, copy, made } = await setUp({ dialect });
      const result = await copy({}, { etag: `"${etag}"` });
      expect(result).toMatchObject({
        strategy: 'single',
        size: SIZE,
        etag,
        verified: 'etag',
        sameEtag: true,
        warnings: [],
      });
      expect(isWholeCopy(server)).toBe(true);
      expect(made()).toMatchObject(CARRIED);
      expect(heads(SOURCE.key)).toBe(0);
    },
  );

  it('is copied without the tags that nobody wants, too', async () => {
    const { heads, copy, made } = await setUp();
    await copy({ preserve: { tags: false } });
    expect(made()).toMatchObject({ ...CARRIED, tags: {} });
    expect(heads(SOURCE.key)).toBe(0);
  });

  it.each([
    ['its storage class', { preserve: { storageClass: true } }],
    ['its checksum', { preserve: { checksum: true } }],
    ['its metadata, without fail', { preserve: { metadata: true } }],
    ['a type of the copy’s own', { destination: { ...DESTINATION, contentType: 'text/plain' } }],
    ['its parts', { partSize: 'source' }],
  ] satisfies [string, Partial<CopyOptions>][])(
    'is looked at all the same if the copy is to have %s',
    async (_, more) => {
      const { server, heads, copy, made } = await setUp();
      await copy(more);
      expect(heads(SOURCE.key)).toBeGreaterThan(0);
      expect(isWholeCopy(server)).toBe(true);
      expect(made()?.metadata).toEqual(TOLD.metadata);
    },
  );

  it.each([
    [{}, 2],
    [{ preserve: { metadata: false } }, 1],
  ])('is looked at before and after the parts, with %o %i times', async (more, times) => {
    const { server, heads, copy, made } = await setUp();
    await copy({ ...IN_PARTS, ...more });
    expect(heads(SOURCE.key)).toBe(times);
    expect(isWholeCopy(server)).toBe(true);
    expect(made()?.tags).toEqual(TOLD.tags);
  });

  it('is looked at if its ETag proves nothing of the copy: an encrypted one isn’t copied twice', async () => {
    const { server, heads, copy } = await setUp();
    const { etag } = server.putObject({ ...SOURCE, size: SIZE, encryption: { type: 'SSE-KMS' } });
    expect(await copy({}, { etag })).toMatchObject({ verified: 'size', warnings: [] });
    expect(heads(SOURCE.key)).toBe(1);
    expect(server.stats().operations.copyObject).toBe(1);
    expect(isWholeCopy(server)).toBe(true);
  });

  it('may be left alone at the destination by what is known', async () => {
    const { server, heads, copy } = await setUp();
    await copy();
    expect(await copy({ ifExists: 'skip-same' })).toMatchObject({ strategy: 'skipped' });
    expect(heads(SOURCE.key)).toBe(0);
    expect(server.stats().operations.copyObject).toBe(1);
  });
});

describe('planCopy with a known source', () => {
  it.each([
    ['single', {}],
    ['single', { ifExists: 'skip-same' }],
    ['single', { preserve: { metadata: false } }],
    ['multipart', { ...IN_PARTS, preserve: { metadata: false } }],
    ['multipart', IN_PARTS],
  ] satisfies [string, Partial<CopyOptions>][])(
    'counts the requests that a %s copy sends (%o)',
    async (strategy, more) => {
      const { server, requests: sent, store: unknown, copy } = await setUp();
      const { etag } = server.putObject({ ...SOURCE, size: SIZE });
      const store = withOperations(unknown, { traits: { ...unknown.traits, etagFormula: 'aws' } });
      const source = { ...SOURCE, size: SIZE, etag };
      const options = { store, source, destination: DESTINATION, ...SINGLE, ...more };
      const { requests, ...plan } = await planCopy(options);
      expect(plan).toMatchObject({ strategy, size: SIZE, etag });
      sent.length = 0;
      await copy({ store, ...more }, { etag });
      expect(sent).toHaveLength(requests);
    },
  );
});

describe('what is given of a source, and isn’t so', () => {
  it.each([
    ['another ETag', SINGLE, { etag: OTHER_ETAG }],
    ['another ETag, in parts', { ...IN_PARTS, preserve: { metadata: false } }, { etag: OTHER_ETAG }],
    ['fewer bytes, in parts', { ...IN_PARTS, preserve: { metadata: false } }, { size: SIZE - 1 }],
    ['more bytes, in parts', { ...IN_PARTS, preserve: { metadata: false } }, { size: SIZE + 1 }],
    ['fewer bytes, with HEAD', IN_PARTS, { size: SIZE - 1 }],
    ['another ETag, with HEAD', { preserve: { storageClass: true } }, { etag: OTHER_ETAG }],
  ] satisfies [string, Partial<CopyOptions>, Partial<CopyOptions['source']>][])(
    'is an error before anything is written: %s',
    async (_, more, source) => {
      const { server, copy, made } = await setUp();
      const error = await failureOf(copy(more, source));
      if (!(error instanceof SourceChangedError)) throw error;
      expect(error.destinationWritten).toBeUndefined();
      expect(String(error)).toMatch(/option 'source' says \((?:size 1258291[13], now 12582912|ETag d41d8.*, now .*)\)/);
      expect(made()).toBeUndefined();
      expect(server.uploads(DESTINATION.bucket)).toEqual([]);
    },
  );

  it.each([
    ['fewer bytes', { size: SIZE - 1 }],
    ['more bytes', { size: SIZE + 1 }],
  ])('is an error after a single copy, which has no condition for it: %s', async (_, source) => {
    const { server, copy } = await setUp({
      buckets: [{ name: SOURCE.bucket, versioning: 'enabled' }, DESTINATION.bucket],
    });
    const { versionId } = server.object(SOURCE.bucket, SOURCE.key) ?? {};
    const error = await failureOf(copy({ multipartThreshold: SIZE + 1 }, { ...source, versionId }));
    expect(error).toBeInstanceOf(SourceChangedError);
    expect(error).toMatchObject({ destinationWritten: true });
  });

  it('is found out of a version, too: it is copied in parts of a size that isn’t its own', async () => {
    const { server, copy, made } = await setUp({
      buckets: [{ name: SOURCE.bucket, versioning: 'enabled' }, DESTINATION.bucket],
    });
    const { versionId } = server.object(SOURCE.bucket, SOURCE.key) ?? {};
    const more = { ...IN_PARTS, preserve: { metadata: false } };
    expect(await failureOf(copy(more, { size: SIZE - 1, versionId }))).toBeInstanceOf(SourceChangedError);
    expect(made()).toBeUndefined();
  });

  it('is found out if the store ignores the condition', async () => {
    const { server, store, copy } = await setUp();
    const deaf = withOperations(store, {
      copyObject: (request) => store.copyObject({ ...request, sourceIfMatch: undefined }),
    });
    const error = await failureOf(copy({ store: deaf }, { etag: OTHER_ETAG }));
    expect(error).toBeInstanceOf(SourceChangedError);
    expect(error).toMatchObject({ destinationWritten: true });
    expect(isWholeCopy(server)).toBe(true);
  });

  it('says so of an object that isn’t there', async () => {
    const { server, copy } = await setUp();
    server.deleteObject(SOURCE.bucket, SOURCE.key);
    expect(await failureOf(copy())).toBeInstanceOf(SourceNotFoundError);
  });

  it.each([
    [{ size: undefined }, /'source\.size' and 'source\.etag' go together/],
    [{ etag: undefined }, /'source\.size' and 'source\.etag' go together/],
    [{ size: -1 }, /'source\.size' must be .* -1/],
    [{ etag: '' }, /'source\.etag' must/],
  ])('is refused if it can’t be: %o', async (source, message) => {
    const { server, copy } = await setUp();
    expect(String(await failureOf(copy({}, source)))).toMatch(message);
    expect(writesOf(server)).toEqual([]);
  });
});

it('copies a known source again with its HEAD if the store refuses what it carries over by itself', async () => {
  const { answer, heads, copy, made } = await setUp();
  let refused = 0;
  answer(({ operation, headers }) => {
    if (operation !== 'copyObject' || headers['x-amz-metadata-directive'] !== undefined) return undefined;
    refused++;
    return { kind: 'error', status: 403, code: 'AccessDenied' };
  });
  await copy();
  expect({ refused, heads: heads(SOURCE.key) }).toEqual({ refused: 1, heads: 1 });
  expect(made()).toMatchObject(CARRIED);
});
