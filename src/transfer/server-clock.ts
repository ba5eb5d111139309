/** Relates this machine's clock to the store's, so that times the store reports can be compared with when this copy began. */
export class ServerClock {
  #offsetMs = 0;

  /** Learns from an answer's `Date`. */
  observe(serverTime: Date | undefined): void {
    if (serverTime !== undefined) this.#offsetMs = serverTime.getTime() - Date.now();
  }

  /** The store's time now, as far as it is known; good to a second, since `Date` has no fractions. */
  now(): number {
    return Date.now() + this.#offsetMs;
  }
}
