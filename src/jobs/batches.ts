/** What a batch is made of. */
export interface Batched {
  readonly key: string;
  readonly size?: number | undefined;
}

/** Objects of a batch. */
const MOST_OBJECTS = 100;

/** Bytes of a batch of more than one object. */
export const MOST_BYTES: number = 400 * 1024 ** 2;

/** One key of so many ends a stretch, from which batches are made. */
const KEYS_PER_STRETCH = 1024;

/** A stretch ends here at the latest, so that its length is bounded also for keys that were chosen to have no ends. */
const LONGEST_STRETCH = 4 * KEYS_PER_STRETCH;

/** Batches are nearly full, as a job costs the same for one object as for a hundred; what is left of them moves the cuts. */
const USUAL_OBJECTS = 92;

/**
 * Divides objects, given in the order of their keys, into batches. Borders depend on the hashes of keys, not on how many came before:
 * a key that is added or deleted changes the batches around it, and no others.
 */
export class Batches<T extends Batched> {
  readonly #threshold: number;
  #stretch: Hashed<T>[] = [];

  /** @param threshold - objects of more bytes are batches of their own */
  constructor(threshold: number) {
    this.#threshold = threshold;
  }

  /** Takes the next object. @returns the batches that are whole by now */
  add(object: T): Iterable<readonly T[]> {
    if ((object.size ?? 0) > this.#threshold) return [[object]];
    const rank = rankOf(object.key);
    this.#stretch.push({ object, rank });
    const isEnd = rank % KEYS_PER_STRETCH === 0 || this.#stretch.length >= LONGEST_STRETCH;
    return isEnd ? this.end() : NONE;
  }

  /** @returns what is left */
  end(): Iterable<readonly T[]> {
    const stretch = this.#stretch;
    this.#stretch = [];
    return divide(stretch);
  }
}

const NONE: readonly never[] = [];

interface Hashed<T> {
  readonly object: T;
  readonly rank: number;
}

/**
 * Cuts what is too much for a batch near its middle, so that both halves make full batches, and the halves likewise. The key of the
 * highest rank around there ends the first half: one more key moves the middle, but seldom the cut.
 */
function* divide<T extends Batched>(
  stretch: readonly Hashed<T>[],
  wanted = Math.ceil(stretch.length / USUAL_OBJECTS),
): Generator<readonly T[], void, undefined> {
  const { length } = stretch;
  if (length === 0) return;
  const bytes = stretch.reduce((sum, { object }) => sum + (object.size ?? 0), 0);
  if (length === 1 || (length <= MOST_OBJECTS && bytes <= MOST_BYTES)) {
    yield stretch.map(({ object }) => object);
    return;
  }
  const batches = Math.max(2, wanted);
  const first = Math.floor(batches / 2);
  const middle = (length * first) / batches;
  const slack = length <= MOST_OBJECTS ? length / 4 : (batches * MOST_OBJECTS - length) / 4;
  let cut = Math.max(1, Math.ceil(middle - slack));
  for (let end = cut; end <= Math.min(length - 1, middle + slack); end++) {
    if (rankOfLast(stretch, end) > rankOfLast(stretch, cut)) cut = end;
  }
  yield* divide(stretch.slice(0, cut), first);
  yield* divide(stretch.slice(cut), batches - first);
}

function rankOfLast(stretch: readonly Hashed<unknown>[], end: number): number {
  return stretch[end - 1]?.rank ?? 0;
}

/** A hash of 32 bits that spreads similar keys (FNV-1a, with the last step of MurmurHash3). */
function rankOf(key: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01_00_01_93);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2_b2_ae_35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
