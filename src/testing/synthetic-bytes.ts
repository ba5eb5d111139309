import { createHash } from 'node:crypto';

const BLOCK_SIZE = 4096;
const BLOCK_WORDS = BLOCK_SIZE / 4;

/**
 * Bytes that exist only as a rule: those at an offset depend on the seed and the offset alone, so an object of any size needs no
 * memory and any range of it can be read. Every four bytes differ between blocks, so that a wrong range shows in the bytes.
 */
export class SyntheticBytes {
  readonly #seed: string;
  /** Made when bytes are read: most objects are only listed and copied. */
  #baseBlock: Int32Array | undefined;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** The `length` bytes from `offset` on. */
  read(offset: number, length: number): Buffer {
    const firstBlock = Math.floor(offset / BLOCK_SIZE);
    const skip = offset - firstBlock * BLOCK_SIZE;
    const blocks = Math.ceil((skip + length) / BLOCK_SIZE);
    const words = new Int32Array(blocks * BLOCK_WORDS);
    const base = (this.#baseBlock ??= makeBlock(this.#seed));
    for (let block = 0; block < blocks; block += 1) {
      const stamp = mixBlockNumber(firstBlock + block);
      const at = block * BLOCK_WORDS;
      for (let word = 0; word < BLOCK_WORDS; word += 1) words[at + word] = (base[word] ?? 0) ^ stamp;
    }
    return Buffer.from(words.buffer, skip, length);
  }
}

function makeBlock(seed: string): Int32Array {
  const block = Buffer.alloc(BLOCK_SIZE);
  for (let offset = 0; offset < BLOCK_SIZE; offset += 64) {
    createHash('sha512').update(`${seed}\n${offset}`).digest().copy(block, offset);
  }
  return Int32Array.from({ length: BLOCK_WORDS }, (_, word) => block.readInt32LE(word * 4));
}

function mixBlockNumber(block: number): number {
  // Block numbers of the largest objects need more than 32 bits: both halves go in.
  let mixed = Math.imul(block >>> 0, 0x9e3779b1) ^ Math.imul(Math.floor(block / 4_294_967_296) + 1, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return mixed ^ (mixed >>> 15);
}
