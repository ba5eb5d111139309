import { expect, it } from 'vitest';
import { copyObjects, fileReport, type ObjectOutcome } from '../../src/index.ts';
import { setUpReport } from './set-up-report.ts';
import { expectAllCopied } from './set-up-run.ts';

const SYNC = {
  ifExists: 'skip-same',
  deleteExtra: true,
  maxDelete: 1,
  multipartThreshold: 8_000_000,
  partSize: 8_000_000,
} as const;

/** A sync that is cancelled as the store gets its nth request. @returns whether it came to that */
async function cancelAt(nth: number): Promise<boolean> {
  const { testStore, options, file, readLines } = await setUpReport(9, {
    objects: [
      { bucket: 'src', key: 't/big', size: 20_000_000 },
      { bucket: 'src', key: 't/dir/', size: 0 },
      { bucket: 'dst', key: 'c/extra', body: 'x' },
    ],
  });
  const cancelled = new AbortController();
  const reason = new Error('enough');
  let requests = 0;
  testStore.setFaults([
    () => {
      if (++requests === nth) cancelled.abort(reason);
      return undefined;
    },
  ]);
  const run = copyObjects({ ...options, ...SYNC, signal: cancelled.signal });
  const told: ObjectOutcome[] = [];
  run.on('object', (outcome) => told.push(outcome));
  run.on('objectFailed', ({ message }) => expect.unreachable(message));
  const error: unknown = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  await testStore.idle();
  expect(testStore.uploads('dst')).toEqual([]);
  const { copied, skipped, gone, deleted, inFlight } = run.progress;
  expect(inFlight).toBe(0);
  expect(copied + skipped + gone + deleted).toBe(told.length);
  const lines = await readLines().catch(() => []);
  expect(lines.map(({ outcome, source }) => `${outcome} ${source.key}`)).toEqual(
    told.map(({ outcome, source }) => `${outcome} ${source.key}`),
  );
  if (cancelled.signal.aborted) {
    expect(error).toBe(reason);
    const again = await copyObjects({ ...options, ...SYNC, report: fileReport(file) });
    expect(again).toMatchObject({ listed: 11, failed: 0, gone: 0, warnings: [] });
  } else expect(error).toBeUndefined();
  expectAllCopied(testStore);
  return cancelled.signal.aborted;
}

it('a run that is cancelled at any of its requests leaves no upload, tells what it has done, and goes on by its report', async () => {
  let nth = 1;
  while (await cancelAt(nth)) nth++;
  // Listings, small copies, parts, proofs, and the deletion.
  expect(nth).toBeGreaterThan(25);
});
