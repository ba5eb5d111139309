import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { type CopyJob, runJob } from '../../src/jobs/index.ts';
import { setUpJobs } from '../jobs/set-up-jobs.ts';
import { expectAllCopied } from '../many/set-up-run.ts';

test('a job whose worker is killed is run by another one, which copies nothing twice that was finished', async () => {
  const { testStore, jobs, worker } = await setUpJobs(63, { latency: { copyObject: 20 } });
  const job = jobs.toSorted((a, b) => b.objects.length - a.objects.length)[0] as CopyJob;
  const others = jobs.filter((other) => other !== job);
  for (const other of others) await runJob(other, worker);
  const { endpoint, credentials } = testStore;
  const before = testStore.keys('dst').length;
  const sentBefore = testStore.stats().operations['copyObject'] ?? 0;

  const script = fileURLToPath(new URL('./job-process.ts', import.meta.url));
  const values = [endpoint, credentials.accessKeyId, credentials.secretAccessKey, JSON.stringify(job)];
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...values], { stdio: 'inherit' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  await expect.poll(() => testStore.keys('dst').length, { timeout: 60_000, interval: 5 }).toBeGreaterThan(before + 4);
  child.kill('SIGKILL');
  await exited;
  await testStore.idle();

  const there = testStore.keys('dst').length - before;
  expect(there).toBeLessThan(job.objects.length);
  const result = await runJob(job, { ...worker, redelivered: true });
  expect(result).toMatchObject({ copied: job.objects.length, failed: 0 });
  expectAllCopied(testStore);
  // Those in flight may have come to nothing.
  const sent = (testStore.stats().operations['copyObject'] ?? 0) - sentBefore;
  expect(sent).toBeLessThanOrEqual(job.objects.length + 4);
});
