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
const KEYS_PER_STRETCH = 64;

/** A stretch ends here at the latest, so that its length is bounded also for keys that were chosen to have no ends. */
const LONGEST_STRETCH = 64 * KEYS_PER_STRETCH;

/**
 * Divides objects, given in the order of their keys, into batches. Borders depend on the hashes of keys, not on how many came before:
 * a key that is added or deleted changes the batches around it, and no others.
 *
 * @param threshold - objects of more bytes are batches of their own
 */
export async function* batchesOf<T extends Batched>(
  objects: AsyncIterable<T> | Iterable<T>,
  threshold: number,
): AsyncGenerator<readonly T[], void, undefined> {
  let stretch: Hashed<T>[] = [];
  for await (const object of objects) {
    if ((object.size ?? 0) > threshold) {
      yield [object];
      continue;
    }
    const rank = rankOf(object.key);
    stretch.push({ object, rank });
    if (rank % KEYS_PER_STRETCH !== 0 && stretch.length < LONGEST_STRETCH) continue;
    yield* divide(stretch);
    stretch = [];
  }
  yield* divide(stretch);
}

interface Hashed<T> {
  readonly object: T;
  readonly rank: number;
}

/** Cuts what is too much for a batch behind the key of the highest rank, and the halves likewise. */
function* divide<T extends Batched>(stretch: readonly Hashed<T>[]): Generator<readonly T[], void, undefined> {
  if (stretch.length === 0) return;
  const bytes = stretch.reduce((sum, { object }) => sum + (object.size ?? 0), 0);
  if (stretch.length === 1 || (stretch.length <= MOST_OBJECTS && bytes <= MOST_BYTES)) {
    yield stretch.map(({ object }) => object);
    return;
  }
  let cut = 0;
  for (let index = 1; index < stretch.length - 1; index++) {
    if ((stretch[index]?.rank ?? 0) > (stretch[cut]?.rank ?? 0)) cut = index;
  }
  yield* divide(stretch.slice(0, cut + 1));
  yield* divide(stretch.slice(cut + 1));
}

/** A hash of 32 bits that spreads similar keys (FNV-1a, with the last step of MurmurHash3). */
function rankOf(key: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01_00_01_93);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2_b2_ae_35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
