import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { SharedPace } from '../../src/engine/pace/shared-pace.ts';
import { runJob } from '../../src/jobs/index.ts';
import type { CopyStore } from '../../src/index.ts';
import { setUpJobs } from './set-up-jobs.ts';

/** A store that answers to CopyObject when all that may be in flight is, and notes how many that were. */
function inWaves(store: CopyStore): { readonly store: CopyStore; readonly waves: number[] } {
  const waves: number[] = [];
  let wave: (() => void)[] = [];
  const copyObject: CopyStore['copyObject'] = async (request) => {
    await new Promise<void>((resolve) => {
      wave.push(resolve);
      const { length } = wave;
      setImmediate(() => {
        if (wave.length !== length) return;
        waves.push(length);
        for (const answer of wave.splice(0)) answer();
        wave = [];
      });
    });
    return store.copyObject(request);
  };
  return { store: { ...store, copyObject }, waves };
}

async function setUp() {
  const { testStore, store, jobs, worker } = await setUpJobs(90, {}, { verify: 'none' });
  const waves = inWaves(store);
  const run = (): Promise<unknown> => runJob(jobs[0]!, { ...worker, stores: { eu: waves.store }, concurrency: 'auto' });
  return { testStore, run, waves: waves.waves };
}

describe('jobs of one store in one process', () => {
  it('begin with what the one before has learnt', async () => {
    const { run, waves } = await setUp();
    await run();
    const [first = 0] = waves.splice(0);
    await run();
    expect(first).toBe(8);
    expect(waves[0]).toBeGreaterThan(first);
  });

  it('have no more in flight together than one of them alone', async () => {
    const { run, waves } = await setUp();
    await Promise.all([run(), run()]);
    expect(waves[0]).toBeLessThanOrEqual(9);
  });
});

describe('a shared pace', () => {
  const open = (count: number) => {
    const pace = new SharedPace({ adaptive: false, initial: 16, min: 1, max: 16 });
    const inFlight = Array.from({ length: count }, () => 0);
    const runs = inFlight.map((_, index) => pace.join(() => inFlight[index] ?? 0));
    return { runs, inFlight };
  };

  it('lets a run have what the others leave', () => {
    const { runs, inFlight } = open(2);
    inFlight[1] = 3;
    expect(runs[0]?.pace.limit).toBe(13);
    runs[1]?.leave();
    expect(runs[0]?.pace.limit).toBe(16);
  });

  it('gives each an equal part once another one waits for its own, and one request at least', () => {
    const { runs, inFlight } = open(2);
    inFlight[0] = 16;
    expect(runs[1]?.pace.limit).toBe(1);
    inFlight[1] = 1;
    expect(runs[1]?.pace.limit).toBe(1);
    expect(runs[0]?.pace.limit).toBe(8);
    inFlight[0] = 8;
    expect(runs[1]?.pace.limit).toBe(8);
  });

  it('forgets what it learnt of a store that nobody has used for a minute', () => {
    let now = 1_000_000;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    onTestFinished(() => clock.mockRestore());
    const pace = new SharedPace({ adaptive: true, initial: 8, min: 1, max: 64 });
    const run = pace.join(() => 1);
    for (let part = 0; part < 5; part++) run.pace.onSuccess({ now, startedAt: now - 10, bytes: 1, inFlight: 1 });
    const learnt = run.pace.limit;
    expect(learnt).toBeGreaterThan(8);
    run.leave();
    now += 59_000;
    const next = pace.join(() => 0);
    expect(next.pace.limit).toBe(learnt);
    next.leave();
    now += 61_000;
    expect(pace.join(() => 0).pace.limit).toBe(8);
  });
});
