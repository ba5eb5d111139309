import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type LeaseKeeper, LeasedCheckpoints } from '../../src/bullmq/leased-checkpoints.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Takes a lock of 30 s that is renewed as told. */
async function takeLock(renew: LeaseKeeper['renew']) {
  const keeper: LeaseKeeper = {
    take: async () => true,
    renew: vi.fn<LeaseKeeper['renew']>(renew),
    release: async () => undefined,
    load: async () => undefined,
    save: async () => true,
    delete: async () => true,
  };
  const onLost = vi.fn<() => void>();
  const release = await new LeasedCheckpoints(keeper, 30_000).lock('id', onLost);
  return { renew: keeper.renew, onLost, release };
}

test('a lock is renewed three times before it ends, and not after it is given back', async () => {
  const { renew, onLost, release } = await takeLock(async () => true);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(renew).toHaveBeenCalledTimes(12);
  await release();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(renew).toHaveBeenCalledTimes(12);
  expect(onLost).not.toHaveBeenCalled();
});

test('a lock that another one has is lost once', async () => {
  const { onLost } = await takeLock(async () => false);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(onLost).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(onLost).toHaveBeenCalledTimes(1);
});

test.each<[string, LeaseKeeper['renew']]>([
  ['fails', () => Promise.reject(new Error('ECONNREFUSED'))],
  ['does not answer', () => new Promise(() => undefined)],
])('a database that %s loses the lock when its time is over, and not before', async (_, renew) => {
  const { onLost } = await takeLock(renew);
  await vi.advanceTimersByTimeAsync(29_000);
  expect(onLost).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(11_000);
  expect(onLost).toHaveBeenCalledTimes(1);
});

test('a database that comes back in time keeps the lock', async () => {
  let isDown = true;
  const { onLost } = await takeLock(() => (isDown ? Promise.reject(new Error('ECONNREFUSED')) : Promise.resolve(true)));
  await vi.advanceTimersByTimeAsync(25_000);
  isDown = false;
  await vi.advanceTimersByTimeAsync(120_000);
  expect(onLost).not.toHaveBeenCalled();
});

test('a process that stood still keeps its lock if nobody wanted it', async () => {
  const { onLost } = await takeLock(async () => true);
  vi.setSystemTime(Date.now() + 3_600_000);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(onLost).not.toHaveBeenCalled();
});

test('a restart of the database is waited for, and other failures are not', async () => {
  const texts: string[] = [];
  const errors = ['connect ECONNREFUSED 127.0.0.1:5432', 'the database system is starting up', 'permission denied'];
  const save = async (_: string, text: string): Promise<boolean> => {
    const error = errors.shift();
    if (error !== undefined) throw new Error(error);
    texts.push(text);
    return true;
  };
  const store = new LeasedCheckpoints({ save } as Partial<LeaseKeeper> as LeaseKeeper, 30_000);
  const refusal = store.save('id', 'first').catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(5000);
  expect(await refusal).toEqual(new Error('permission denied'));
  errors.push('Connection terminated unexpectedly');
  const saved = store.save('id', 'second');
  await vi.advanceTimersByTimeAsync(5000);
  await saved;
  expect(texts).toEqual(['second']);
});

test.each([
  ['ahead', 3_600_000],
  ['back', -3_600_000],
])('a clock that is set %s by an hour loses no lock that the database renews', async (_, byMs) => {
  const { onLost, renew } = await takeLock(async () => true);
  await vi.advanceTimersByTimeAsync(10_000);
  vi.setSystemTime(Date.now() + byMs);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(onLost).not.toHaveBeenCalled();
  expect(renew).toHaveBeenCalledTimes(13);
});
