import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bucketReport, copyProcessor, copyWorkerOptions, enqueueCopies, openRun } from '../../src/bullmq/index.ts';
import { fileReport, type ObjectOutcome } from '../../src/index.ts';
import { expectAllCopied } from '../many/set-up-run.ts';
import { ENGINES, type EngineName, openQueue, startWorker } from './queues.ts';
import { gate, setUpCopies } from './set-up-copies.ts';
import { startPostgres } from './start-postgres.ts';
import { startRedis } from './start-redis.ts';

/** An engine of its own with a run of 200 objects, which was kept before a job of it had ended. */
async function setUpKept(name: EngineName, more = {}) {
  const engine = await (name === 'redis' ? startRedis() : startPostgres());
  onTestFinished(() => engine.stop());
  const { testStore, stores, asked } = await setUpCopies(200);
  const queue = openQueue(name, 'copies', engine.url);
  const run = await enqueueCopies(queue, { ...asked, runId: 'r', ...more });
  await engine.keep();
  const startWorkers = (waiting = '') => {
    const gated = gate(stores.eu, waiting);
    startWorker(name, queue, copyProcessor({ stores: { eu: gated.store } }), copyWorkerOptions);
    return gated;
  };
  return { engine, testStore, stores, queue, run, startWorkers };
}

const SET_BACK = /which are not those of run r, whose records know of 0: .* if the queue's server was set back/;

describe.each(ENGINES)('a %s that has lost what it had answered', (name) => {
  test('has its workers do again what it forgot, and counts each object once', async () => {
    const { engine, testStore, run, startWorkers } = await setUpKept(name);
    startWorkers();
    expect(await run.result()).toMatchObject({ listed: 200, copied: 200 });
    await engine.setBack();
    expect(await run.progress()).toMatchObject({ listed: 200, copied: 0, isFinished: false });
    expect(await run.result()).toMatchObject({ listed: 200, copied: 200, failed: 0, bytes: 20_000 });
    expectAllCopied(testStore);
  });

  test('leaves no report that has an object twice, or lacks one', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'set-back-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = path.join(folder, 'run.ndjson');
    const { engine, queue, run, startWorkers } = await setUpKept(name, { report: fileReport(file) });
    const { open } = startWorkers('c/199');
    const waiting = run.result();
    await expect.poll(() => readFile(file, 'utf8')).toContain('copied');
    await engine.setBack();
    open();
    await expect(waiting).rejects.toThrow(SET_BACK);
    const before = await readFile(file, 'utf8');
    await expect((await openRun(queue, 'r', fileReport(file))).result()).rejects.toThrow(SET_BACK);
    expect(await readFile(file, 'utf8')).toBe(before);
    // As the error says.
    await writeFile(file, '');
    expect(await (await openRun(queue, 'r', fileReport(file))).result()).toMatchObject({ copied: 200 });
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(200);
    expect(new Set(lines.map((line) => (JSON.parse(line) as ObjectOutcome).source.key)).size).toBe(200);
  });

  test('leaves no report in a bucket that has an object twice', async () => {
    const { stores } = await setUpCopies(0);
    const place = { store: stores.eu, bucket: 'dst', prefix: 'reports/', linesPerObject: 30 };
    const { engine, queue, run, startWorkers } = await setUpKept(name, { report: bucketReport(place) });
    startWorkers();
    await run.result();
    await engine.setBack();
    const again = await openRun(queue, 'r', bucketReport(place));
    await expect(again.result()).rejects.toThrow(/^Report dst\/reports\/ has lines behind line 0, which are not those/);
  });
});
