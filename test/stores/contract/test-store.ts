import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type StoreSetup, waysToStore } from '../harness/store-setup.ts';
import { copyAndSync, MIXED_OBJECTS } from '../mixed-objects/copy-and-sync.ts';
import type { SeenCase, SeenStore } from '../table/store-table.ts';
import type { ContractCase, Sources } from './case.ts';
import { conflictCases } from './conflict-cases.ts';
import { copyCases } from './copy-cases.ts';
import { keyCases } from './key-cases.ts';
import { manyCases } from './many-cases.ts';
import { resumeCases } from './resume-cases.ts';
import { MiB, Scene, sourceBucket, twoParts } from './scene.ts';

declare module 'vitest' {
  interface TaskMeta {
    store?: Omit<SeenStore, 'cases'>;
    outcome?: Omit<SeenCase, 'passed'>;
  }
}

/** What all cases before it have left. */
const leftBehind: ContractCase = {
  name: 'uploads that are left',
  group: 'nothing left behind',
  usual: 'none',
  run: async (scene) => {
    const uploads = await scene.uploads(`${scene.way}/`);
    if (uploads === undefined) return 'the server lists no uploads';
    return uploads.length === 0 ? 'none' : `${uploads.length} uploads`;
  },
};

const cases: readonly ContractCase[] = [
  ...copyCases,
  ...conflictCases,
  ...resumeCases,
  ...keyCases,
  ...manyCases,
  leftBehind,
];

/** With 5,000 it takes minutes. */
const MANY = { timeout: 600_000 };

/** Tests the library on one server, by each way to it. */
export function testStore(setup: StoreSetup): void {
  const { name, version, from } = setup;
  describe(`${name} ${version}`, () => {
    const scenes = new Map<string, Scene>();
    let sources: Sources;
    let stop = (): Promise<void> => Promise.resolve();

    beforeAll(async () => {
      const running = await setup.start();
      stop = running.stop;
      for (const way of waysToStore) scenes.set(way, new Scene(setup, running, way));
      const scene = scenes.get(waysToStore[0])!;
      await scene.makeBuckets(setup.isVersioned);
      sources = {
        small: await scene.put(sourceBucket, 'small', 100_000),
        empty: await scene.put(sourceBucket, 'empty', 0),
        pair: await scene.put(sourceBucket, 'pair', twoParts),
        medium: await scene.put(sourceBucket, 'medium', 25 * MiB),
        large: await scene.put(sourceBucket, 'large', 256 * MiB),
      };
    });
    afterAll(async () => {
      for (const scene of scenes.values()) scene.close();
      await stop();
    });

    test.runIf(setup.comparesMany)(`${MIXED_OBJECTS} objects of mixed sizes, copied and synced`, MANY, async () => {
      await copyAndSync(scenes.get('s3Store')!.running);
    });

    describe.for(waysToStore)('%s', (way) => {
      test.for(cases)('$name', async (contractCase, { task }) => {
        const { group, usual } = contractCase;
        const seen = { name: contractCase.name, way, group };
        // One that runs out of time says nothing else.
        const store = { name, version, from };
        task.meta.store = { ...store, everyCopy: [] };
        task.meta.outcome = { ...seen, usual: false, text: 'no end within the time limit' };
        const text = await contractCase.run(scenes.get(way)!, sources);
        const expected = setup.differs?.[`${way}: ${contractCase.name}`] ?? setup.differs?.[contractCase.name] ?? usual;
        task.meta.store = { ...store, everyCopy: [...scenes.get(way)!.seenOnEveryCopy.values()] };
        task.meta.outcome = { ...seen, usual: isAs(text, usual), text: withoutWay(text, way) };
        if (typeof expected === 'string') expect(text).toBe(expected);
        else expect(text).toMatch(expected);
      });
    });
  });

  test(`${name}: each difference is that of a case`, () => {
    const names = new Set(cases.flatMap((one) => [one.name, ...waysToStore.map((way) => `${way}: ${one.name}`)]));
    expect(Object.keys(setup.differs ?? {}).filter((difference) => !names.has(difference))).toEqual([]);
  });
}

function isAs(text: string, usual: string | RegExp): boolean {
  return typeof usual === 'string' ? text === usual : usual.test(text);
}

/** So that what both ways share is one remark. */
function withoutWay(text: string, way: string): string {
  const same = text.replaceAll(`${way}/`, '').replaceAll(/contract-(?:source|destination)\//g, '');
  return same.length <= 600 ? same : `${same.slice(0, 600)} …`;
}
