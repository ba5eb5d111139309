import { formatSigningTime, type SigningTime } from './signer.ts';

/** A clock further off than this is corrected; stores refuse at 15 minutes. */
const TOLERANCE_MS = 5 * 60_000;

/** The time as a store sees it: ours, corrected by what the store's answers said where ours is wrong. */
export class StoreClock {
  #offsetMs = 0;
  #version = 0;
  #second = -1;
  #time: SigningTime = formatSigningTime(new Date(0));

  /** The time as the store sees it, as far as that is known. */
  nowMs(): number {
    return Date.now() + this.#offsetMs;
  }

  /** The current time for a signature. Formatted once a second. */
  signingTime(): SigningTime {
    const nowMs = this.nowMs();
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#time = formatSigningTime(new Date(nowMs));
    }
    return this.#time;
  }

  /** Changes with every correction: tells whether a refused request was signed before the last one. */
  get version(): number {
    return this.#version;
  }

  /** Takes the store's time over where the two differ by more than five minutes. */
  correct(serverTimeMs: number): void {
    const offsetMs = serverTimeMs - Date.now();
    if (!Number.isFinite(offsetMs) || Math.abs(offsetMs - this.#offsetMs) <= TOLERANCE_MS) return;
    this.#offsetMs = offsetMs;
    this.#second = -1;
    this.#version++;
  }
}
