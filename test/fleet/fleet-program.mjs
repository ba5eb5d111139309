/**
 * What the processes of a fleet have in common: the queue, on either engine, and the stores. Plain JavaScript on top of the build, so that
 * they start fast. A JSON document as the only argument says which.
 */
import { s3Store } from '../../dist/index.js';

// BullMQ 5, which has no `createPostgresBackend`, is tried by naming where it is installed.
const bullmq = await import(process.env.FLEET_BULLMQ ?? 'bullmq');

export const asked = JSON.parse(process.argv[2]);
const { engine, url, queue: name, endpoint, credentials } = asked;

export const stores = { eu: s3Store({ endpoint, credentials, region: 'us-east-1', requestTimeoutMs: 10_000 }) };

// The test that started it may be killed.
process.stdin.on('end', () => process.exit(1)).resume();

const ignore = () => undefined;

export function openQueue() {
  const queue =
    engine === 'redis'
      ? new bullmq.Queue(name, { connection: { url } })
      : new bullmq.Queue(name, { connection: { connectionString: url } }, bullmq.createPostgresBackend);
  queue.on('error', ignore);
  return queue;
}

export function startWorker(processor, options) {
  const worker =
    engine === 'redis'
      ? new bullmq.Worker(name, processor, { ...options, connection: { url, maxRetriesPerRequest: null } })
      : new bullmq.Worker(
          name,
          processor,
          { ...options, connection: { connectionString: url } },
          bullmq.createPostgresBackend,
        );
  worker.on('error', ignore);
  return worker;
}
