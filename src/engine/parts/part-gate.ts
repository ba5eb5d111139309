import type { ConcurrencyController } from '../pace/concurrency-controller.ts';
import type { Limiter } from '../../request/limiter.ts';
import { sleep } from '../../request/sleep.ts';
import type { Stopwatch } from '../../request/stopwatch.ts';

/** Lets requests for parts out when they may be sent: not while the copy is paused or the store has asked to wait, each in its turn. */
export class PartGate {
  readonly #controller: ConcurrencyController;
  readonly #limiter: Limiter | undefined;
  readonly #stop: AbortSignal;
  #resumed: Promise<void> | undefined;
  #resume: (() => void) | undefined;
  #pausedAt: number | undefined;
  #pausedMs = 0;

  /** @param stop - fires when nothing is to be sent any more */
  constructor(controller: ConcurrencyController, limiter: Limiter | undefined, stop: AbortSignal) {
    this.#controller = controller;
    this.#limiter = limiter;
    this.#stop = stop;
    stop.addEventListener('abort', () => this.#resume?.(), { once: true });
  }

  get isPaused(): boolean {
    return this.#resumed !== undefined;
  }

  /** Whether nothing is to be sent now: paused, or held back by the store. */
  get isHeld(): boolean {
    return this.#resumed !== undefined || this.#controller.holdUntil > performance.now();
  }

  /** Whether a request may be sent without asking for a turn. */
  get isOpen(): boolean {
    return this.#limiter === undefined && !this.#stop.aborted && !this.isHeld;
  }

  /** The time on a clock that stands still while the copy is paused, in milliseconds. */
  readonly now = (): number => (this.#pausedAt ?? performance.now()) - this.#pausedMs;

  pause(): void {
    this.#pausedAt ??= performance.now();
    this.#resumed ??= new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  resume(): void {
    if (this.#pausedAt !== undefined) this.#pausedMs += performance.now() - this.#pausedAt;
    this.#pausedAt = undefined;
    this.#resume?.();
    this.#resumed = undefined;
    this.#resume = undefined;
  }

  /**
   * Waits until a request may be sent, and for a turn of the shared limit; answers with what ends the turn. Rejects with the reason
   * why nothing is sent any more. `stopwatch`, where it runs, stands still in the wait for a turn.
   */
  async takeTurn(stopwatch: Stopwatch): Promise<(() => void) | undefined> {
    for (;;) {
      await this.#waitWhileHeld();
      stopwatch.stop();
      const turn = this.#limiter?.acquire(this.#stop);
      const release = turn instanceof Promise ? await turn : turn;
      if (!this.isHeld) return release;
      // Paused or held in the meantime: others may have better use for the turn.
      release?.();
    }
  }

  async #waitWhileHeld(): Promise<void> {
    this.#stop.throwIfAborted();
    while (this.isHeld) {
      await (this.#resumed ?? sleep(Math.ceil(this.#controller.holdUntil - performance.now()), this.#stop));
      this.#stop.throwIfAborted();
    }
  }
}
