import { createHash } from 'node:crypto';

const START_SIZE = 16;

/** Texts by 64 bits of their hash, at most 16 bytes for each, so that a million of them are no burden; with a value each, twice that. */
export class HashTable {
  #keys = new BigUint64Array(START_SIZE);
  #values: BigUint64Array | undefined;
  #size = 0;

  /** @param hasValues - whether `set` is to be called */
  constructor(hasValues = false) {
    if (hasValues) this.#values = new BigUint64Array(START_SIZE);
  }

  get size(): number {
    return this.#size;
  }

  /** @returns false if it was there already */
  add(text: string): boolean {
    const before = this.#size;
    this.#take(hashOf(text));
    return this.#size > before;
  }

  set(text: string, value: bigint): void {
    const slot = this.#take(hashOf(text));
    if (this.#values !== undefined) this.#values[slot] = value;
  }

  get(text: string): bigint | undefined {
    const hash = hashOf(text);
    const slot = this.#find(hash);
    return this.#keys[slot] === hash ? this.#values?.[slot] : undefined;
  }

  /** @returns the slot of a hash, which has one from then on */
  #take(hash: bigint): number {
    const slot = this.#find(hash);
    if (this.#keys[slot] === hash) return slot;
    // At most four fifths are taken, so that a search stays short.
    if ((this.#size + 1) * 5 > this.#keys.length * 4) {
      this.#grow();
      return this.#take(hash);
    }
    this.#size++;
    this.#keys[slot] = hash;
    return slot;
  }

  #find(hash: bigint): number {
    const { length } = this.#keys;
    let slot = Number(hash & 0xff_ff_ff_ffn) % length;
    while (this.#keys[slot] !== 0n && this.#keys[slot] !== hash) slot = slot + 1 === length ? 0 : slot + 1;
    return slot;
  }

  #grow(): void {
    const keys = this.#keys;
    const values = this.#values;
    const length = Math.ceil(keys.length * 1.6);
    this.#keys = new BigUint64Array(length);
    this.#values = values && new BigUint64Array(length);
    for (const [from, hash] of keys.entries()) {
      if (hash === 0n) continue;
      const slot = this.#find(hash);
      this.#keys[slot] = hash;
      if (this.#values !== undefined) this.#values[slot] = values?.[from] ?? 0n;
    }
  }
}

/** 64 bits that stand for a text; never 0. */
export function hashOf(text: string): bigint {
  const hash = createHash('md5').update(text).digest().readBigUInt64LE();
  return hash === 0n ? 1n : hash;
}
