import { createServer, type Server } from 'node:http';
import { closeWorker, copyProcessor, copyWorkerOptions } from '../bullmq/index.ts';
import { CopyOptionsError, messageOf } from '../errors.ts';
import { createLimiter } from '../request/limiter.ts';
import type { CopyStore } from '../store/copy-store.ts';
import { EXIT_CODES } from './exit-code.ts';
import { listenForInterruption } from './interruption.ts';
import { openQueue, type OpenQueue, type QueueFlags, startWorker } from './open-queue.ts';
import { openStore, type StoreFlags } from './open-store.ts';
import { type Output, writeEvent, writeLine } from './output.ts';

/** Options of `worker`. */
export interface WorkerFlags extends QueueFlags, StoreFlags {
  readonly store?: readonly string[];
  readonly concurrency?: number;
  readonly limitRps?: number;
  readonly healthPort?: number;
  readonly healthHost?: string;
  /** Milliseconds. */
  readonly grace?: number;
}

const DEFAULT_GRACE_MS = 25_000;
const HEALTHY_WITHIN_MS = 3000;

/**
 * Runs `worker`: copies what a queue says, until it is interrupted; then it hands its jobs back. That is what was asked for, so it gives
 * the exit code 0. Writes JSON lines.
 *
 * @throws CopyOptionsError if an option is wrong, BullMQ isn't installed, or the queue can't be reached
 */
export async function runWorkerCommand(flags: WorkerFlags, output: Output): Promise<number> {
  const { concurrency = copyWorkerOptions.concurrency, limitRps, grace = DEFAULT_GRACE_MS } = flags;
  const stores = readStores(flags);
  const limiter = limitRps === undefined ? undefined : createLimiter({ maxRequestsPerSecond: limitRps });
  const ending = new AbortController();
  const processor = copyProcessor({ stores, limiter, signal: ending.signal });
  const queue = await openQueue(flags, { migrate: true });
  const worker = await startWorker(flags, processor, { ...copyWorkerOptions, concurrency });
  worker.on('error', (error) => writeEvent(output.stdout, 'error', { message: error.message }));
  worker.on('completed', (job) => writeEvent(output.stdout, 'completed', job.returnvalue as object));
  worker.on('failed', (job, { message }) => writeEvent(output.stdout, 'failed', { id: job?.id, message }));
  const health = await serveHealth(flags, queue, ending.signal);
  writeEvent(output.stdout, 'started', { queue: queue.name, stores: Object.keys(stores), healthPort: portOf(health) });
  await new Promise<void>((resolve) => {
    listenForInterruption(resolve);
  });
  writeLine(output.stderr, 'Ending: the jobs go back to the queue');
  ending.abort(new Error('The worker was told to end'));
  // BullMQ waits without end for a connection that is lost.
  setTimeout(() => process.exit(EXIT_CODES.done), grace).unref();
  if (!(await closeWorker(worker, grace))) process.exit(EXIT_CODES.done);
  await queue.close();
  health?.close();
  return EXIT_CODES.done;
}

/** Reads `--store name=s3` or `name=obs,https://endpoint`. */
function readStores({ store = ['s3=s3'], ...flags }: WorkerFlags): Record<string, CopyStore> {
  return Object.fromEntries(
    store.map((text) => {
      const [, name = '', scheme, endpoint = flags.endpoint] = /^([^=]+)=(s3|obs)(?:,(.+))?$/.exec(text) ?? [];
      if (scheme === undefined) {
        throw new CopyOptionsError(
          `${JSON.stringify(text)} is no store: write name=s3 or name=obs, and ,https://endpoint behind it if it has one of its own`,
        );
      }
      return [name, openStore(scheme as 's3' | 'obs', { ...flags, endpoint })];
    }),
  );
}

/** Answers 200 while jobs can be taken, and 503 if the queue doesn't answer or the worker is ending. */
async function serveHealth(
  { healthPort, healthHost = '127.0.0.1' }: WorkerFlags,
  queue: OpenQueue,
  ending: AbortSignal,
): Promise<Server | undefined> {
  if (healthPort === undefined) return undefined;
  const server = createServer((_, response) => {
    void findProblem(queue, ending).then((problem) => {
      response.writeHead(problem === undefined ? 200 : 503, {
        'content-type': 'application/json',
        connection: 'close',
      });
      response.end(JSON.stringify({ ok: problem === undefined, problem }));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new CopyOptionsError(`Cannot serve --health-port: ${error.message}`)));
    server.listen(healthPort, healthHost, resolve);
  });
  return server;
}

async function findProblem(queue: OpenQueue, ending: AbortSignal): Promise<string | undefined> {
  if (ending.aborted) return 'the worker is ending';
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('the queue does not answer'), HEALTHY_WITHIN_MS);
  });
  const asked = queue.isPaused().then(
    () => undefined,
    (error: unknown) => messageOf(error),
  );
  const problem = await Promise.race([asked, late]);
  clearTimeout(timer);
  return problem;
}

function portOf(server: Server | undefined): number | undefined {
  const address = server?.address();
  return typeof address === 'object' ? address?.port : undefined;
}
