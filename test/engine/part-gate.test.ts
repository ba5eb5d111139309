import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConcurrencyController } from '../../src/engine/pace/concurrency-controller.ts';
import { type Leave, PartGate } from '../../src/engine/parts/part-gate.ts';
import { createLimiter, type Limiter } from '../../src/request/limiter.ts';

function setUp(limit: number, limiter?: Limiter) {
  const pace = { limit, holdUntil: 0 };
  const stop = new AbortController();
  const onRoom = vi.fn<() => void>();
  const gate = new PartGate(pace as unknown as ConcurrencyController, limiter, stop.signal, onRoom);
  const inside: { readonly name: string; readonly leave: Leave }[] = [];
  const refused: unknown[] = [];
  /** Enters under a name, at once or later. */
  const enter = async (name: string): Promise<void> => {
    try {
      inside.push({ name, leave: await gate.enter() });
    } catch (error) {
      refused.push(error);
    }
  };
  const leave = async (): Promise<void> => {
    inside.shift()?.leave();
    gate.admit();
    await vi.advanceTimersByTimeAsync(0);
  };
  const names = (): string[] => inside.map(({ name }) => name);
  return { pace, stop, gate, onRoom, refused, enter, leave, names };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe.each([
  { shared: 'no limit', limiter: () => undefined },
  { shared: 'a limit', limiter: () => createLimiter({ maxConcurrency: 100 }) },
])('the gate, with $shared shared between copies', ({ limiter }) => {
  it('lets in as many as the limit says, and the next one in the order of arrival', async () => {
    const { gate, enter, leave, names } = setUp(2, limiter());
    for (const name of ['a', 'b', 'c', 'd']) void enter(name);
    await vi.advanceTimersByTimeAsync(0);
    expect(names()).toEqual(['a', 'b']);
    expect(gate.hasRoom()).toBe(false);
    await leave();
    expect(names()).toEqual(['b', 'c']);
    await leave();
    expect(names()).toEqual(['c', 'd']);
    await leave();
    expect(gate.hasRoom()).toBe(true);
  });

  it('follows a limit that changes', async () => {
    const { pace, gate, enter, leave, names } = setUp(1, limiter());
    for (const name of ['a', 'b', 'c']) void enter(name);
    pace.limit = 3;
    gate.admit();
    await vi.advanceTimersByTimeAsync(0);
    expect(names()).toEqual(['a', 'b', 'c']);
    pace.limit = 1;
    void enter('d');
    await leave();
    await leave();
    expect(names()).toEqual(['c']);
    await leave();
    expect(names()).toEqual(['d']);
  });

  it('lets nobody in while the store has asked to wait, nor while it is paused, and says when there is room again', async () => {
    const { pace, gate, onRoom, enter, names } = setUp(4, limiter());
    pace.holdUntil = performance.now() + 1000;
    void enter('a');
    await vi.advanceTimersByTimeAsync(900);
    expect([names(), gate.hasRoom(), gate.isHeld]).toEqual([[], false, true]);
    onRoom.mockClear();
    await vi.advanceTimersByTimeAsync(101);
    expect([names(), gate.hasRoom()]).toEqual([['a'], true]);
    expect(onRoom).toHaveBeenCalled();
    gate.pause();
    void enter('b');
    await vi.advanceTimersByTimeAsync(5000);
    expect(names()).toEqual(['a']);
    gate.resume();
    await vi.advanceTimersByTimeAsync(0);
    expect(names()).toEqual(['a', 'b']);
  });

  it('refuses all who wait or come when the copy stops, with its reason', async () => {
    const { stop, refused, enter, names } = setUp(1, limiter());
    for (const name of ['a', 'b']) void enter(name);
    await vi.advanceTimersByTimeAsync(0);
    stop.abort('stopped');
    void enter('c');
    await vi.advanceTimersByTimeAsync(0);
    expect(names()).toEqual(['a']);
    expect(refused).toEqual(['stopped', 'stopped']);
  });
});

it('gives a turn of the shared limit back if the store asks to wait meanwhile', async () => {
  const limiter = createLimiter({ maxConcurrency: 1 });
  const release = await limiter.acquire();
  const { pace, enter, names } = setUp(4, limiter);
  void enter('a');
  await vi.advanceTimersByTimeAsync(0);
  pace.holdUntil = performance.now() + 1000;
  release();
  await vi.advanceTimersByTimeAsync(0);
  const other = await limiter.acquire();
  expect(names()).toEqual([]);
  other();
  await vi.advanceTimersByTimeAsync(1001);
  expect(names()).toEqual(['a']);
});
