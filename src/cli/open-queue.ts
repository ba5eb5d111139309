import type { createPostgresBackend as postgresBackend, Queue, Worker, WorkerOptions } from 'bullmq';
import type { CopyQueue } from '../bullmq/index.ts';
import { CopyOptionsError } from '../errors.ts';

/** Options that say where a queue is. */
export interface QueueFlags {
  readonly redis?: string;
  readonly postgres?: string;
  readonly queue?: string;
}

interface Bullmq {
  readonly Queue: typeof Queue;
  readonly Worker: typeof Worker;
  readonly createPostgresBackend: typeof postgresBackend;
}

/** A queue as the command line uses it. */
export type OpenQueue = CopyQueue & Pick<Queue, 'pause' | 'resume' | 'isPaused' | 'getJobCounts' | 'close'>;

const DEFAULT_QUEUE = 'copies';
const CONNECT_WITHIN_MS = 10_000;

/**
 * Opens a queue of BullMQ.
 *
 * @param migrate - makes the tables of BullMQ in a Postgres that has none
 * @throws CopyOptionsError if no server is named, or two, if BullMQ isn't installed, if the server doesn't answer within ten seconds, or
 * if it has no tables of BullMQ
 */
export async function openQueue(flags: QueueFlags, { migrate }: { readonly migrate: boolean }): Promise<OpenQueue> {
  const { queue: name = DEFAULT_QUEUE } = flags;
  const url = readUrl(flags);
  const { Queue: Queues, createPostgresBackend } = await loadBullmq(flags);
  const queue =
    flags.redis === undefined
      ? new Queues(name, { connection: { connectionString: url, migrate } }, createPostgresBackend)
      : new Queues(name, { connection: { url } });
  let problem = '';
  queue.on('error', (error: Error) => {
    problem = error.message;
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(problem)), CONNECT_WITHIN_MS);
  });
  try {
    await Promise.race([queue.waitUntilReady(), late]);
  } catch (error) {
    void queue.close().catch(() => undefined);
    const { name: kind, message } = error as Error;
    const { host, pathname } = new URL(url);
    if (kind === 'SchemaMigrationRequiredError') {
      throw new CopyOptionsError(
        `Database ${host}${pathname} has no queue that this BullMQ can read; enqueueCopies or a worker makes one (${message})`,
      );
    }
    throw new CopyOptionsError(`Cannot reach the queue at ${host}: ${message}`);
  } finally {
    clearTimeout(timer);
  }
  return queue;
}

/** Starts a worker on a queue that was opened before. */
export async function startWorker(
  flags: QueueFlags,
  processor: unknown,
  options: Omit<WorkerOptions, 'connection'>,
): Promise<Worker> {
  const { queue: name = DEFAULT_QUEUE } = flags;
  const url = readUrl(flags);
  const { Worker: Workers, createPostgresBackend } = await loadBullmq(flags);
  const worker =
    flags.redis === undefined
      ? (new Workers(
          name,
          processor as never,
          { ...options, connection: { connectionString: url } },
          createPostgresBackend,
        ) as unknown as Worker)
      : new Workers(name, processor as never, { ...options, connection: { url, maxRetriesPerRequest: null } });
  // Without a listener an error ends the process.
  worker.on('error', () => undefined);
  // A worker that finds no Postgres says so here only, and never works.
  await worker.waitUntilReady();
  return worker;
}

function readUrl({ redis, postgres }: QueueFlags): string {
  if ((redis === undefined) === (postgres === undefined)) {
    throw new CopyOptionsError('Name the server of the queue: either --redis <url> or --postgres <url>');
  }
  const url = redis ?? postgres ?? '';
  const schemes = redis === undefined ? ['postgres:', 'postgresql:'] : ['redis:', 'rediss:'];
  if (!URL.canParse(url) || !schemes.includes(new URL(url).protocol)) {
    // It may hold a password.
    throw new CopyOptionsError(
      `--${redis === undefined ? 'postgres' : 'redis'} must be an address such as ${schemes[0]}//host/0`,
    );
  }
  return url;
}

async function loadBullmq({ postgres }: QueueFlags): Promise<Bullmq> {
  const needed = postgres === undefined ? 'bullmq ioredis' : 'bullmq pg';
  const loaded = await import('bullmq').catch((error: unknown) => {
    throw new CopyOptionsError(`Queues need a package that isn't installed: npm install ${needed}`, { cause: error });
  });
  if (postgres !== undefined && typeof loaded.createPostgresBackend !== 'function') {
    throw new CopyOptionsError('Queues on Postgres need BullMQ 6: npm install bullmq@6 pg');
  }
  return loaded;
}
