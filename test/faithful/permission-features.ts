import {
  copyLargeObject,
  copyObjects,
  type CopyOptions,
  type CopyStore,
  isCopyError,
  isStoreError,
  obsStore,
  planCopy,
  s3Store,
} from '../../src/index.ts';
import { startTestStore, type TestObject, type TestPolicy, type TestStoreOptions } from '../../src/testing/index.ts';

export type Vendor = 's3' | 'obs';

/** What a feature does with a store, and what is there for it. */
export interface Feature {
  readonly objects?: readonly Partial<TestObject>[];
  readonly options?: TestStoreOptions;
  /** Gives the codes of warnings. */
  run(store: CopyStore, server: Awaited<ReturnType<typeof startTestStore>>): Promise<readonly string[]>;
}

const SIZE = 12 * 1024 ** 2;
const RETRY = { maxAttempts: 2, minDelayMs: 1, maxDelayMs: 2 };
const film = { bucket: 'media', key: 'films/film' };
const destination = { bucket: 'archive', key: 'films/film' };
const RETAINED = { mode: 'COMPLIANCE', retainUntil: new Date(Date.now() + 1_000_000_000) };
const LOCKABLE = {
  buckets: [
    { name: 'media', objectLock: true },
    { name: 'archive', objectLock: true },
  ],
};
const LOST_CREATE: TestStoreOptions = {
  faults: [{ operation: 'createMultipartUpload', kind: 'resetAfterWork', times: 1 }],
};
const IN_PARTS = { multipartThreshold: 0, partSize: 5 * 1024 ** 2 };
const ONE_REQUEST = { multipartThreshold: SIZE };

async function copy(store: CopyStore, options: Partial<CopyOptions>): Promise<readonly string[]> {
  const { warnings } = await copyLargeObject({ store, source: film, destination, retry: RETRY, ...options });
  return warnings.map(({ code }) => code);
}

async function copyPrefix(store: CopyStore, options: object): Promise<readonly string[]> {
  const run = copyObjects({
    store,
    source: { bucket: 'media', prefix: 'films/' },
    destination: { bucket: 'archive', prefix: 'films/' },
    retry: RETRY,
    ...options,
  });
  const failures: unknown[] = [];
  run.on('objectFailed', ({ error }) => failures.push(error));
  const { warnings } = await run;
  if (failures.length > 0) await Promise.reject(failures[0]);
  return warnings.map(({ code }) => code);
}

async function cancelInParts(store: CopyStore): Promise<readonly string[]> {
  const task = copyLargeObject({ store, source: film, destination, retry: RETRY, ...IN_PARTS });
  const warnings: string[] = [];
  task.on('warning', ({ code }) => warnings.push(code));
  const reason = new Error('cancelled');
  task.on('part', () => task.abort(reason));
  await task.catch((error: unknown) => {
    if (error !== reason) throw error;
  });
  return warnings;
}

async function resumeInParts(store: CopyStore): Promise<readonly string[]> {
  const { uploadId } = await store.createMultipartUpload({ ...destination });
  return copy(store, { ...IN_PARTS, resume: uploadId });
}

/** Every feature of `docs/permissions.md`, by its name there. */
export const FEATURES: Readonly<Record<string, Feature>> = {
  'one-request': { run: (store) => copy(store, ONE_REQUEST) },
  parts: { run: (store) => copy(store, IN_PARTS) },
  cancel: { run: cancelInParts },
  resume: {
    async run(store, server) {
      const warnings = await resumeInParts(store);
      return server.uploads('archive').length === 0 ? warnings : [...warnings, 'UPLOAD_LEFT'];
    },
  },
  'lost-create': {
    options: LOST_CREATE,
    run: (store) => copy(store, IN_PARTS),
  },
  usual: {
    options: LOST_CREATE,
    async run(store) {
      const cancelled = await cancelInParts(store);
      const kept = await copy(store, { ...IN_PARTS, ifExists: 'fail' });
      return [...cancelled, ...kept, ...(await resumeInParts(store)), ...(await copyPrefix(store, IN_PARTS))];
    },
  },
  plan: {
    async run(store) {
      await planCopy({ store, source: film, destination });
      return [];
    },
  },
  version: {
    options: { buckets: [{ name: 'media', versioning: 'enabled' }, 'archive'] },
    async run(store, server) {
      const versionId = server.object('media', film.key)?.versionId;
      return copy(store, { ...IN_PARTS, source: { ...film, versionId } });
    },
  },
  'if-exists': { run: (store) => copy(store, { ...IN_PARTS, ifExists: 'fail' }) },
  acl: { run: (store) => copy(store, { ...IN_PARTS, preserve: { acl: true } }) },
  lock: {
    options: LOCKABLE,
    objects: [{ objectLock: RETAINED }],
    run: (store) => copy(store, { ...IN_PARTS, preserve: { objectLock: true } }),
  },
  'legal-hold': {
    options: LOCKABLE,
    objects: [{ objectLock: { legalHold: true } }],
    run: (store) => copy(store, { ...IN_PARTS, preserve: { objectLock: true } }),
  },
  kms: {
    objects: [{ encryption: { type: 'SSE-KMS', keyId: 'arn:aws:kms:eu-west-1:111122223333:key/source' } }],
    run: (store) =>
      copy(store, {
        ...IN_PARTS,
        destination: {
          ...destination,
          sse: { type: 'SSE-KMS', keyId: 'arn:aws:kms:eu-west-1:111122223333:key/destination' },
        },
      }),
  },
  annotations: {
    objects: [{ annotations: { summary: 'a film' } }],
    run: (store) => copy(store, { ...IN_PARTS, preserve: { annotations: true } }),
  },
  prefix: { run: (store) => copyPrefix(store, {}) },
  sync: {
    objects: [{}, { bucket: 'archive', key: 'films/extra' }],
    run: (store) => copyPrefix(store, { ifExists: 'skip-same', deleteExtra: true, maxDelete: 10 }),
  },
  uploads: {
    async run(store) {
      await store.listMultipartUploads({ bucket: 'archive', prefix: 'films/' });
      await store.abortMultipartUpload({ ...destination, uploadId: 'one that is gone' }).catch((error: unknown) => {
        if (!isStoreError(error) || error.vendorCode !== 'NoSuchUpload') throw error;
      });
      return [];
    },
  },
};

/** How a feature ends with exactly these permissions: `works`, `warns: CODE` or `fails: CODE`. */
export async function outcomeOf(name: string, vendor: Vendor, policy: TestPolicy): Promise<string> {
  const feature = FEATURES[name];
  if (feature === undefined) throw new Error(`There is no feature ${name}`);
  const objects = (feature.objects ?? [{}]).map((object): TestObject => ({
    ...film,
    size: SIZE,
    tags: { project: 'films' },
    ...object,
  }));
  const server = await startTestStore({ buckets: ['archive'], ...feature.options, objects, policy });
  const { endpoint, credentials } = server;
  const store = vendor === 's3' ? s3Store({ endpoint, credentials }) : obsStore({ endpoint, credentials });
  try {
    const warnings = await feature.run(store, server);
    return warnings.length === 0 ? 'works' : `warns: ${[...new Set(warnings)].join(', ')}`;
  } catch (error) {
    return `fails: ${isCopyError(error) ? error.code : String(error)}`;
  } finally {
    await server.close();
  }
}
