import type { Pace } from '../pace/concurrency-controller.ts';
import type { Limiter } from '../../request/limiter.ts';

/** Gives back what a request holds while it runs: its place, and its turn of the shared limit. `admit` gives them to the next one. */
export type Leave = () => void;

interface Waiter {
  readonly resolve: (leave: Leave) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Lets requests for parts out: as many at a time as the controller says, none while the copy is paused or the store has asked to
 * wait, each in its turn of the shared limit. Requests wait here for all of that, and nowhere else.
 */
export class PartGate {
  readonly #controller: Pace;
  readonly #limiter: Limiter | undefined;
  readonly #stop: AbortSignal;
  readonly #onRoom: () => void;
  /** In the order of arrival: next attempts and duplicates, and with a shared limit new parts too. */
  readonly #waiters: Waiter[] = [];
  #inside = 0;
  #holdTimer: NodeJS.Timeout | undefined;
  #pausedAt: number | undefined;
  #pausedMs = 0;

  /**
   * @param stop - fires when nothing is to be sent any more
   * @param onRoom - called when there may be room for a new part
   */
  constructor(controller: Pace, limiter: Limiter | undefined, stop: AbortSignal, onRoom: () => void) {
    this.#controller = controller;
    this.#limiter = limiter;
    this.#stop = stop;
    this.#onRoom = onRoom;
    const refuse = (): void => {
      for (const waiter of this.#waiters.splice(0)) waiter.reject(stop.reason);
    };
    stop.addEventListener('abort', refuse, { once: true });
  }

  /** Whether nothing is to be sent now: paused, or held back by the store. */
  get isHeld(): boolean {
    return this.#pausedAt !== undefined || this.holdMs > 0;
  }

  /** How long the store has asked to wait from now on, in milliseconds. */
  get holdMs(): number {
    const { holdUntil } = this.#controller;
    return holdUntil === 0 ? 0 : Math.max(0, holdUntil - performance.now());
  }

  /** The time on a clock that stands still while the copy is paused, in milliseconds. */
  readonly now = (): number => (this.#pausedAt ?? performance.now()) - this.#pausedMs;

  pause(): void {
    this.#pausedAt ??= performance.now();
  }

  resume(): void {
    if (this.#pausedAt !== undefined) this.#pausedMs += performance.now() - this.#pausedAt;
    this.#pausedAt = undefined;
    this.admit();
  }

  /** Whether a new part may start: there is a place, and nobody waits for it. */
  hasRoom(): boolean {
    return this.#waiters.length === 0 && this.#isOpen();
  }

  /** Answers once a request may be sent; at once, without a promise, if nothing stands against it. Rejects with the reason of `stop`. */
  enter(): Leave | Promise<Leave> {
    if (this.#limiter === undefined && !this.#stop.aborted && this.hasRoom()) {
      this.#inside++;
      return this.#leave;
    }
    return new Promise((resolve, reject) => {
      this.#stop.throwIfAborted();
      this.#waiters.push({ resolve, reject });
      this.admit();
    });
  }

  admit(): void {
    while (this.#waiters.length > 0 && this.#isOpen()) {
      const waiter = this.#waiters.shift() as Waiter;
      this.#inside++;
      if (this.#limiter === undefined) waiter.resolve(this.#leave);
      else void this.#takeTurn(this.#limiter, waiter);
    }
    this.#onRoom();
  }

  close(): void {
    clearTimeout(this.#holdTimer);
  }

  readonly #leave: Leave = () => {
    this.#inside--;
  };

  async #takeTurn(limiter: Limiter, waiter: Waiter): Promise<void> {
    try {
      const release = await limiter.acquire(this.#stop);
      if (this.isHeld) {
        // Paused or held in the meantime: other copies may have better use for the turn.
        release();
        this.#leave();
        this.#waiters.unshift(waiter);
        this.admit();
        return;
      }
      waiter.resolve(() => {
        release();
        this.#leave();
      });
    } catch (error) {
      this.#leave();
      waiter.reject(error);
    }
  }

  #isOpen(): boolean {
    if (this.#pausedAt !== undefined || this.#inside >= this.#controller.limit) return false;
    const { holdMs } = this;
    if (holdMs === 0) return true;
    this.#holdTimer ??= setTimeout(() => {
      this.#holdTimer = undefined;
      this.admit();
    }, Math.ceil(holdMs));
    return false;
  }
}
