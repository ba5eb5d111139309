/** A token bucket without a clock of its own: the caller says what time it is, in milliseconds of a monotonic clock. */
export class TokenBucket {
  #perSecond = 0;
  #tokensPerMs = 0;
  #capacity = 0;
  #tokens: number;
  #updatedAt = -Infinity;

  /**
   * At most `perSecond` tokens are taken in any second, whenever it begins: what may be taken at once (a fiftieth of a second's
   * worth, so that a timer which fires late costs nothing) is taken off the rate at which the bucket fills.
   */
  constructor(perSecond: number) {
    this.#adopt(perSecond);
    this.#tokens = this.#capacity;
  }

  get perSecond(): number {
    return this.#perSecond;
  }

  setRate(perSecond: number, now: number): void {
    this.#refill(now);
    this.#adopt(perSecond);
    this.#tokens = Math.min(this.#tokens, this.#capacity);
  }

  #adopt(perSecond: number): void {
    this.#perSecond = perSecond;
    this.#capacity = 1 + Math.floor(perSecond / 50);
    this.#tokensPerMs = (perSecond - (this.#capacity - 1)) / 1000;
  }

  tryTake(now: number): boolean {
    this.#refill(now);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Milliseconds until the next token; 0 if there is one. */
  msUntilNext(now: number): number {
    this.#refill(now);
    return this.#tokens >= 1 ? 0 : (1 - this.#tokens) / this.#tokensPerMs;
  }

  #refill(now: number): void {
    // The first call only starts the clock: the bucket begins full.
    if (now > this.#updatedAt) {
      if (this.#updatedAt !== -Infinity) {
        const tokens = this.#tokens + (now - this.#updatedAt) * this.#tokensPerMs;
        // Adding thousands of small steps must not leave a token at 0.9999999 for ever.
        this.#tokens = Math.min(this.#capacity, tokens > 1 - 1e-9 && tokens < 1 ? 1 : tokens);
      }
      this.#updatedAt = now;
    }
  }
}
