import { describe, expect, test } from 'vitest';
import { copyProcessor, copyWorkerOptions, enqueueCopies, retryFailures } from '../../src/bullmq/index.ts';
import type { JobFailure } from '../../src/jobs/index.ts';
import { expectAllCopied } from '../many/set-up-run.ts';
import { ENGINES, openQueue, startWorker, type TestQueue } from './queues.ts';
import { gate, refusal, setUpCopies } from './set-up-copies.ts';

const HOUSEKEEPING: readonly [string, boolean, (queue: TestQueue) => Promise<unknown>][] = [
  ['obliterated', true, (queue) => queue.obliterate({ force: true })],
  ['drained', true, (queue) => queue.drain()],
  ['cleaned of what is completed', false, (queue) => queue.clean(0, 0, 'completed')],
];

/** A processor that is told that nobody runs its jobs again. */
function atLastAttempt(processor: ReturnType<typeof copyProcessor>): typeof processor {
  return (job, token, signal) => processor(Object.assign(job, { attemptsMade: 11 }), token, signal);
}

describe.each(ENGINES)('on %s', (engine) => {
  test.each(HOUSEKEEPING)('a queue that is %s half-way changes no count', async (_, isLost, keepHouse) => {
    const { testStore, stores, asked } = await setUpCopies(1000);
    const gated = gate(stores.eu, 'c/500');
    const queue = openQueue(engine);
    const run = await enqueueCopies(queue, asked);
    const processor = copyProcessor({ stores: { eu: gated.store } });
    startWorker(engine, queue, processor, { ...copyWorkerOptions, concurrency: 1 });
    await expect.poll(() => gated.isWaiting).toBe(true);
    await keepHouse(queue);
    gated.open();
    const problem = await run.result({ lookEveryMs: 100 }).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(problem).toMatch(isLost ? /^Run \w+ can't end as [1-9]\d* of its jobs were removed from the queue/ : /^$/);
    const again = await enqueueCopies(queue, asked);
    expect(await again.result()).toMatchObject({ listed: 1000, copied: 1000, failed: 0, bytes: 100_000 });
    expect(testStore.stats().operations.copyObject).toBe(1000);
    expectAllCopied(testStore);
  });

  test('two machines that enqueue at the same moment, while workers copy, add nothing twice', async () => {
    const { testStore, stores, asked } = await setUpCopies(1000);
    const queue = openQueue(engine);
    startWorker(engine, queue, copyProcessor({ stores }), copyWorkerOptions);
    const machines = [queue, openQueue(engine, queue.name)];
    const runs = await Promise.all(machines.map((machine) => enqueueCopies(machine, asked)));
    for (const run of runs) expect(await run.result()).toMatchObject({ listed: 1000, copied: 1000 });
    expect(testStore.stats().operations.copyObject).toBe(1000);
  });

  test('a run that was removed is copied anew, though the queue still has its jobs, by two machines, too', async () => {
    const { testStore, stores, asked } = await setUpCopies(300);
    const queue = openQueue(engine);
    startWorker(engine, queue, copyProcessor({ stores }), copyWorkerOptions);
    const first = await enqueueCopies(queue, asked);
    await first.result();
    await first.remove();
    const machines = [queue, openQueue(engine, queue.name)];
    const runs = await Promise.all(machines.map((machine) => enqueueCopies(machine, asked)));
    for (const run of runs) {
      expect(await run.result({ lookEveryMs: 500 })).toMatchObject({ listed: 300, copied: 300, failed: 0 });
    }
    expectAllCopied(testStore);
  });

  test('what failed is enqueued again only when its run has ended', async () => {
    const fault = refusal('c/010');
    const { testStore, stores, asked } = await setUpCopies(300, { faults: [fault.refuse] });
    const gated = gate(stores.eu, 'c/299');
    const queue = openQueue(engine);
    const run = await enqueueCopies(queue, { ...asked, runId: 'r' });
    startWorker(engine, queue, copyProcessor({ stores: { eu: gated.store } }), copyWorkerOptions);
    await expect.poll(async () => (await run.progress()).failed).toBe(1);
    await expect(retryFailures(queue, 'r')).rejects.toThrow("Cannot retry run 'r' as it hasn't ended");
    // What has failed so far, as a run of its own.
    const failures: JobFailure[] = [];
    for await (const failure of run.failures()) failures.push(failure);
    fault.isOn = false;
    const own = await enqueueCopies(queue, {
      ...asked,
      runId: 'failed-so-far',
      source: { bucket: 'src', objects: failures.map(({ source, destination }) => ({ ...source, destination })) },
      destination: { bucket: 'dst' },
    });
    expect(await own.result()).toMatchObject({ listed: 1, copied: 1 });
    gated.open();
    expect(await run.result()).toMatchObject({ listed: 300, copied: 299, failed: 1 });
    const runs = await Promise.all([retryFailures(queue, 'r'), retryFailures(openQueue(engine, queue.name), 'r')]);
    for (const retried of runs) expect(await retried.result()).toMatchObject({ listed: 1, copied: 1, failed: 0 });
    expectAllCopied(testStore);
  });

  test('a job of a later version waits for a worker that knows it, and is never taken for done', async () => {
    const { testStore, stores, asked } = await setUpCopies(40);
    const queue = openQueue(engine);
    const run = await enqueueCopies(queue, asked);
    const [job] = await queue.getJobs(['prioritized']);
    const made = job?.data;
    await job?.updateData({ ...made, version: 2, objects: { packed: '…' } });
    const worker = startWorker(engine, queue, copyProcessor({ stores }), copyWorkerOptions);
    const failed = new Promise<Error>((resolve) => {
      worker.on('failed', (_, error) => resolve(error));
    });
    expect((await failed).message).toMatch(/'version' of runJob is 2, and this version of the library knows 1: update/);
    expect(await run.progress()).toMatchObject({ copied: 0, failed: 0, isFinished: false });
    await worker.close();
    const last = startWorker(engine, queue, atLastAttempt(copyProcessor({ stores })), copyWorkerOptions);
    await expect(run.result({ lookEveryMs: 100 })).rejects.toThrow(
      / 1 ended there without a record \(the first: \w+, Field of the job 'version' of runJob is 2/,
    );
    await last.close();
    await job?.updateData(made as object);
    startWorker(engine, queue, copyProcessor({ stores }), copyWorkerOptions);
    expect(await (await enqueueCopies(queue, asked)).result()).toMatchObject({ listed: 40, copied: 40, failed: 0 });
    expectAllCopied(testStore);
  });
});
