import { Redis } from 'ioredis';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { copyProcessor, copyWorkerOptions, enqueueCopies, retryFailures } from '../../src/bullmq/index.ts';
import type { CopyStore } from '../../src/index.ts';
import { expectAllCopied } from '../many/set-up-run.ts';
import { ENGINES, openQueue, startWorker } from './queues.ts';
import { refusal, setUpCopies } from './set-up-copies.ts';

describe.each(ENGINES)('on %s', (engine) => {
  test('a process that stood still while it listed adds nothing to a run that was started again', async () => {
    const { testStore, stores, asked } = await setUpCopies(200);
    const queue = openQueue(engine);
    let goOn = (): void => undefined;
    const standing = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let isListing = false;
    const listObjects: CopyStore['listObjects'] = async (request) => {
      isListing = true;
      await standing;
      return stores.eu.listObjects!(request);
    };
    const stale = enqueueCopies(queue, { ...asked, runId: 'r', stores: { eu: { ...stores.eu, listObjects } } });
    await expect.poll(() => isListing).toBe(true);
    const first = await enqueueCopies(queue, { ...asked, runId: 'r' });
    const worker = startWorker(engine, queue, copyProcessor({ stores }), copyWorkerOptions);
    expect(await first.result()).toMatchObject({ listed: 200, copied: 200 });
    await worker.close();
    const again = await enqueueCopies(queue, { ...asked, runId: 'r', again: true });
    goOn();
    await stale;
    startWorker(engine, queue, copyProcessor({ stores }), copyWorkerOptions);
    expect(await again.result()).toMatchObject({ listed: 200, copied: 200 });
    expect(testStore.stats().operations.copyObject).toBe(400);
    expectAllCopied(testStore);
  });

  test('what fails in a run that was started again can be enqueued again, too', async () => {
    const fault = refusal('c/57');
    const { testStore, stores, asked } = await setUpCopies(100, { faults: [fault.refuse] });
    const queue = openQueue(engine);
    startWorker(engine, queue, copyProcessor({ stores }), copyWorkerOptions);
    for (const more of [{}, { again: true }]) {
      fault.isOn = true;
      const run = await enqueueCopies(queue, { ...asked, ...more });
      expect(await run.result()).toMatchObject({ copied: 99, failed: 1 });
      fault.isOn = false;
      const retried = await retryFailures(queue, run.id);
      expect(retried.isFinished).toBe(false);
      expect(await retried.result()).toMatchObject({ listed: 1, copied: 1, failed: 0 });
    }
    expectAllCopied(testStore);
  });
});

describe('of a Redis that evicts keys', () => {
  async function evict(queue: string, key: string): Promise<void> {
    const redis = new Redis(inject('redisUrl'));
    onTestFinished(() => redis.disconnect());
    expect(await redis.del(`copy-large-object:bull:${queue}:{r}:${key}`)).toBe(1);
  }

  test('a run says that its records are gone, and never that it is finished', async () => {
    const { stores, asked } = await setUpCopies(200);
    const queue = openQueue('redis');
    const run = await enqueueCopies(queue, { ...asked, runId: 'r' });
    await evict(queue.name, 'pending');
    startWorker('redis', queue, copyProcessor({ stores }), copyWorkerOptions);
    await expect(run.result({ lookEveryMs: 100 })).rejects.toThrow(
      /the records of \d+ of its jobs are gone: Redis must not evict keys/,
    );
    expect((await run.progress()).isFinished).toBe(false);
  });

  test('a run whose counts are gone begins with none', async () => {
    const { testStore, stores, asked } = await setUpCopies(200);
    const queue = openQueue('redis');
    await enqueueCopies(queue, { ...asked, runId: 'r' });
    await evict(queue.name, 'run');
    const run = await enqueueCopies(queue, { ...asked, runId: 'r' });
    startWorker('redis', queue, copyProcessor({ stores }), copyWorkerOptions);
    expect(await run.result()).toMatchObject({ listed: 200, copied: 200 });
    expectAllCopied(testStore);
  });
});
