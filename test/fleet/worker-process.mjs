/** A worker of a fleet, to be killed, stopped and started again. */
import { closeWorker, copyProcessor, copyWorkerOptions } from '../../dist/bullmq/index.js';
import { asked, startWorker, stores } from './fleet-program.mjs';

const ending = new AbortController();
const processor = copyProcessor({ stores, concurrency: 8, signal: ending.signal, ...asked.processor });
const worker = startWorker(processor, { ...copyWorkerOptions, ...asked.worker });
worker.on('failed', (job, error) => process.stdout.write(`failed ${job?.id}: ${error.message}\n`));
process.once('SIGTERM', () => {
  ending.abort(new Error('SIGTERM'));
  void closeWorker(worker, 4000).then(() => process.exit(0));
});
