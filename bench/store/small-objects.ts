/** Where the small objects are, and where copies of them are noted. */
export const SMALL_PREFIX = 'small/';
export const COPY_PREFIX = 'copies/';

const DIGITS = 8;
const PAGE_SIZE = 1000;
const TIME = '2026-01-02T03:04:05.000Z';

/** Small objects that are made by a rule, and a byte for each that tells how often it was copied. */
export class SmallObjects {
  readonly count: number;
  readonly #size: number;
  readonly #copies: Uint8Array;
  copied = 0;

  constructor(count: number, size: number) {
    this.count = count;
    this.#size = size;
    this.#copies = new Uint8Array(count);
  }

  /** Notes a copy to a URL. @returns its ETag; undefined if there is no such source */
  copy(url: string): string | undefined {
    const index = this.#indexOf(url, COPY_PREFIX);
    if (index === undefined) return undefined;
    if (this.#copies[index] === 0) this.copied++;
    this.#copies[index] = 1;
    return etagOf(index);
  }

  /** The ETag of an object or of a copy that is there. */
  etagAt(url: string): string | undefined {
    const source = this.#indexOf(url, SMALL_PREFIX);
    if (source !== undefined) return etagOf(source);
    const copy = this.#indexOf(url, COPY_PREFIX);
    return copy !== undefined && this.#copies[copy] === 1 ? etagOf(copy) : undefined;
  }

  /** A page of a listing, of the sources or of the copies. */
  list(query: URLSearchParams): string {
    const prefix = query.get('prefix') ?? '';
    const after = query.get('continuation-token') ?? query.get('start-after') ?? query.get('marker') ?? '';
    const isCopies = prefix.startsWith(COPY_PREFIX);
    const pageSize = Math.min(PAGE_SIZE, Number(query.get('max-keys') ?? PAGE_SIZE));
    let contents = '';
    let listed = 0;
    let last = '';
    let index = this.#indexAfter(prefix, after);
    for (; index < this.count && listed < pageSize; index++) {
      if (isCopies && this.#copies[index] === 0) continue;
      last = keyOf(prefix, index);
      contents += `<Contents><Key>${last}</Key><LastModified>${TIME}</LastModified><ETag>&quot;${etagOf(index)}&quot;</ETag><Size>${this.#size}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
      listed++;
    }
    const next = index < this.count ? `<NextContinuationToken>${last}</NextContinuationToken>` : '';
    return `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bench</Name><Prefix>${prefix}</Prefix><MaxKeys>${pageSize}</MaxKeys><KeyCount>${listed}</KeyCount><IsTruncated>${next !== ''}</IsTruncated>${next}${contents}</ListBucketResult>`;
  }

  /** The first object whose key comes after another key. */
  #indexAfter(prefix: string, after: string): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (keyOf(prefix, middle) > after) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #indexOf(url: string, prefix: string): number | undefined {
    const at = url.indexOf(`/${prefix}`);
    if (at === -1 || this.count === 0) return undefined;
    const index = Number(url.slice(at + 1 + prefix.length));
    return Number.isInteger(index) && index < this.count ? index : undefined;
  }
}

function etagOf(index: number): string {
  return index.toString(16).padStart(32, '0');
}

/** The name of an object begins with the folder, whatever part of it was asked for. */
function keyOf(prefix: string, index: number): string {
  const folder = prefix.startsWith(COPY_PREFIX) ? COPY_PREFIX : SMALL_PREFIX;
  return folder + String(index).padStart(DIGITS, '0');
}
