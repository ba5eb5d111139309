import { expect, it } from 'vitest';
import { copyObjects, type ObjectOutcome, type ObjectReport, s3Store } from '../../src/index.ts';
import type { Fault, FaultKind } from '../../src/testing/index.ts';
import { createRandom } from '../simulator/random.ts';
import { setUpRun } from './set-up-run.ts';

const RUNS = Number(process.env['MANY_CHAOS_RUNS'] ?? 4);
const SEED = Number(process.env['CHAOS_SEED'] ?? 1);
const OBJECTS = 160;

const KINDS: readonly FaultKind[] = [
  'error',
  'errorAfterWork',
  'errorBeforeWork',
  'resetAfterWork',
  'reset',
  'truncate',
  'errorIn200',
  'garbageIn200',
  'emptyIn200',
  'noEtagIn200',
  'wrongEtag',
  'nothingStored',
  'wrongBytes',
  'replaceSource',
  'loseUpload',
];
const CODES = [
  [500, 'InternalError'],
  [503, 'SlowDown'],
  [403, 'AccessDenied'],
  [412, 'PreconditionFailed'],
  [501, 'NotImplemented'],
] as const;

it.each(Array.from({ length: RUNS }, (_, run) => SEED + run))(
  'whatever goes wrong, what is reported as copied is, and every object is in the report: seed %d',
  { timeout: 300_000 },
  async (seed) => {
    const random = createRandom(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const share = 0.02 + random() * 0.2;
    const MIB = 1024 * 1024;
    const { testStore, options } = await setUpRun(OBJECTS, {
      objects: [
        { bucket: 'src', key: 't/big', size: 40 * MIB },
        { bucket: 'src', key: 't/parts', size: 30, partSize: 10 },
        { bucket: 'src', key: 't/dir/', size: 0 },
      ],
    });
    testStore.setFaults([
      ({ operation, key, attempt }): Fault | undefined => {
        if (random() > share || attempt > 4) return undefined;
        const kind = pick(KINDS);
        // What the store says of itself is believed; a listing must only not be taken for whole if it isn't.
        if (operation.startsWith('list') || operation === 'headObject')
          return { kind: 'error', status: 500, code: 'InternalError' };
        // No client can see that: a part's ETag is that of the wrong bytes, and the object's is made of the parts'. Nor can it say what
        // the ETag of a single copy is if its source was joined from parts.
        if (kind === 'wrongBytes' && (operation === 'copyPart' || key === 'c/parts')) return undefined;
        const [status, code] = pick(CODES);
        return { kind, status, code, delayMs: 5 };
      },
    ]);
    const reported: ObjectOutcome[] = [];
    const report: ObjectReport = {
      name: 'memory',
      read: () => Promise.resolve(),
      open: () => Promise.resolve(),
      append: (outcomes) => Promise.resolve(void reported.push(...outcomes)),
      close: () => Promise.resolve(),
    };
    // Only of a store whose ETags are said to be MD5s can a client tell wrong bytes by the ETag.
    const store = s3Store({ endpoint: testStore.endpoint, credentials: testStore.credentials, etagFormula: 'aws' });
    const result = await copyObjects({ ...options, store, report, multipartThreshold: 8 * MIB, partSize: 8 * MIB });
    testStore.setFaults([]);
    await testStore.idle();
    expect(result.listed).toBe(OBJECTS + 3);
    expect(reported.map(({ source }) => source.key).toSorted()).toEqual(testStore.keys('src'));
    const falseSuccesses = reported.filter(({ outcome, source, destination }) => {
      if (outcome !== 'copied') return false;
      const copy = testStore.object('dst', destination?.key ?? '');
      if (copy === undefined) return true;
      const ranges = copy.size === 0 ? [] : testStore.provenance('dst', copy.key);
      return !ranges.every(({ key, bucket }) => key === source.key && bucket === 'src');
    });
    expect(falseSuccesses).toEqual([]);
    expect(result.copied + result.failed + result.gone).toBe(result.listed);
  },
);
