import { expect, it } from 'vitest';
import { copyObjects, s3Store } from '../../src/index.ts';
import { createRandom } from '../simulator/random.ts';
import { MemoryReport } from './memory-report.ts';
import { isTrue, randomFaults } from './random-faults.ts';
import { setUpRun } from './set-up-run.ts';

const RUNS = Number(process.env['MANY_CHAOS_RUNS'] ?? 4);
const SEED = Number(process.env['CHAOS_SEED'] ?? 1);
const OBJECTS = 120;
const KILLS = 3;

it.each(Array.from({ length: RUNS }, (_, run) => SEED + run))(
  'a run that is killed again and again among faults, while its source changes, ends right by its report: seed %d',
  { timeout: 300_000 },
  async (seed) => {
    const random = createRandom(seed);
    const share = random() * 0.15;
    const { testStore, options } = await setUpRun(OBJECTS, {
      objects: [
        { bucket: 'src', key: 't/big', size: 40_000_000 },
        { bucket: 'src', key: 't/dir/', size: 0 },
      ],
    });
    const report = new MemoryReport();
    const { endpoint, credentials } = testStore;
    const store = s3Store({ endpoint, credentials, etagFormula: 'aws' });
    const asked = { ...options, store, report, multipartThreshold: 8_000_000, partSize: 8_000_000 };
    for (let kill = 0; kill < KILLS; kill++) {
      const killed = new AbortController();
      let requestsLeft = Math.floor(random() * OBJECTS);
      const faults = randomFaults(random, share);
      testStore.setFaults([
        (request) => {
          if (requestsLeft-- === 0) {
            report.isKilled = true;
            killed.abort(new Error('killed'));
          }
          return faults(request);
        },
      ]);
      report.since ??= new Date();
      await copyObjects({ ...asked, signal: killed.signal }).catch(() => undefined);
      await testStore.idle();
      testStore.setFaults([]);
      const changed = String(Math.floor(random() * OBJECTS)).padStart(3, '0');
      testStore.putObject({ bucket: 'src', key: `t/${changed}`, body: String(seed + kill).padStart(100, '-') });
    }
    const result = await copyObjects(asked);
    expect(result).toMatchObject({ listed: OBJECTS + 2, failed: 0, gone: 0 });
    expect(result.copied + result.skipped).toBe(OBJECTS + 2);
    const lastLines = [...new Map(report.lines.map((line) => [line.source.key, line])).values()];
    expect(lastLines.map(({ source }) => source.key).toSorted()).toEqual(testStore.keys('src'));
    expect(lastLines.filter((line) => line.outcome !== 'copied' || !isTrue(testStore, line))).toEqual([]);
    for (const { source, destination } of lastLines) {
      const [object, copy] = [testStore.object('src', source.key), testStore.object('dst', destination?.key ?? '')];
      expect(source.etag).toBe(object?.etag);
      expect(copy?.size).toBe(object?.size);
      // That of a copy in parts is made of theirs.
      if (source.key !== 't/big') expect(copy?.etag).toBe(object?.etag);
    }
  },
);
