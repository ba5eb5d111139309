/** Turns of the event loop after which what was sent before has been read from its connection. */
const TURNS_ON_THE_WAY = 3;

/** Counts the requests that are being worked on, whether or not somebody still waits for their answers. */
export class WorkInProgress {
  #count = 0;
  #isClosed = false;
  #waiting: (() => void)[] = [];

  begin(): void {
    this.#count += 1;
  }

  end(): void {
    this.#count -= 1;
    if (this.#count === 0) this.#tell();
  }

  /** Resolves when nothing is being worked on, or `close` was called. */
  async idle(): Promise<void> {
    do {
      for (let turn = 0; turn < TURNS_ON_THE_WAY; turn++) await nextTurn();
      if (this.#count === 0 || this.#isClosed) return;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } while (!this.#isClosed);
  }

  /** Work that is under way never ends from now on. */
  close(): void {
    this.#isClosed = true;
    this.#tell();
  }

  #tell(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
