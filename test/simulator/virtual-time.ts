import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { install } from '@sinonjs/fake-timers';

// taken before any clock is installed
const { nodeTiming } = performance;
const realMs = (): number => Number(process.hrtime.bigint() / 1_000_000n);

/** Turns of the event loop without any event before time may pass. */
const CALM_TURNS = 3;
/** Bytes that nobody reads, on a connection that is paused, hold time back for so long at most. */
const LONGEST_WAIT_MS = 250;

/** How a busy machine uses up time while a request or an answer is on its way. */
export interface Slowness {
  /** Draws from 0 to 1. */
  readonly random: () => number;
  /** Share of the turns of the event loop in which time passes. */
  readonly probability: number;
  /** Milliseconds that pass then, at most. */
  readonly maxMs: number;
}

/**
 * Runs something, with all its timers and connections in this process, on a clock of its own: `setTimeout`, `Date` and `performance.now()`
 * move only when no byte is on its way and nothing is left to do. A stalled request costs nothing, and however busy the machine is, no
 * limit runs out that wouldn't on an infinitely fast one, unless {@link slowDown} says so.
 *
 * To be called once in a process: what was begun on one clock doesn't end on the next.
 */
export async function runInVirtualTime<T>(work: () => Promise<T>): Promise<T> {
  const clock = install({
    now: Date.now(),
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });
  const traffic = new LoopbackTraffic();
  let isOver = false;
  const result = work().finally(() => {
    isOver = true;
  });
  try {
    while (!isOver) {
      await traffic.untilQuiet(async () => {
        if (slowness === undefined || holds > 0) return;
        const { random, probability, maxMs } = slowness;
        if (random() < probability) await passTime(random() * maxMs);
      });
      if (!isOver && holds === 0) clock.next();
    }
    return await result;
  } finally {
    traffic.end();
    clock.uninstall();
  }

  async function passTime(delayMs: number): Promise<void> {
    let hasPassed = false;
    setTimeout(() => {
      hasPassed = true;
    }, delayMs);
    for (; !hasPassed; await nextTurn()) clock.next();
  }
}

let holds = 0;
let slowness: Slowness | undefined;

/** From now on time passes also while something is on its way, or never again. */
export function slowDown(by: Slowness | undefined): void {
  slowness = by;
}

/** Does something that takes no time, though it waits for what the clock can't see: for files, or for other threads. */
export async function holdTime<T>(work: () => Promise<T>): Promise<T> {
  holds++;
  try {
    return await work();
  } finally {
    holds--;
  }
}

/** Knows whether anything is on its way between the two ends of this process's own connections. */
class LoopbackTraffic {
  readonly #clients = new Set<Socket>();
  readonly #servers = new Map<number, Socket>();
  readonly #onClient = (message: unknown): void => void this.#clients.add((message as { socket: Socket }).socket);
  readonly #onServer = (message: unknown): void => {
    const { socket } = message as { socket: Socket };
    if (socket.remotePort !== undefined) this.#servers.set(socket.remotePort, socket);
  };

  constructor() {
    subscribe('net.client.socket', this.#onClient);
    subscribe('net.server.socket', this.#onServer);
  }

  end(): void {
    unsubscribe('net.client.socket', this.#onClient);
    unsubscribe('net.server.socket', this.#onServer);
  }

  /** Resolves when several turns of the event loop have brought nothing; calls back at each one that has. */
  async untilQuiet(onBusyTurn: () => Promise<void>): Promise<void> {
    const startedAt = realMs();
    let seen = -1;
    for (let calm = 0; calm < CALM_TURNS;) {
      await nextTurn();
      const { events } = nodeTiming.uvMetricsInfo;
      const isCalm = events === seen;
      seen = events;
      if (isCalm && (!this.#isUnderWay() || realMs() - startedAt > LONGEST_WAIT_MS)) calm++;
      else calm = 0;
      if (!isCalm) await onBusyTurn();
    }
  }

  #isUnderWay(): boolean {
    for (const client of this.#clients) {
      const port = client.localPort;
      if (client.connecting) return true;
      const server = port === undefined ? undefined : this.#servers.get(port);
      if (client.destroyed || server === undefined || server.destroyed) {
        // that an end is gone is an event at the other one
        if (client.destroyed) this.#clients.delete(client);
        continue;
      }
      if (client.bytesWritten !== server.bytesRead || server.bytesWritten !== client.bytesRead) return true;
    }
    return false;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
