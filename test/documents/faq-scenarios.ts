import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  copyLargeObject,
  copyObjects,
  type CopyOptions,
  type CopyResult,
  fileCheckpointStore,
  s3Store,
  type S3StoreOptions,
} from '../../src/index.ts';
import { startTestStore, type TestObject, type TestStore, type TestStoreOptions } from '../../src/testing/index.ts';

/** What a user does, and what the store is like. */
interface Scenario {
  readonly object?: Partial<TestObject>;
  readonly store?: TestStoreOptions;
  readonly client?: S3StoreOptions;
  run(options: CopyOptions, server: TestStore): PromiseLike<unknown>;
}

const GIB = 1024 ** 3;
const denied = (...operations: NonNullable<TestStoreOptions['denied']>): TestStoreOptions => ({ denied: operations });
const ARCHIVED = { bucket: 'archive', key: 'film.mxf' };

/** Each message of `docs/faq.md` comes from one of these. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'no credentials': { run: async () => s3Store({ region: 'eu-west-1' }) },
  'a source that is not there': {
    run: (options) => copyLargeObject({ ...options, source: { bucket: 'media', key: 'other' } }),
  },
  'a bucket that is not there': {
    run: (options) => copyLargeObject({ ...options, destination: { bucket: 'nowhere', key: 'film.mxf' } }),
  },
  'a HEAD that is refused': { store: denied('headObject'), run: copyLargeObject },
  'an upload that is refused': { store: denied('createMultipartUpload'), run: copyLargeObject },
  'parts that are refused': { store: denied('copyPart'), run: copyLargeObject },
  'tags that are refused': {
    object: { tags: { project: 'films' } },
    store: denied('getObjectTagging'),
    run: (options) => firstWarning(copyLargeObject(options)),
  },
  'a wrong secret key': {
    run: (options, { endpoint, credentials }) =>
      copyLargeObject({
        ...options,
        store: s3Store({ endpoint, credentials: { ...credentials, secretAccessKey: 'x' } }),
      }),
  },
  'credentials that ran out': {
    run(options, server) {
      server.expireCredentials();
      return copyLargeObject(options);
    },
  },
  'a wrong region': { store: { region: 'us-west-2' }, client: { region: 'eu-west-1' }, run: copyLargeObject },
  'nobody who listens': { run: (options, server) => server.close().then(() => copyLargeObject(options)) },
  'nobody who answers': {
    store: { latency: { headObject: 10_000 } },
    client: { requestTimeoutMs: 20 },
    run: copyLargeObject,
  },
  'an archived source': { object: { storageClass: 'GLACIER' }, run: copyLargeObject },
  'an upload that somebody aborts': {
    run(options, server) {
      const copy = copyLargeObject({ ...options, concurrency: 1 });
      copy.once('part', () => {
        const uploadId = server.uploads('archive')[0]?.uploadId ?? '';
        void options.store.abortMultipartUpload({ ...ARCHIVED, uploadId });
      });
      return copy;
    },
  },
  'a source that somebody replaces': {
    run(options, server) {
      const copy = copyLargeObject({ ...options, concurrency: 1 });
      copy.once('part', () => void server.putObject({ ...options.source, size: GIB, seed: 2 }));
      return copy;
    },
  },
  "ifExists: 'fail'": {
    run(options, server) {
      server.putObject({ ...ARCHIVED, body: 'older' });
      return copyLargeObject({ ...options, ifExists: 'fail' });
    },
  },
  "ifExists: 'skip'": {
    run(options, server) {
      server.putObject({ ...ARCHIVED, body: 'a stranger' });
      return firstWarning(copyLargeObject({ ...options, ifExists: 'skip' }));
    },
  },
  'two copies on one checkpoint': {
    store: { latency: { copyPart: 600_000 } },
    async run(options) {
      const folder = mkdtempSync(path.join(tmpdir(), 'checkpoints-'));
      const checkpoint = fileCheckpointStore(folder);
      const first = copyLargeObject({ ...options, checkpoint });
      const ended = first.catch(() => undefined);
      await new Promise<void>((resolve) => void first.once('upload', () => resolve()));
      try {
        await copyLargeObject({ ...options, checkpoint });
      } finally {
        first.abort();
        await ended;
        rmSync(folder, { recursive: true });
      }
    },
  },
  'a Complete that stored nothing': {
    store: { faults: [{ operation: 'completeMultipartUpload', kind: 'nothingStored' }] },
    run: copyLargeObject,
  },
  'a Complete that nobody can look up': {
    store: {
      faults: [
        { operation: 'completeMultipartUpload', kind: 'resetAfterWork' },
        { operation: 'headObject', bucket: 'archive', kind: 'error', status: 403, code: 'AccessDenied' },
      ],
    },
    run: copyLargeObject,
  },
  'parts that are too small': { run: async (options) => copyLargeObject({ ...options, partSize: 1024 }) },
  'a name that is not known': { run: async (options) => copyLargeObject({ ...options, parallel: 4 } as CopyOptions) },
  'metadata with its prefix': {
    run: async (options) =>
      copyLargeObject({ ...options, destination: { ...ARCHIVED, metadata: { 'x-amz-meta-a': 'b' } } }),
  },
  'an object onto itself': { run: async (options) => copyLargeObject({ ...options, destination: options.source }) },
  'an upload that is gone': { run: (options) => copyLargeObject({ ...options, resume: 'gone' }) },
  'a deletion without a limit': {
    run: async ({ store }) =>
      copyObjects({ store, source: { bucket: 'media' }, destination: { bucket: 'archive' }, deleteExtra: true }),
  },
};

/** What a user reads. */
export async function messageOf(name: string): Promise<string> {
  const scenario = SCENARIOS[name];
  if (scenario === undefined) throw new Error(`There is no scenario ${name}`);
  const source = { bucket: 'media', key: 'film.mxf' };
  const server = await startTestStore({
    ...scenario.store,
    objects: [{ ...source, size: GIB, ...scenario.object }],
    buckets: ['archive'],
  });
  const { endpoint, credentials } = server;
  const store = s3Store({ endpoint, credentials, ...scenario.client });
  const retry = { maxAttempts: 2, minDelayMs: 1, maxDelayMs: 2 };
  try {
    await scenario.run({ store, source, destination: ARCHIVED, retry }, server);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await server.close();
  }
}

/** Throws the first warning of a copy. */
async function firstWarning(copy: PromiseLike<CopyResult>): Promise<void> {
  const { warnings } = await copy;
  if (warnings[0] !== undefined) throw new Error(warnings[0].message);
}
