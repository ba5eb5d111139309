import { hash } from 'node:crypto';

const START_SLOTS = 16;

/** Beside a value, the second word of a slot holds half as much of the hash. */
const UPPER_HALF = 0xff_ff_00_00;

/**
 * Texts by 64 bits of their hash, at most 16 bytes for each, so that a million of them are no burden. With a value of 48 bits each, they
 * stand by as many bits, and take at most 24 bytes. Nothing of it is garbage later, as BigInts would be.
 */
export class HashTable {
  readonly #width: 2 | 3;
  /** The bits of a slot's second word that are the hash's. */
  readonly #mask: number;
  /** Slot by slot: the hash, and behind it the value. An empty one begins with 0. */
  #words: Uint32Array;
  #size = 0;

  /** @param hasValues - whether `set` is to be called */
  constructor(hasValues = false) {
    this.#width = hasValues ? 3 : 2;
    this.#mask = hasValues ? UPPER_HALF : 0xff_ff_ff_ff;
    this.#words = new Uint32Array(START_SLOTS * this.#width);
  }

  get size(): number {
    return this.#size;
  }

  /** @returns false if it was there already */
  add(text: string): boolean {
    const before = this.#size;
    this.#take(text);
    return this.#size > before;
  }

  /** @param value - an integer below 2^48 */
  set(text: string, value: number): void {
    const at = this.#take(text);
    this.#words[at + 1] = (this.#word(at + 1) & UPPER_HALF) | Math.floor(value / 2 ** 32);
    this.#words[at + 2] = value;
  }

  get(text: string): number | undefined {
    const at = this.#find(...halvesOf(text));
    return this.#word(at) === 0 ? undefined : (this.#word(at + 1) & ~UPPER_HALF) * 2 ** 32 + this.#word(at + 2);
  }

  /** @returns where the slot of a text is, which has one from then on */
  #take(text: string): number {
    // At most four fifths are taken, so that a search stays short.
    if ((this.#size + 1) * this.#width * 5 > this.#words.length * 4) this.#grow();
    const [first, second] = halvesOf(text);
    const at = this.#find(first, second);
    if (this.#word(at) === 0) {
      this.#size++;
      this.#words[at] = first;
      this.#words[at + 1] = second & this.#mask;
    }
    return at;
  }

  #word(at: number): number {
    return this.#words[at] as number;
  }

  #find(first: number, second: number): number {
    const { length } = this.#words;
    let at = (first % (length / this.#width)) * this.#width;
    while (this.#word(at) !== 0 && (this.#word(at) !== first || ((this.#word(at + 1) ^ second) & this.#mask) !== 0)) {
      at += this.#width;
      if (at === length) at = 0;
    }
    return at;
  }

  #grow(): void {
    const old = this.#words;
    const width = this.#width;
    this.#words = new Uint32Array(Math.ceil((old.length / width) * 1.6) * width);
    for (let from = 0; from < old.length; from += width) {
      const slot = old.subarray(from, from + width);
      const [first = 0, second = 0] = slot;
      if (first !== 0) this.#words.set(slot, this.#find(first, second));
    }
  }
}

/** 64 bits that stand for a text; the first half is never 0. */
function halvesOf(text: string): [number, number] {
  const digest = hash('md5', text);
  return [Number.parseInt(digest.slice(0, 8), 16) || 1, Number.parseInt(digest.slice(8, 16), 16)];
}

/** 48 bits that stand for a text: a value for the table. */
export function valueOf(text: string): number {
  return Number.parseInt(hash('md5', text).slice(0, 12), 16);
}
