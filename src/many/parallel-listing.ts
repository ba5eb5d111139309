import type { ListedObject } from '../store/copy-store.ts';

/** Characters before or after which others stand in UTF-8's order than in UTF-16's. */
const ORDERED_EITHER_WAY = /[\uD800-\uFFFF]/;

/** A listing that is read beside another one, as far as that has come, and remembers no more than a page or so. */
export class ParallelListing {
  readonly #pages: AsyncIterator<readonly ListedObject[]>;
  /** Listed, and not behind what was asked for so far. */
  #rest: readonly ListedObject[] = [];
  #last: string | undefined;
  #isAtEnd = false;

  constructor(pages: AsyncIterator<readonly ListedObject[]>) {
    this.#pages = pages;
  }

  /** Finds objects by their keys, which stand in the order of a listing, behind those of the call before. */
  async find(keys: readonly string[]): Promise<ReadonlyMap<string, ListedObject>> {
    const found = new Map<string, ListedObject>();
    const last = keys.at(-1);
    if (last === undefined) return found;
    const wanted = new Set(keys);
    const rest: ListedObject[] = [];
    const take = (objects: readonly ListedObject[]): void => {
      for (const object of objects) {
        if (wanted.has(object.key)) found.set(object.key, object);
        else if (!isBehind(object.key, last)) rest.push(object);
      }
    };
    take(this.#rest);
    // Where the two sides have different orders, others than the last key may be the last to be listed.
    const lasts = [last, ...keys.filter((key) => ORDERED_EITHER_WAY.test(key))];
    const isListed = (end: string): boolean => lasts.every((key) => isBehind(key, end));
    while (!this.#isAtEnd && (this.#last === undefined || !isListed(this.#last))) {
      const { done, value } = await this.#pages.next();
      if (done === true) this.#isAtEnd = true;
      else {
        take(value);
        this.#last = value.at(-1)?.key ?? this.#last;
      }
    }
    this.#rest = rest;
    return found;
  }

  async close(): Promise<void> {
    await this.#pages.return?.();
  }
}

/** Whether a key comes before another one in UTF-8's order and in UTF-16's: stores have either. */
export function isBehind(key: string, other: string): boolean {
  return key < other && Buffer.compare(Buffer.from(key), Buffer.from(other)) < 0;
}
