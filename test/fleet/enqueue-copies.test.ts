import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  bucketReport,
  copyProcessor,
  copyWorkerOptions,
  enqueueCopies,
  openRun,
  retryFailures,
} from '../../src/bullmq/index.ts';
import { CopyOptionsError, type CopyStore, fileReport, type ObjectOutcome, s3Store } from '../../src/index.ts';
import { expectAllCopied } from '../many/set-up-run.ts';
import { ENGINES, openQueue, startWorker } from './queues.ts';
import { refusal, setUpCopies } from './set-up-copies.ts';

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fleet-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

async function readObject(store: CopyStore, bucket: string, key: string): Promise<string> {
  const read = await store.getObject?.({ bucket, key, start: 0, end: 8_000_000 });
  return Buffer.from(read?.bytes ?? []).toString();
}

describe.each(ENGINES)('on %s', (engine) => {
  test('workers copy all that is enqueued, and the run says so', async () => {
    const { testStore, stores, asked } = await setUpCopies(300);
    const queue = openQueue(engine);
    const run = await enqueueCopies(queue, asked);
    expect(run.isFinished).toBe(false);
    expect(await run.progress()).toMatchObject({ listed: 300, isListed: true, copied: 0, bytesTotal: 30_000 });
    startWorker(engine, queue, copyProcessor({ stores }), copyWorkerOptions);
    expect(await run.result()).toMatchObject({
      listed: 300,
      copied: 300,
      skipped: 0,
      failed: 0,
      gone: 0,
      bytes: 30_000,
      failures: [],
    });
    expectAllCopied(testStore);
    expect(await run.progress()).toMatchObject({ isFinished: true, etaMs: 0, workers: 1 });
  });

  test('progress goes by the clock of the queue’s server, not by that of who looks', async () => {
    const { asked } = await setUpCopies(10);
    const run = await enqueueCopies(openQueue(engine), asked);
    const hour = 3_600_000;
    const now = Date.now();
    for (const byMs of [hour, -hour]) {
      vi.spyOn(Date, 'now').mockReturnValue(now + byMs);
      const { elapsedMs } = await run.progress();
      vi.restoreAllMocks();
      expect(elapsedMs).toBeGreaterThan(1);
      expect(elapsedMs).toBeLessThan(hour / 2);
    }
  });

  test('workers share the rate of the run', async () => {
    const { testStore, stores, asked } = await setUpCopies(160);
    const queue = openQueue(engine);
    const run = await enqueueCopies(queue, { ...asked, maxRequestsPerSecond: 20, verify: 'none' });
    const listed = testStore.stats().requests;
    const startedAt = performance.now();
    startWorker(engine, queue, copyProcessor({ stores }), copyWorkerOptions);
    startWorker(engine, queue, copyProcessor({ stores }), copyWorkerOptions);
    expect(await run.result()).toMatchObject({ copied: 160 });
    const seconds = (performance.now() - startedAt) / 1000;
    // Each worker alone would send 20 a second.
    expect((testStore.stats().requests - listed) / seconds).toBeLessThan(23);
  });

  test('the same run enqueued twice adds nothing twice, and a finished one says that it is', async () => {
    const { testStore, stores, asked } = await setUpCopies(200);
    const queue = openQueue(engine);
    const [first, second] = await Promise.all([enqueueCopies(queue, asked), enqueueCopies(queue, asked)]);
    expect(second.id).toBe(first.id);
    const worker = startWorker(engine, queue, copyProcessor({ stores }), copyWorkerOptions);
    expect(await first.result()).toMatchObject({ listed: 200, copied: 200 });
    expect(testStore.stats().operations.copyObject).toBe(200);
    const third = await enqueueCopies(queue, asked);
    expect(third.isFinished).toBe(true);
    expect(await third.result()).toMatchObject({ listed: 200, copied: 200 });
    const again = await enqueueCopies(queue, { ...asked, again: true });
    expect(again.isFinished).toBe(false);
    expect(await again.result()).toMatchObject({ listed: 200, copied: 200 });
    expect(testStore.stats().operations.copyObject).toBe(400);
    await worker.close();
  });

  test('a report has each object once, also after the process that wrote it died', async () => {
    const { stores, asked } = await setUpCopies(300);
    const queue = openQueue(engine);
    const file = path.join(await temporaryFolder(), 'run.ndjson');
    const dying = fileReport(file);
    const died = new Error('died before it said what it had written');
    const run = await enqueueCopies(queue, {
      ...asked,
      report: {
        name: dying.name,
        read: (onLine) => dying.read(onLine),
        open: () => dying.open(),
        close: () => dying.close(),
        append: async (lines) => {
          await dying.append(lines);
          throw died;
        },
      },
    });
    startWorker(engine, queue, copyProcessor({ stores }), copyWorkerOptions);
    await expect(run.result()).rejects.toBe(died);
    const next = await enqueueCopies(queue, { ...asked, report: fileReport(file) });
    expect(await next.result()).toMatchObject({ copied: 300, report: file });
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const keys = lines.map((line) => (JSON.parse(line) as ObjectOutcome).source.key);
    expect(keys).toHaveLength(300);
    expect(new Set(keys).size).toBe(300);
    const foreign = await enqueueCopies(queue, { ...asked, runId: 'other', report: fileReport(file) });
    await expect(foreign.result()).rejects.toThrow(/has 300 lines, which are not those of run other/);
  });

  test('a report in a bucket has each object once, also after the process that wrote it died', async () => {
    const { testStore, stores, asked } = await setUpCopies(300);
    const queue = openQueue(engine);
    const died = new Error('died before it said what it had written');
    const dying = {
      ...stores.eu,
      putObject: async (request: never) => {
        await stores.eu.putObject?.(request);
        throw died;
      },
    };
    const place = { bucket: 'dst', prefix: 'reports/', linesPerObject: 130 };
    const report = bucketReport({ ...place, store: dying });
    const run = await enqueueCopies(queue, { ...asked, runId: 'told', report });
    startWorker(engine, queue, copyProcessor({ stores }), copyWorkerOptions);
    await expect(run.result()).rejects.toBe(died);
    const next = await openRun(queue, 'told', bucketReport({ ...place, store: stores.eu }));
    expect(await next.result()).toMatchObject({ copied: 300, report: 'dst/reports/' });
    const names = testStore.keys('dst').filter((key) => key.startsWith('reports/'));
    expect(names[0]).toBe('reports/told-1/000000000000.ndjson');
    const texts = await Promise.all(names.map((key) => readObject(stores.eu, 'dst', key)));
    const lines = texts.join('').trimEnd().split('\n');
    const keys = lines.map((line) => (JSON.parse(line) as ObjectOutcome).source.key);
    expect(keys).toHaveLength(300);
    expect(new Set(keys).size).toBe(300);
    for (const text of texts) expect(text.split('\n').length - 1).toBeLessThanOrEqual(130);
  });

  test('objects that fail are told of, and enqueued again', async () => {
    const fault = refusal('c/57');
    const { testStore, stores, asked } = await setUpCopies(100, { faults: [fault.refuse] });
    const queue = openQueue(engine);
    const run = await enqueueCopies(queue, asked);
    startWorker(engine, queue, copyProcessor({ stores }), copyWorkerOptions);
    const result = await run.result();
    expect(result).toMatchObject({ listed: 100, copied: 99, failed: 1 });
    expect(result.failures).toMatchObject([{ code: 'AccessDenied', retryable: false, source: { bucket: 'src' } }]);
    fault.isOn = false;
    const again = await retryFailures(queue, run.id);
    expect(await again.result()).toMatchObject({ id: `${run.id}-retry`, listed: 1, copied: 1, failed: 0 });
    expectAllCopied(testStore);
  });

  test('a job is run again while some of its objects may work later, and no object counts twice', async () => {
    let refusals = 0;
    const refuse = ({ operation, key }: { operation: string; key: string }) =>
      operation === 'copyObject' && key === 'c/57' && ++refusals <= 2
        ? ({ kind: 'error', status: 503, code: 'SlowDown' } as const)
        : undefined;
    const { testStore, stores, asked } = await setUpCopies(100, { faults: [refuse] });
    const queue = openQueue(engine);
    const run = await enqueueCopies(queue, asked);
    startWorker(engine, queue, copyProcessor({ stores, retry: { maxAttempts: 1 } }), copyWorkerOptions);
    expect(await run.result()).toMatchObject({ listed: 100, copied: 100, failed: 0, failures: [] });
    expect(testStore.stats().operations.copyObject).toBe(102);
    expectAllCopied(testStore);
  });

  test("a user's housekeeping makes no success of a loss", async () => {
    const { testStore, stores, asked } = await setUpCopies(300);
    const queue = openQueue(engine);
    const run = await enqueueCopies(queue, asked);
    await queue.obliterate({ force: true });
    startWorker(engine, queue, copyProcessor({ stores }), copyWorkerOptions);
    await expect(run.result({ lookEveryMs: 100 })).rejects.toThrow(/of its jobs were removed from the queue/);
    const again = await enqueueCopies(queue, asked);
    expect(await again.result()).toMatchObject({ listed: 300, copied: 300 });
    expectAllCopied(testStore);
  });

  test('a run is opened by its id, and one that is not there is refused', async () => {
    const { asked } = await setUpCopies(10);
    const queue = openQueue(engine);
    await enqueueCopies(queue, { ...asked, runId: 'first-run' });
    expect(await (await openRun(queue, 'first-run')).progress()).toMatchObject({ listed: 10, copied: 0 });
    await expect(openRun(queue, 'secnd')).rejects.toThrow(
      new CopyOptionsError(`There is no run 'secnd' in queue '${queue.name}': it has first-run`),
    );
    await expect(
      enqueueCopies(queue, { ...asked, runId: 'first-run', destination: { bucket: 'dst', prefix: 'elsewhere/' } }),
    ).rejects.toThrow(/Run 'first-run' is in the queue with other options/);
  });
});

test.each<[object, RegExp]>([
  [{}, /'store' of bucketReport must be a store/],
  [{ store: { name: 'mine', headObject() {} } }, /'store' of bucketReport must have putObject\(\): 'mine' has not/],
  [{ store: s3Store({ endpoint: 'http://127.0.0.1:9', credentials: false }) }, /'bucket' of bucketReport/],
])('a report in a bucket is refused: %j', (options, says) => {
  expect(() => bucketReport(options as never)).toThrow(CopyOptionsError);
  expect(() => bucketReport(options as never)).toThrow(says);
});
