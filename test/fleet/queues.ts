import { createPostgresBackend, Queue, Worker, type WorkerOptions } from 'bullmq';
import { inject, onTestFinished } from 'vitest';
import type { CopyQueue } from '../../src/bullmq/index.ts';

type AnyProcessor = (job: never, token: string | undefined, signal: AbortSignal | undefined) => Promise<unknown>;

/** The two engines that BullMQ has. */
export const ENGINES = ['redis', 'postgres'] as const;
export type EngineName = (typeof ENGINES)[number];

const ignore = (): void => undefined;
let queues = 0;

/** How a test uses a queue of BullMQ beside what the library does. */
export interface TestQueue extends CopyQueue {
  obliterate(options: { force: boolean }): Promise<void>;
  clean(graceMs: number, limit: number, state: 'failed' | 'completed'): Promise<string[]>;
  getJobCounts(): Promise<Record<string, number>>;
  waitUntilReady(): Promise<unknown>;
  pause(): Promise<void>;
  drain(): Promise<void>;
  getJobs(
    states: 'prioritized'[],
  ): Promise<{ readonly data: Readonly<Record<string, unknown>>; updateData(data: object): Promise<void> }[]>;
  resume(): Promise<void>;
  /** Of its engine. */
  readonly url: string;
}

/** A queue of its own on an engine. */
export function openQueue(
  engine: EngineName,
  name = `copies-${++queues}-${process.pid}`,
  url: string = inject(engine === 'redis' ? 'redisUrl' : 'postgresUrl'),
): TestQueue {
  const queue =
    engine === 'redis'
      ? new Queue(name, { connection: { url } })
      : new Queue(name, { connection: { connectionString: url, migrate: true } }, createPostgresBackend);
  queue.on('error', ignore);
  onTestFinished(() => queue.close());
  return Object.assign(queue, { url });
}

/** A worker in this process. */
export function startWorker(
  engine: EngineName,
  queue: TestQueue,
  processor: AnyProcessor,
  options: Omit<WorkerOptions, 'connection'> = {},
): { close(): Promise<void>; on(event: 'failed', listener: (job: unknown, error: Error) => void): unknown } {
  const worker =
    engine === 'redis'
      ? new Worker(queue.name, processor as never, {
          ...options,
          connection: { url: queue.url, maxRetriesPerRequest: null },
        })
      : new Worker(
          queue.name,
          processor as never,
          { ...options, connection: { connectionString: queue.url } },
          createPostgresBackend,
        );
  worker.on('error', ignore);
  onTestFinished(() => worker.close());
  return worker;
}
