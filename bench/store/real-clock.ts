import type { Clock } from '../../test/simulator/virtual-clock.ts';

/** The store models' clock when they run for real. Everything that is due within the same millisecond shares one timer. */
export class RealClock implements Clock {
  readonly #origin = performance.now();
  readonly #due = new Map<number, (() => void)[]>();

  get now(): number {
    return performance.now() - this.#origin;
  }

  at(time: number, run: () => void): void {
    const now = this.now;
    const delayMs = Math.round(time - now);
    if (delayMs <= 0) {
      run();
      return;
    }
    const key = Math.round(now) + delayMs;
    const together = this.#due.get(key);
    if (together !== undefined) {
      together.push(run);
      return;
    }
    const list = [run];
    this.#due.set(key, list);
    setTimeout(() => {
      this.#due.delete(key);
      for (const due of list) due();
    }, delayMs);
  }
}
