import { describe, expect, test } from 'vitest';
import { FleetScene } from './fleet-scene.ts';
import { ENGINES } from './queues.ts';

const GRACE_MS = 5000;

type Moment = readonly [name: string, large: number, end: (scene: FleetScene) => Promise<number>];

/** When a worker is told to end. Where it can't give back the locks of checkpoints, which last for 30 s, nothing is copied in parts. */
const MOMENTS: readonly Moment[] = [
  ['while all is well', 2, (scene) => scene.endWorker(0)],
  [
    'just after its engine came back',
    0,
    async (scene) => {
      await scene.restartEngine(500);
      return scene.endWorker(0);
    },
  ],
  [
    'while its engine is away',
    0,
    async (scene) => {
      const [, ms] = await Promise.all([scene.restartEngine(GRACE_MS), scene.endWorker(0)]);
      return ms;
    },
  ],
];

describe.each(ENGINES)('a worker on %s', (engine) => {
  test.each(MOMENTS)('ends within the grace time %s, and nothing is lost', async (_, large, end) => {
    const scene = await FleetScene.open(engine, { small: 100, large, parts: 20 });
    try {
      scene.startWorkers(1);
      const result = scene.runParent();
      await scene.untilCopied(10);
      expect(await end(scene)).toBeLessThan(GRACE_MS);
      scene.startWorkers(1);
      expect(await result).toMatchObject({ listed: 100 + large, copied: 100 + large, failed: 0 });
      expect(scene.store.uploads('dst')).toEqual([]);
    } finally {
      await scene.close();
    }
  });
});
