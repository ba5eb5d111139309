import { expect, it } from 'vitest';
import { copyObjects, s3Store } from '../../src/index.ts';
import { createRandom } from '../simulator/random.ts';
import { MemoryReport } from './memory-report.ts';
import { isTrue, randomFaults } from './random-faults.ts';
import { setUpRun } from './set-up-run.ts';

const RUNS = Number(process.env['MANY_CHAOS_RUNS'] ?? 4);
const SEED = Number(process.env['CHAOS_SEED'] ?? 1);
const OBJECTS = 160;

it.each(Array.from({ length: RUNS }, (_, run) => SEED + run))(
  'whatever goes wrong, what is reported as copied is, and every object is in the report: seed %d',
  { timeout: 300_000 },
  async (seed) => {
    const random = createRandom(seed);
    const share = 0.02 + random() * 0.2;
    const MIB = 1024 * 1024;
    const { testStore, options } = await setUpRun(OBJECTS, {
      objects: [
        { bucket: 'src', key: 't/big', size: 40 * MIB },
        { bucket: 'src', key: 't/parts', size: 30, partSize: 10 },
        { bucket: 'src', key: 't/dir/', size: 0 },
      ],
    });
    testStore.setFaults([randomFaults(random, share)]);
    const report = new MemoryReport();
    // Only of a store whose ETags are said to be MD5s can a client tell wrong bytes by the ETag.
    const store = s3Store({ endpoint: testStore.endpoint, credentials: testStore.credentials, etagFormula: 'aws' });
    const result = await copyObjects({ ...options, store, report, multipartThreshold: 8 * MIB, partSize: 8 * MIB });
    testStore.setFaults([]);
    await testStore.idle();
    expect(result.listed).toBe(OBJECTS + 3);
    expect(report.lines.map(({ source }) => source.key).toSorted()).toEqual(testStore.keys('src'));
    const falseSuccesses = report.lines.filter((line) => !isTrue(testStore, line));
    expect(falseSuccesses).toEqual([]);
    expect(result.copied + result.failed + result.gone).toBe(result.listed);
  },
);
