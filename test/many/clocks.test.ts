import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { copyLargeObject, type CopyObjectsOptions, type CopyStore, fileReport } from '../../src/index.ts';
import { runJob } from '../../src/jobs/index.ts';
import { planPages } from '../../src/jobs/plan-jobs.ts';
import { ObjectSelection } from '../../src/many/select-objects.ts';
import type { TestStore } from '../../src/testing/index.ts';
import { setUpReport } from './set-up-report.ts';
import { FAST_RETRY, observeRun, setUpRun } from './set-up-run.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The same server as another one, whose clock is so far ahead of the first one's. */
function asOtherStore(store: CopyStore, aheadMs: number): CopyStore {
  const move = <T extends object>(facts: T): T =>
    Object.fromEntries(
      Object.entries(facts).map(([name, fact]) => [name, fact instanceof Date ? new Date(+fact + aheadMs) : fact]),
    ) as T;
  return {
    ...store,
    traits: { ...store.traits, dialect: 's3', endpoint: 'http://other.example' },
    headObject: async (request) => move(await store.headObject(request)),
    listObjects: async (request) => {
      const page = (await store.listObjects?.(request)) ?? { objects: [], next: undefined };
      return { ...move(page), objects: page.objects.map(move) };
    },
  };
}

/** Writes objects in parts, so that their ETags say nothing, as if that had been so long ago. */
function putInParts(testStore: TestStore, bucket: string, keys: readonly string[], agoMs: number, partSize = 10): void {
  testStore.setClock(-agoMs);
  for (const key of keys) testStore.putObject({ bucket, key, size: 30, partSize });
  testStore.setClock(0);
}

const NAMES = ['0', '1', '2'];
const SOURCES = NAMES.map((name) => `t/${name}`);

describe.each([-HOUR, 0, HOUR])('if the clock of the destination is %d ms ahead of the source’s', (aheadMs) => {
  const waysToSync: [string, (options: CopyObjectsOptions) => Promise<number>][] = [
    ['a listing', async (options) => (await observeRun(options)).result?.copied ?? -1],
    [
      'a list',
      async (options) => {
        const objects = SOURCES.map((key) => ({ key, size: 30, etag: undefined, lastModified: undefined }));
        const destination = ({ name }: { name: string }) => ({ bucket: 'dst', key: `c/${name.slice(2)}` });
        const asked = { ...options, source: { bucket: 'src', objects }, destination };
        return (await observeRun(asked)).result?.copied ?? -1;
      },
    ],
    [
      'single copies',
      async ({ store, sourceStore, ifExists, retry }) => {
        let copied = 0;
        for (const name of NAMES) {
          const source = { bucket: 'src', key: `t/${name}` };
          const destination = { bucket: 'dst', key: `c/${name}` };
          const result = await copyLargeObject({ store, sourceStore, ifExists, retry, source, destination });
          if (result.strategy !== 'skipped') copied++;
        }
        return copied;
      },
    ],
  ];

  it.each(waysToSync)('a sync of %s leaves what is the same, and copies what has changed', async (_, sync) => {
    const { testStore, options } = await setUpRun(0, { buckets: ['src', 'dst'] });
    const store = asOtherStore(options.store, aheadMs);
    const asked = { ...options, store, sourceStore: options.store, ifExists: 'skip-same' } as const;
    const copies = NAMES.map((name) => `c/${name}`);
    putInParts(testStore, 'src', SOURCES, 30 * MINUTE);
    putInParts(testStore, 'dst', copies, 20 * MINUTE, 15);
    expect(await sync(asked)).toBe(0);
    putInParts(testStore, 'src', SOURCES, 10 * MINUTE);
    expect(await sync(asked)).toBe(3);
  });
});

describe.each([-HOUR, HOUR])('if the clock of the store is %d ms ahead of this machine’s', (aheadMs) => {
  it.each(['overwrite', 'fail'] as const)(
    'what a killed run has copied is found, with ifExists %s',
    async (ifExists) => {
      const { testStore, options, file } = await setUpReport(60);
      testStore.setClock(aheadMs);
      await observeRun({ ...options, ifExists });
      const lines = (await readFile(file, 'utf8')).split('\n');
      await writeFile(file, `${lines.slice(0, 20).join('\n')}\n`);
      const before = testStore.stats().operations.copyObject;
      const { result } = await observeRun({ ...options, ifExists, report: fileReport(file) });
      expect(result).toMatchObject({ copied: 40, skipped: 20, failed: 0 });
      expect(testStore.stats().operations.copyObject).toBe(before);
    },
  );

  it('what stood there before the first run is none of its copies, though its bytes are the same', async () => {
    const { testStore, options, file } = await setUpReport(20);
    testStore.setClock(aheadMs - 30 * MINUTE);
    await observeRun({ ...options, report: undefined });
    testStore.setClock(aheadMs);
    const source = { bucket: 'src', objects: ['t/00'] };
    await observeRun({ ...options, source, destination: { bucket: 'dst', prefix: 'else/' } });
    const { result } = await observeRun({ ...options, report: fileReport(file) });
    expect(result).toMatchObject({ copied: 20 });
    expect(testStore.stats().operations).toMatchObject({ copyObject: 41 });
  });

  it('a job that comes again knows its copies, and takes no older object for one', async () => {
    const { testStore, options } = await setUpRun(0, { buckets: ['src', 'dst'] });
    const { store } = options;
    testStore.setClock(aheadMs - 30 * MINUTE);
    for (const name of ['old', 'new']) testStore.putObject({ bucket: 'src', key: `t/${name}`, size: 30, partSize: 10 });
    testStore.putObject({ bucket: 'dst', key: 'c/old', size: 30, partSize: 15 });
    const { etag } = testStore.object('dst', 'c/old') ?? {};
    testStore.setClock(aheadMs);
    const selection = new ObjectSelection(options);
    const places = { source: { bucket: 'src', prefix: 't/' }, destination: { bucket: 'dst', prefix: 'c/' } };
    const plan = planPages(selection.pages(), { from: 'eu', ...places }, selection.now);
    const worker = { stores: { eu: store }, retry: FAST_RETRY };
    const copies = () => testStore.stats().operations.copyObject ?? 0;
    for await (const job of plan) {
      testStore.setFaults([
        { kind: 'error', status: 403, code: 'AccessDenied', operation: 'copyObject', key: 'c/old' },
      ]);
      expect(await runJob(job, worker)).toMatchObject({ copied: 1, failed: 1 });
      testStore.setFaults([]);
      const before = copies();
      expect(await runJob(job, { ...worker, redelivered: true })).toMatchObject({ copied: 2, failed: 0 });
      expect(copies() - before).toBe(1);
    }
    expect(testStore.object('dst', 'c/old')?.etag).not.toBe(etag);
  });
});
