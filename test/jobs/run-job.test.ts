import { describe, expect, it } from 'vitest';
import type { ObjectOutcome } from '../../src/index.ts';
import { type CopyJob, type JobResult, runJob, type RunJobOptions } from '../../src/jobs/index.ts';
import { expectAllCopied } from '../many/set-up-run.ts';
import { setUpJobs } from './set-up-jobs.ts';

const MIB = 1024 ** 2;

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
          { bucket: 'src', key: 't/big', size: 100 * MIB, metadata: { a: 'b' }, tags: { c: 'd' } },
          { bucket: 'src', key: 't/a//b', size: 5 },
          { bucket: 'src', key: 't/p+q %2F😀\u0001', size: 5 },
        ],
      },
      { multipartThreshold: 40 * MIB, partSize: 20 * MIB },
    );
    const outcomes: ObjectOutcome[] = [];
    const before = testStore.stats().requests;
    const results = await runAll(jobs, { ...worker, report: (ended) => outcomes.push(...ended) });
    expectAllCopied(testStore);
    expect(jobs.length).toBeGreaterThan(3);
    expect(results.map(({ id }) => id)).toEqual(jobs.map(({ id }) => id));
    expect(sum(results, 'copied')).toBe(303);
    expect(sum(results, 'bytes')).toBe(30_000 + 100 * MIB + 10);
    expect(sum(results, 'requests')).toBe(testStore.stats().requests - before);
    expect(new Set(outcomes.map(({ source }) => source.key)).size).toBe(303);
    expect(testStore.stats().operations).toMatchObject({ copyPart: 5 });
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
