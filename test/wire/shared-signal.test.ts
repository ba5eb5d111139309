import { getEventListeners } from 'node:events';
import { expect, it, onTestFinished, vi } from 'vitest';
import { s3Store } from '../../src/index.ts';
import { startTestStore } from '../../src/testing/index.ts';
import type { TestStoreOptions } from '../../src/testing/test-store-options.ts';

async function setUp(options: TestStoreOptions) {
  const testStore = await startTestStore({ objects: [{ bucket: 'src', key: 'film', size: 5 }], ...options });
  onTestFinished(() => testStore.close());
  const { endpoint, credentials } = testStore;
  const store = s3Store({ endpoint, credentials });
  const controller = new AbortController();
  const { signal } = controller;
  const ask = () => store.headObject({ bucket: 'src', key: 'film', signal });
  const listeners = () => getEventListeners(signal, 'abort').length;
  const counts: number[] = [];
  const listen = signal.addEventListener.bind(signal);
  vi.spyOn(signal, 'addEventListener').mockImplementation((...values: Parameters<typeof listen>) => {
    listen(...values);
    counts.push(listeners());
  });
  return { store, controller, ask, listeners, mostListeners: () => Math.max(...counts) };
}

it('any number of requests on one signal share a listener, which goes with the last of them', async () => {
  const { ask, listeners, mostListeners } = await setUp({});
  await Promise.all(Array.from({ length: 40 }, ask));
  expect(mostListeners()).toBe(1);
  expect(listeners()).toBe(0);
  await ask();
  expect(mostListeners()).toBe(1);
  expect(listeners()).toBe(0);
});

it('a signal that fires ends all its requests and no other', async () => {
  const stalled = await setUp({ faults: [{ kind: 'stall' }] });
  const asked = Array.from({ length: 40 }, stalled.ask);
  await expect.poll(stalled.listeners).toBe(1);
  const reason = new Error('enough');
  stalled.controller.abort(reason);
  const ends = await Promise.allSettled(asked);
  expect(ends.every((end) => end.status === 'rejected' && end.reason === reason)).toBe(true);
  expect(stalled.listeners()).toBe(0);
  await expect(stalled.ask()).rejects.toBe(reason);
});

it('of two signals on one store one ends its own requests alone', async () => {
  const { ask, controller, store } = await setUp({ faults: [{ kind: 'delay', delayMs: 100 }] });
  const other = new AbortController();
  const otherAsk = () => store.headObject({ bucket: 'src', key: 'film', signal: other.signal });
  const asked = Array.from({ length: 10 }, ask);
  const others = Promise.all(Array.from({ length: 10 }, otherAsk));
  other.abort(new Error('the other one'));
  await expect(others).rejects.toThrow('the other one');
  await expect(Promise.all(asked)).resolves.toHaveLength(10);
  expect(controller.signal.aborted).toBe(false);
});
