import { describe, expect, test } from 'vitest';
import { FleetScene, REQUESTS_OF_A_WORKER } from './fleet-scene.ts';
import { ENGINES } from './queues.ts';

/** By default a short form; 20000 and 30 are the long one. */
const OBJECTS = Number(process.env['FLEET_OBJECTS'] ?? 1000);
const KILLS = Number(process.env['FLEET_KILLS'] ?? 4);
const CUT_MS = Number(process.env['FLEET_CUT_MS'] ?? 3000);
const WORKERS = 3;
/** They have so many parts that most disasters meet some. */
const LARGE = { large: 5, parts: OBJECTS / 5 };

describe.each(ENGINES)('a fleet on %s', (engine) => {
  test(
    `copies ${OBJECTS} small objects and ${LARGE.large} in parts, while whatever can fails`,
    { timeout: 3_600_000 },
    async () => {
      const scene = await FleetScene.open(engine, { small: OBJECTS, ...LARGE });
      const kill = (index: number) => () => scene.killWorker(index);
      const disasters: (() => Promise<unknown>)[] = [
        ...Array.from({ length: KILLS }, (_, index) => kill(index * 7)),
        () => scene.killParent(),
        () => scene.pauseWorker(0),
        () => scene.enqueueAgain(),
        () => scene.restartEngine(1000),
        () => scene.endWorker(1).then(() => scene.startWorkers(WORKERS)),
        () => scene.cutStore(CUT_MS),
        () => scene.killParent(),
      ];
      try {
        scene.startWorkers(WORKERS);
        let result = scene.runParent();
        let disaster = 0;
        const all = OBJECTS + LARGE.large;
        for (const strike of inTurns(disasters)) {
          disaster++;
          await Promise.race([scene.untilCopied((all * disaster) / (disasters.length + 2)), never(result)]);
          await strike();
          result = orElse(result, () => scene.runParent());
        }
        const ended = await result;
        const { operations } = scene.store.stats();
        const { copyPart: parts = 0, copyObject: copies = 0 } = operations;
        const twice = { parts: parts - LARGE.large * LARGE.parts, objects: copies - OBJECTS };
        process.stdout.write(
          `${JSON.stringify({ engine, disasters: disasters.length, twice, ...ended, failures: 0 })}\n`,
        );
        expect(ended).toMatchObject({ listed: all, copied: all, skipped: 0, failed: 0, gone: 0, failures: [] });
        expectRightBytes(scene);
        expect(scene.store.uploads('dst')).toEqual([]);
        const reported = await scene.reportedKeys();
        expect(reported).toHaveLength(all);
        expect(new Set(reported).size).toBe(all);
        // what was in flight: of one worker, or of all if the store or the engine was away
        const mostTwice = (disasters.length + 2 * WORKERS) * REQUESTS_OF_A_WORKER;
        expect(twice.parts).toBeLessThanOrEqual(mostTwice);
        expect(twice.objects).toBeLessThanOrEqual(mostTwice);
      } finally {
        await scene.close();
      }
    },
  );
});

/** Rejects with what a run fails with, and never resolves. */
function never(result: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => {
    result.catch(reject);
  });
}

/** Mixes the kinds, always in the same way. */
function inTurns<T>(items: readonly T[]): T[] {
  const half = Math.ceil(items.length / 2);
  return items.slice(0, half).flatMap((item, index) => {
    const other = items[half + index];
    return other === undefined ? [item] : [item, other];
  });
}

/** What the parent says, or, if it was killed, what the next one does. */
async function orElse<T>(result: Promise<T | undefined>, next: () => Promise<T | undefined>): Promise<T | undefined> {
  return (await result) ?? next();
}

function expectRightBytes({ store }: FleetScene): void {
  const wanted = store.keys('src').map((key) => `c/${key.slice(2)}`);
  expect(store.keys('dst')).toEqual(wanted);
  for (const key of store.keys('src')) {
    const { size = 0 } = store.object('src', key) ?? {};
    const ranges = store.provenance('dst', `c/${key.slice(2)}`);
    const wrong = ranges.filter((range) => range.key !== key || range.offset !== range.start);
    expect(wrong).toEqual([]);
    expect(ranges.reduce((sum, { start, end }) => sum + end + 1 - start, 0)).toBe(size);
  }
}
