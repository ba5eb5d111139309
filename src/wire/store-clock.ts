import { formatSigningTime, type SigningTime } from './signer.ts';

/** A clock further off than this is corrected; stores refuse at 15 minutes. */
const TOLERANCE_MS = 5 * 60_000;

/** No server's clock shows a time outside of these; one that is believed all the same ends in dates that can't be written. */
const EARLIEST_MS = Date.UTC(1970, 0);
const LATEST_MS = Date.UTC(2100, 0);

/** The time as a store sees it: ours, corrected by what the store's answers said if ours is wrong. */
export class StoreClock {
  #offsetMs = 0;
  #version = 0;
  #second = -1;
  #time: SigningTime = formatSigningTime(new Date(0));

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

  /**
   * Takes the store's time over if the two differ by more than five minutes.
   *
   * @param candidates - what an answer says of the time, the best first; the first one that is a time at all counts
   */
  correct(candidates: readonly (string | undefined)[]): void {
    const serverTimeMs = candidates
      .map((text) => Date.parse(text ?? ''))
      .find((timeMs) => timeMs >= EARLIEST_MS && timeMs < LATEST_MS);
    if (serverTimeMs === undefined) return;
    const offsetMs = serverTimeMs - Date.now();
    if (Math.abs(offsetMs - this.#offsetMs) <= TOLERANCE_MS) return;
    this.#offsetMs = offsetMs;
    this.#second = -1;
    this.#version++;
  }
}
