/** Orders keys by their UTF-8 bytes, as listings do; UTF-16 order differs beyond the basic plane. */
export function compareKeys(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

/** Halves of surrogate pairs come after everything else in UTF-8. */
function rank(code: number): number {
  return code >= 0xd8_00 && code <= 0xdf_ff ? code + 0x1_00_00 : code;
}

/** Where a key stands, or would stand, in a list of so many in order. */
export function findPlace(count: number, keyAt: (index: number) => string, key: string): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(keyAt(middle), key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Keys in order. Adding one costs nothing until they are next looked at, and little then if it comes last. */
export class KeyList {
  readonly #sorted: string[] = [];
  #added: string[] = [];

  add(key: string): void {
    this.#added.push(key);
  }

  delete(key: string): void {
    const keys = this.sorted();
    const place = findPlace(keys.length, (index) => keys[index] ?? '', key);
    if (keys[place] === key) this.#sorted.splice(place, 1);
  }

  sorted(): readonly string[] {
    const sorted = this.#sorted;
    const [first, ...others] = this.#added.length === 0 ? [] : this.#added.toSorted(compareKeys);
    this.#added = [];
    if (first === undefined) return sorted;
    const tail = sorted.splice(findPlace(sorted.length, (index) => sorted[index] ?? '', first));
    let next = 0;
    for (const key of [first, ...others]) {
      for (let old = tail[next]; old !== undefined && compareKeys(old, key) < 0; old = tail[++next]) sorted.push(old);
      sorted.push(key);
    }
    for (; next < tail.length; next++) sorted.push(tail[next] ?? '');
    return sorted;
  }
}
