import { expect, test } from 'vitest';
import { copyObjects } from '../../src/index.ts';
import { setUpRun } from './set-up-run.ts';

test('a run never has more than 2,000 objects copied and not proved', async () => {
  const { testStore, options } = await setUpRun(2300);
  let ended = 0;
  let most = 0;
  const run = copyObjects(options);
  run.on('object', () => {
    ended++;
  });
  testStore.setFaults([
    ({ operation }) => {
      if (operation === 'copyObject') most = Math.max(most, (testStore.stats().operations.copyObject ?? 0) - ended);
      return undefined;
    },
  ]);
  await run;
  expect(most).toBeGreaterThan(900);
  expect(most).toBeLessThanOrEqual(2000);
});
