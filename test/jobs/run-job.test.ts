import { describe, expect, it } from 'vitest';
import { CopyOptionsError, type ObjectOutcome } from '../../src/index.ts';
import { type CopyJob, type JobResult, runJob, type RunJobOptions } from '../../src/jobs/index.ts';
import { leasedCheckpoints } from '../copy/leased-checkpoints.ts';
import { expectAllCopied } from '../many/set-up-run.ts';
import { setUpJobs } from './set-up-jobs.ts';

const MIB = 1024 ** 2;
const LARGE = { objects: [{ bucket: 'src', key: 't/large', size: 21 * MIB, partSize: 7 * MIB }] };
const IN_PARTS = { multipartThreshold: 5 * MIB, partSize: 5 * MIB };

async function runAll(jobs: readonly CopyJob[], worker: RunJobOptions): Promise<JobResult[]> {
  const results: JobResult[] = [];
  for (const job of jobs) results.push(await runJob(job, worker));
  return results;
}

const sum = (results: readonly JobResult[], field: 'copied' | 'bytes' | 'requests') =>
  results.reduce((total, result) => total + result[field], 0);

describe('jobs', () => {
  it('copy all objects, and say so', async () => {
    const { testStore, jobs, worker } = await setUpJobs(
      300,
      {
        objects: [
          { bucket: 'src', key: 't/big', size: 21 * MIB, metadata: { a: 'b' }, tags: { c: 'd' } },
          { bucket: 'src', key: 't/a//b', size: 5 },
          { bucket: 'src', key: 't/p+q %2F😀\u0001', size: 5 },
        ],
      },
      IN_PARTS,
    );
    const outcomes: ObjectOutcome[] = [];
    const before = testStore.stats().requests;
    const results = await runAll(jobs, { ...worker, report: (ended) => outcomes.push(...ended) });
    expectAllCopied(testStore);
    expect(jobs.length).toBeGreaterThan(3);
    expect(results.map(({ id }) => id)).toEqual(jobs.map(({ id }) => id));
    expect(sum(results, 'copied')).toBe(303);
    expect(sum(results, 'bytes')).toBe(30_000 + 21 * MIB + 10);
    expect(sum(results, 'requests')).toBe(testStore.stats().requests - before);
    expect(new Set(outcomes.map(({ source }) => source.key)).size).toBe(303);
    expect(testStore.stats().operations).toMatchObject({ copyPart: 5 });
  });

  it('are proved by a short listing of the destination, not by a HEAD each', async () => {
    const { testStore, jobs, worker } = await setUpJobs(200);
    await runAll(jobs, worker);
    const { copyObject, headObject = 0, listObjectsV2 } = testStore.stats().operations;
    const inSmallJobs = jobs.map(({ objects }) => objects.length).filter((count) => count < 8);
    expect(copyObject).toBe(200);
    expect(headObject).toBe(inSmallJobs.reduce((total, count) => total + count, 0));
    expect(listObjectsV2).toBe(1 + jobs.length - inSmallJobs.length);
  });

  it('find nothing proved by an object of the same key in another bucket', async () => {
    const { testStore, jobs, worker } = await setUpJobs(40);
    const objects = (jobs[0]?.objects ?? []).map(({ key, ...facts }) => ({
      key,
      ...facts,
      destination: { bucket: 'src', key: `c/${key}` },
    }));
    await runAll(jobs, worker);
    testStore.setFaults([{ kind: 'nothingStored', operation: 'copyObject', times: 5 }]);
    await runJob({ ...(jobs[0] as CopyJob), objects }, worker);
    for (const { destination } of objects) expect(testStore.object('src', destination.key)?.size).toBe(100);
  });

  it('put objects where they say, with what they say', async () => {
    const { testStore, jobs, worker } = await setUpJobs(0, {
      objects: [{ bucket: 'src', key: 't/a', size: 5 }],
    });
    const retainUntil = '2099-01-01T00:00:00.000Z';
    const objects = [
      { key: 'a', destination: { bucket: 'src', key: 'there', metadata: { m: '1' }, tags: { t: '2' } } },
    ];
    const [job] = jobs;
    expect(await runJob({ ...job, objects } as CopyJob, worker)).toMatchObject({ copied: 1 });
    expect(testStore.object('src', 'there')).toMatchObject({ size: 5, metadata: { m: '1' }, tags: { t: '2' } });
    const locked = [{ key: 'a', destination: { key: 'locked', objectLock: { mode: 'GOVERNANCE', retainUntil } } }];
    // The bucket has no lock; a text for a date would have been refused before the request.
    const result = await runJob({ ...job, objects: locked as never } as CopyJob, worker);
    expect(result.failures).toMatchObject([{ code: 'InvalidRequest' }]);
  });
});

describe('failures', () => {
  it('that are final are in the result, and the others are copied', async () => {
    const { testStore, jobs, worker } = await setUpJobs(20, {
      faults: [{ kind: 'error', status: 403, code: 'AccessDenied', operation: 'copyObject', key: 'c/07' }],
    });
    testStore.deleteObject('src', 't/11');
    const [result] = await runAll(jobs, worker);
    expect(JSON.parse(JSON.stringify(result))).toMatchObject({
      copied: 18,
      gone: 1,
      failed: 1,
      failures: [
        {
          source: { bucket: 'src', key: 't/07' },
          destination: { bucket: 'dst', key: 'c/07' },
          size: 100,
          code: 'AccessDenied',
          message: expect.stringMatching(/AccessDenied/) as string,
          retryable: false,
        },
      ],
    });
  });

  const unavailable = { kind: 'error', status: 500, operation: ['copyObject', 'headObject'] } as const;
  const once = { retry: { maxAttempts: 1 } };

  it('of everything that may work later make the job fail, and nothing is reported', async () => {
    const { jobs, worker, testStore } = await setUpJobs(5, { faults: [unavailable] });
    const reported: unknown[] = [];
    const options = { ...worker, ...once, report: (ended: unknown) => reported.push(ended) };
    const failing = runJob(jobs[0] as CopyJob, options);
    await expect(failing).rejects.toThrow(/^Job c\w+ has to run again as 5 of 5 objects failed: .*InternalError/);
    await expect(failing).rejects.toMatchObject({ code: 'ERR_COPY', cause: { retryable: true } });
    expect(reported).toEqual([]);
    testStore.setFaults([]);
    expect(await runJob(jobs[0] as CopyJob, options)).toMatchObject({ copied: 5 });
    expect(reported).toHaveLength(1);
  });

  it('of everything are in the result if nobody runs the job again', async () => {
    const { jobs, worker } = await setUpJobs(2, { faults: [unavailable] });
    const result = await runJob(jobs[0] as CopyJob, { ...worker, ...once, lastAttempt: true });
    expect(result).toMatchObject({ copied: 0, failed: 2, failures: [{ retryable: true }, { retryable: true }] });
  });

  it('of some that may work later are in the result', async () => {
    const { jobs, worker } = await setUpJobs(5, { faults: [{ ...unavailable, key: 'c/3' }] });
    const result = await runJob(jobs[0] as CopyJob, { ...worker, ...once });
    expect(result).toMatchObject({ copied: 4, failed: 1, failures: [{ source: { key: 't/3' }, retryable: true }] });
  });

  it('to report make the job fail', async () => {
    const { jobs, worker } = await setUpJobs(2);
    const report = (): Promise<never> => Promise.reject(new Error('the disk is full'));
    await expect(runJob(jobs[0] as CopyJob, { ...worker, report })).rejects.toThrow('the disk is full');
  });

  it('to get a lock that another worker holds make the job fail', async () => {
    const { jobs, worker, testStore } = await setUpJobs(0, LARGE, IN_PARTS);
    const { openView } = leasedCheckpoints();
    const [first, second] = [openView(), openView()];
    const controller = new AbortController();
    testStore.setFaults([{ kind: 'stall', operation: 'copyPart' }]);
    const running = runJob(jobs[0] as CopyJob, { ...worker, checkpoint: first, signal: controller.signal });
    await expect.poll(() => testStore.uploads('dst')).toHaveLength(1);
    const late = runJob(jobs[0] as CopyJob, { ...worker, checkpoint: second, lastAttempt: false });
    await expect(late).rejects.toThrow(/has to run again as 1 of 1 objects failed: in use/);
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
  });
});

describe('a job that is delivered again', () => {
  it('copies nothing that is there, and says what the first delivery would have said', async () => {
    const { testStore, jobs, worker } = await setUpJobs(30, LARGE, IN_PARTS);
    const first = await runAll(jobs, worker);
    const { operations } = testStore.stats();
    const again = await runAll(jobs, { ...worker, redelivered: true });
    expect(again.map(({ copied, bytes }) => [copied, bytes])).toEqual(
      first.map(({ copied, bytes }) => [copied, bytes]),
    );
    const { headObject: _, ...writes } = testStore.stats().operations;
    expect(operations).toMatchObject(writes);
    expect(sum(again, 'requests')).toBe(2 * 31);
  });

  it('goes on after a worker that was cut off', async () => {
    const { testStore, jobs, worker } = await setUpJobs(60);
    testStore.setFaults([{ kind: 'stall', operation: 'copyObject', after: 12 }]);
    const controller = new AbortController();
    const jobsOnce = jobs.slice(0, 1);
    const running = runAll(jobsOnce, { ...worker, signal: controller.signal });
    await expect.poll(() => testStore.keys('dst').length).toBe(12);
    controller.abort(new Error('the lock is lost'));
    await expect(running).rejects.toThrow('the lock is lost');
    testStore.setFaults([]);
    await testStore.idle();
    const { length: there } = testStore.keys('dst');
    const sent = testStore.stats().operations['copyObject'] ?? 0;
    const results = await runAll(jobs, { ...worker, redelivered: true });
    expect(sum(results, 'copied')).toBe(60);
    expectAllCopied(testStore);
    expect(testStore.stats().operations['copyObject']).toBe(sent + 60 - there);
  });

  it('takes an object in parts for finished if it was written since, and not an older one', async () => {
    const { testStore, jobs, worker } = await setUpJobs(0, LARGE, IN_PARTS);
    const old = { bucket: 'dst', key: 'c/large', size: 21 * MIB, partSize: 5 * MIB, lastModified: new Date(0) };
    testStore.putObject(old);
    const job = jobs[0] as CopyJob;
    const redelivered = { ...worker, redelivered: true };
    await runJob(job, redelivered);
    expect(testStore.stats().operations).toMatchObject({ copyPart: 5 });
    await runJob(job, redelivered);
    expect(testStore.stats().operations).toMatchObject({ copyPart: 5 });
    await runJob(job, { ...redelivered, since: new Date(Date.now() + 60_000) });
    expect(testStore.stats().operations).toMatchObject({ copyPart: 10 });
  });

  it('copies what has changed at the source, and what lacks its tags', async () => {
    const { testStore, jobs, worker } = await setUpJobs(3, {
      objects: [{ bucket: 'src', key: 't/tagged', body: 'hello', tags: { a: 'b' } }],
    });
    await runAll(jobs, worker);
    testStore.putObject({ bucket: 'src', key: 't/1', size: 100, seed: 2 });
    testStore.putObject({ bucket: 'dst', key: 'c/tagged', body: 'hello' });
    expect(sum(await runAll(jobs, { ...worker, redelivered: true }), 'copied')).toBe(4);
    expectAllCopied(testStore);
  });

  it('may find what it has written itself, and not what stood there before', async () => {
    const { testStore, jobs, worker } = await setUpJobs(4, {}, { ifExists: 'fail' });
    const original = testStore.object('src', 't/2');
    testStore.putObject({ bucket: 'dst', key: 'c/2', size: 100, lastModified: new Date(0) });
    const first = await runAll(jobs, worker);
    expect(original?.size).toBe(100);
    expect(first).toMatchObject([{ copied: 3, failed: 1 }]);
    const again = await runAll(jobs, { ...worker, redelivered: true });
    expect(again).toMatchObject([{ copied: 3, failed: 1, failures: [{ code: 'ERR_COPY_DESTINATION_EXISTS' }] }]);
  });
});

describe('refused is', () => {
  it.each<[string, (job: CopyJob) => unknown, RegExp]>([
    [
      'a job of a later version',
      (job) => ({ ...job, version: 2, more: 1 }),
      /Field of the job 'version' of runJob is 2, and this version .* knows 1: update the worker/,
    ],
    [
      'a store that the worker lacks',
      (job) => ({ ...job, to: 'us' }),
      /'stores' of runJob has no store 'us', which the job names: it has eu/,
    ],
    [
      'an object without a key',
      (job) => ({ ...job, objects: [{}] }),
      /Field of the job 'objects\[0\]\.key' of runJob must be a string/,
    ],
    ['an unknown field', (job) => ({ ...job, secretKey: 'x' }), /Unknown option 'secretKey' of runJob/],
    ['no job', () => undefined, /must be an object/],
  ])('%s, before any request', async (_, change, says) => {
    const { testStore, jobs, worker } = await setUpJobs(1);
    const { requests } = testStore.stats();
    const running = runJob(change(jobs[0] as CopyJob) as CopyJob, worker);
    await expect(running).rejects.toThrow(CopyOptionsError);
    await expect(running).rejects.toThrow(says);
    expect(testStore.stats().requests).toBe(requests);
  });

  it('an option that runJob does not have', async () => {
    const { jobs, worker } = await setUpJobs(1);
    const running = runJob(jobs[0] as CopyJob, { ...worker, source: {} } as never);
    await expect(running).rejects.toThrow(/Unknown option 'source' of runJob/);
  });
});
