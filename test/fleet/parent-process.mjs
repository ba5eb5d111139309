/** Enqueues a run and waits for its end, to be killed on the way. Its last line says what the run did. */
import { enqueueCopies } from '../../dist/bullmq/index.js';
import { fileReport } from '../../dist/index.js';
import { asked, openQueue, stores } from './fleet-program.mjs';

const queue = openQueue();
const run = await enqueueCopies(queue, {
  ...asked.copies,
  stores,
  ...(asked.report && { report: fileReport(asked.report) }),
});
process.stdout.write('enqueued\n');
if (asked.report !== undefined) process.stdout.write(`${JSON.stringify(await run.result())}\n`);
await queue.close();
process.exit(0);
