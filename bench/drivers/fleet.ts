import { pathToFileURL } from 'node:url';
import { createPostgresBackend, Queue, Worker } from 'bullmq';

import type * as Fleet from '../../src/bullmq/index.ts';
import type * as Library from '../../src/index.ts';
import { COPY_PREFIX, SMALL_PREFIX } from '../store/small-objects.ts';
import { ACCESS_KEY, BUCKET, type DriverOptions, REGION, warmUp } from './driver.ts';

const JOBS_AT_A_TIME = 4;

/** Copies a prefix of small objects by a queue: enqueues, works and waits for the result in one process. Variants: `redis`, `postgres`. */
export async function prepare(options: DriverOptions, variant: string): Promise<() => Promise<unknown>> {
  const { library, endpoint, concurrency, queue: url = '' } = options;
  const { s3Store } = (await import(pathToFileURL(library).href)) as typeof Library;
  const fleet = new URL('bullmq/index.js', pathToFileURL(library)).href;
  const { copyProcessor, copyWorkerOptions, enqueueCopies } = (await import(fleet)) as typeof Fleet;
  const stores = { eu: s3Store({ endpoint, region: REGION, credentials: ACCESS_KEY }) };
  await warmUp({ s3Store });
  const name = `copies-${Date.now()}`;
  const more = { ...copyWorkerOptions, concurrency: JOBS_AT_A_TIME };
  const processor = copyProcessor({ stores, concurrency: concurrency / JOBS_AT_A_TIME }) as never;
  const postgres = { connectionString: url, migrate: true };
  const queue =
    variant === 'redis'
      ? new Queue(name, { connection: { url } })
      : new Queue(name, { connection: postgres }, createPostgresBackend);
  await queue.waitUntilReady();
  const worker =
    variant === 'redis'
      ? new Worker(name, processor, { ...more, autorun: false, connection: { url, maxRetriesPerRequest: null } })
      : new Worker(name, processor, { ...more, autorun: false, connection: postgres }, createPostgresBackend);
  await worker.waitUntilReady();
  return async () => {
    void worker.run();
    const run = await enqueueCopies(queue as Fleet.CopyQueue, {
      stores,
      from: 'eu',
      source: { bucket: BUCKET, prefix: SMALL_PREFIX },
      destination: { bucket: BUCKET, prefix: COPY_PREFIX },
    });
    const { failed } = await run.result();
    if (failed > 0) throw new Error(`${failed} objects failed`);
  };
}
