import { grantsOfCannedAcl } from './access-control.ts';
import { Content, Origin } from './content.ts';
import { digestContent } from './content-digest.ts';
import { findPlace } from './key-order.ts';
import type { StoredObject } from './stored-object.ts';

/** Objects that are made by a rule when they are asked for, so that a million of them take no memory. */
export interface TestSeries {
  readonly bucket: string;
  /** Keys are this and a number from 0, of as many digits as the last one has. */
  readonly prefix: string;
  readonly count: number;
  /** Bytes of each. */
  readonly size: number;
}

/** The objects of a series. */
export class ObjectSeries {
  readonly count: number;
  readonly #series: TestSeries;
  readonly #digits: number;
  readonly #madeMs: number;
  readonly #ownerId: string;

  constructor(series: TestSeries, madeMs: number, ownerId: string) {
    this.#series = series;
    this.count = series.count;
    this.#digits = String(Math.max(0, series.count - 1)).length;
    this.#madeMs = madeMs;
    this.#ownerId = ownerId;
  }

  keyAt(index: number): string {
    return this.#series.prefix + String(index).padStart(this.#digits, '0');
  }

  /** Where the first key stands that isn't before this one. */
  placeOf(key: string): number {
    return findPlace(this.count, (index) => this.keyAt(index), key);
  }

  /** The object of a key, if the series has it. The same one each time, but for its identity. */
  find(key: string): StoredObject | undefined {
    const { bucket, prefix, size } = this.#series;
    if (!key.startsWith(prefix)) return undefined;
    const digits = key.slice(prefix.length);
    if (digits.length !== this.#digits || !/^\d+$/.test(digits) || Number(digits) >= this.count) return undefined;
    // Its digest is derived from its name, not from bytes that would have to be made first.
    const origin = Origin.fromSeed(`${bucket}\n${key}`, size, -1);
    const content = Content.of(origin);
    const etag = digestContent(content, 'MD5').toString('hex');
    origin.owner = { bucket, key, versionId: 'null', etag };
    return {
      headers: { 'content-type': 'application/octet-stream' },
      metadata: {},
      storageClass: 'STANDARD',
      grants: grantsOfCannedAcl('private', this.#ownerId),
      tags: {},
      lock: {},
      encryption: { type: 'none' },
      bucket,
      key,
      versionId: 'null',
      deleteMarker: false,
      content,
      etag,
      lastModifiedMs: this.#madeMs,
      checksums: {},
    };
  }
}
