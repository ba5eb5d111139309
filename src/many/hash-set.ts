import { createHash } from 'node:crypto';

const START_SIZE = 16;

/** Texts by 64 bits of their hash: at most 16 bytes for each, so that a million of them are no burden. */
export class HashSet {
  #slots = new BigUint64Array(START_SIZE);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(text: string): boolean {
    const hash = hashOf(text);
    return this.#slots[this.#find(hash)] === hash;
  }

  /** @returns false if it was there already */
  add(text: string): boolean {
    const hash = hashOf(text);
    const slot = this.#find(hash);
    if (this.#slots[slot] === hash) return false;
    this.#slots[slot] = hash;
    // At most three quarters are taken, so that a search stays short.
    if (++this.#size * 4 > this.#slots.length * 3) this.#grow();
    return true;
  }

  #find(hash: bigint): number {
    const mask = this.#slots.length - 1;
    let slot = Number(hash & 0xff_ff_ff_ffn) & mask;
    while (this.#slots[slot] !== 0n && this.#slots[slot] !== hash) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new BigUint64Array(old.length * 2);
    for (const hash of old) if (hash !== 0n) this.#slots[this.#find(hash)] = hash;
  }
}

function hashOf(text: string): bigint {
  const hash = createHash('md5').update(text).digest().readBigUInt64LE();
  return hash === 0n ? 1n : hash;
}
