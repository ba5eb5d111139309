import { expect, it } from 'vitest';
import { observeRun, setUpRun } from './set-up-run.ts';

it('a run stops after too many failures, and says the first', async () => {
  const { options } = await setUpRun(1000, {
    faults: [{ kind: 'error', status: 403, code: 'AccessDenied', operation: 'copyObject', probability: 0.5 }],
  });
  const { error, failures } = await observeRun({ ...options, maxFailures: 3 });
  expect(error).toMatchObject({
    name: 'CopyError',
    message: expect.stringMatching(/stopped as \d+ objects have failed; the first: /),
  });
  expect(failures.length).toBeGreaterThan(3);
  expect(failures.length).toBeLessThan(20);
});

it.each([
  [{ maxFailures: 3 }, 4],
  [{ maxFailures: 0 }, 1],
  [{ onFailure: 'stop', maxFailures: 3 }, 1],
] as const)(
  'a run with %o tells of no failure more, though no object of a page can be copied',
  async (limits, told) => {
    const { options } = await setUpRun(900);
    const { error, failures } = await observeRun({
      ...options,
      ...limits,
      destination: () => ({ bucket: 'dst', key: 'one' }),
    });
    expect(failures).toHaveLength(told);
    expect(error).toMatchObject({
      message: expect.stringMatching(`stopped as ${told} objects? ha(s|ve) failed; the first: Cannot copy src/t/001 `),
    });
  },
);

it('a run with as many failures as it may have goes on to its end', async () => {
  const { options } = await setUpRun(20, {
    faults: [
      ({ key }) => (/c\/0[1-3]$/.test(key ?? '') ? { kind: 'error', status: 403, code: 'AccessDenied' } : undefined),
    ],
  });
  const { result, error } = await observeRun({ ...options, maxFailures: 3 });
  expect(error).toBeUndefined();
  expect(result).toMatchObject({ copied: 17, failed: 3 });
});

it('a run with onFailure stop proves what it has copied, and ends', async () => {
  const { testStore, options } = await setUpRun(1000, {
    faults: [{ kind: 'error', status: 403, code: 'AccessDenied', operation: 'copyObject', key: 'c/500' }],
  });
  const { error, objects, failures } = await observeRun({ ...options, onFailure: 'stop' });
  expect(error).toMatchObject({ name: 'CopyError' });
  expect(failures).toHaveLength(1);
  expect(objects.length).toBe(testStore.keys('dst').length);
});
