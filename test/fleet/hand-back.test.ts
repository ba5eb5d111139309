import { expect, test } from 'vitest';
import { FleetScene } from './fleet-scene.ts';
import { ENGINES } from './queues.ts';

const GRACE_MS = 10_000;

test.each(ENGINES)('a worker on %s that is told to end hands its jobs back within the grace time', async (engine) => {
  const scene = await FleetScene.open(engine, 300);
  try {
    scene.startWorkers(1);
    const result = scene.runParent();
    await scene.untilCopied(20);
    expect(await scene.terminateWorker(0)).toBeLessThan(GRACE_MS);
    expect(await result).toMatchObject({ listed: 305, copied: 305, failed: 0 });
    expect(scene.store.uploads('dst')).toEqual([]);
  } finally {
    await scene.close();
  }
});
