import { SyntheticBytes } from './synthetic-bytes.ts';

/** The object whose upload brought the bytes into the store. */
export interface OriginOwner {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
  /** Without quotes. */
  readonly etag: string;
}

/** Bytes that came into the store at once: the body of a PUT or of a part, or a synthetic object. */
export class Origin {
  readonly size: number;
  /** Says the same for the same bytes, and only for them. */
  readonly identity: string;
  /** Whether the bytes are few enough to be hashed for real. */
  readonly hashable: boolean;
  /** Set when the object that holds these bytes comes into being; a part belongs to nobody before its upload is completed. */
  owner: OriginOwner | undefined;
  /** Where in the owner these bytes begin. */
  offsetInOwner: number = 0;
  /** Real digests of ranges, kept because parts of one small object are copied again and again in tests. */
  readonly digests: Map<string, Buffer> = new Map();
  readonly #bytes: Buffer | SyntheticBytes;

  private constructor(bytes: Buffer | SyntheticBytes, size: number, identity: string, hashable: boolean) {
    this.#bytes = bytes;
    this.size = size;
    this.identity = identity;
    this.hashable = hashable;
  }

  static #count = 0;

  static fromBytes(bytes: Buffer): Origin {
    Origin.#count += 1;
    return new Origin(bytes, bytes.length, `bytes ${Origin.#count}`, true);
  }

  /** Bytes made from `seed`; real digests up to `maxHashedSize`. */
  static fromSeed(seed: string, size: number, maxHashedSize: number): Origin {
    return new Origin(new SyntheticBytes(seed), size, `synthetic ${seed}`, size <= maxHashedSize);
  }

  read(offset: number, length: number): Buffer {
    return Buffer.isBuffer(this.#bytes)
      ? this.#bytes.subarray(offset, offset + length)
      : this.#bytes.read(offset, length);
  }
}

/** A run of bytes of one origin. */
export interface Extent {
  readonly origin: Origin;
  readonly offset: number;
  readonly length: number;
}

/** The bytes of an object or a part, as a list of extents: it costs the same for a byte as for 5 TiB. Immutable. */
export class Content {
  static readonly empty: Content = new Content([]);
  readonly size: number;
  readonly extents: readonly Extent[];
  /** Where each extent starts. */
  readonly #starts: Float64Array;

  private constructor(extents: readonly Extent[]) {
    this.extents = extents;
    this.#starts = new Float64Array(extents.length);
    let size = 0;
    for (const [index, extent] of extents.entries()) {
      this.#starts[index] = size;
      size += extent.length;
    }
    this.size = size;
  }

  /** Everything of one origin. */
  static of(origin: Origin): Content {
    return origin.size === 0 ? Content.empty : new Content([{ origin, offset: 0, length: origin.size }]);
  }

  /** One content after the other; neighbours that continue each other become one extent. */
  static concat(contents: Iterable<Content>): Content {
    const extents: Extent[] = [];
    for (const content of contents) {
      for (const extent of content.extents) {
        const last = extents.at(-1);
        if (last?.origin === extent.origin && last.offset + last.length === extent.offset) {
          extents[extents.length - 1] = { ...last, length: last.length + extent.length };
        } else {
          extents.push(extent);
        }
      }
    }
    return new Content(extents);
  }

  /** `length` bytes from `start` on; the range must lie within the content. */
  slice(start: number, length: number): Content {
    if (length === 0) return Content.empty;
    if (start === 0 && length === this.size) return this;
    const extents: Extent[] = [];
    const end = start + length;
    for (let index = this.#indexOf(start); index < this.extents.length; index += 1) {
      const extent = this.extents[index];
      const extentStart = this.#starts[index];
      if (extent === undefined || extentStart === undefined || extentStart >= end) break;
      const from = Math.max(start, extentStart);
      const to = Math.min(end, extentStart + extent.length);
      extents.push({ origin: extent.origin, offset: extent.offset + (from - extentStart), length: to - from });
    }
    return new Content(extents);
  }

  /** The bytes, in pieces of at most `pieceSize`. */
  *pieces(pieceSize: number): Generator<Buffer> {
    for (const { origin, offset, length } of this.extents) {
      for (let done = 0; done < length; done += pieceSize) {
        yield origin.read(offset + done, Math.min(pieceSize, length - done));
      }
    }
  }

  /** The extent that holds the byte at `position`, by bisection: a part of a 10,000-part object must cost no walk. */
  #indexOf(position: number): number {
    let low = 0;
    let high = this.extents.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#starts[middle] ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
