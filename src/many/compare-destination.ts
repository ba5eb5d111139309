import type { ListedObject } from '../store/copy-store.ts';

/** What stands at the destination, beside the source's listing: pages are read as far as the source has come. */
export class DestinationListing {
  readonly #pages: AsyncIterator<readonly ListedObject[]>;
  /** Listed, and not yet behind what the source has listed. */
  readonly #objects = new Map<string, ListedObject>();
  #last: string | undefined;
  #isAtEnd = false;

  constructor(pages: AsyncIterator<readonly ListedObject[]>) {
    this.#pages = pages;
  }

  /** Reads on to a key. What came before it is forgotten after the next call. */
  async readTo(key: string): Promise<void> {
    while (!this.#isAtEnd && (this.#last === undefined || !isBehind(key, this.#last))) {
      const { done, value } = await this.#pages.next();
      if (done === true) {
        this.#isAtEnd = true;
        return;
      }
      for (const object of value) this.#objects.set(object.key, object);
      this.#last = value.at(-1)?.key ?? this.#last;
    }
  }

  find(key: string): ListedObject | undefined {
    return this.#objects.get(key);
  }

  /** Forgets what comes before a key. */
  forgetTo(key: string): void {
    for (const known of this.#objects.keys()) {
      if (!isBehind(known, key)) return;
      this.#objects.delete(known);
    }
  }

  async close(): Promise<void> {
    await this.#pages.return?.();
  }
}

/** Whether a key comes before another one in UTF-8's order and in UTF-16's: stores have either. */
function isBehind(key: string, other: string): boolean {
  return key < other && Buffer.compare(Buffer.from(key), Buffer.from(other)) < 0;
}
