import { CopyError, CopyOptionsError } from '../errors.ts';
import type { CopyStore } from '../store/copy-store.ts';
import { isSameStore } from '../store/same-store.ts';
import { target } from './check-entry.ts';
import type { CopyObjectsOptions, ObjectTarget } from './copy-objects-options.ts';
import { atOnce } from './filter.ts';
import { HashTable } from './hash-table.ts';
import type { ManyObject } from './many-object.ts';
import type { SourceEntry } from './source-pages.ts';

/** The first places taken are kept by name, for messages; the others by their hashes. */
const MOST_NAMED = 10_000;

/** Why an object isn't copied to its place. */
export interface Misplacement {
  readonly code: 'DESTINATION_COLLISION' | 'DESTINATION_IN_SOURCE';
  readonly error: CopyError;
}

/** Says where each object goes. */
export class Placing {
  readonly #destination: CopyObjectsOptions['destination'];
  readonly #sourcePrefix: string;
  /** Keys under it are copies of this run or of an earlier one, not what is to be copied. */
  #ownPrefix: string | undefined;
  /** Copies must not replace what is still to be copied. */
  #guarded: { readonly bucket: string; readonly prefix: string } | undefined;
  /** What is beyond the first places taken. Undefined if different keys can't go to the same place. */
  readonly #taken: HashTable | undefined;
  readonly #isSameStore: boolean;
  readonly #firstAt = new Map<string, string>();

  /** @throws CopyOptionsError if source and destination are the same */
  constructor({ source, destination }: CopyObjectsOptions, store: CopyStore, sourceStore: CopyStore) {
    this.#destination = destination;
    const { prefix = '' } = source;
    this.#sourcePrefix = prefix;
    this.#isSameStore = isSameStore(store, sourceStore);
    const isNamed = 'objects' in source;
    if (isNamed || typeof destination === 'function') this.#taken = new HashTable();
    if (!isNamed && source.bucket !== undefined) this.guard(source.bucket);
  }

  /**
   * Minds that a source which is read key by key isn't written into.
   *
   * @param bucket - of the source
   * @throws CopyOptionsError if source and destination are the same
   */
  guard(bucket: string): void {
    const destination = this.#destination;
    const prefix = this.#sourcePrefix;
    if (!this.#isSameStore) return;
    if (typeof destination === 'function') {
      this.#guarded = { bucket, prefix };
      return;
    }
    if (destination.bucket !== bucket) return;
    const to = destination.prefix ?? '';
    if (to === prefix) {
      throw new CopyOptionsError(
        `Options 'source' and 'destination' name the same objects (${bucket}/${prefix}): change the prefix`,
      );
    }
    if (to.startsWith(prefix)) this.#ownPrefix = to;
    else if (prefix.startsWith(to)) this.#guarded = { bucket, prefix };
  }

  /** The key without the source's prefix. */
  nameOf(key: string): string {
    return key.slice(this.#sourcePrefix.length);
  }

  /** Where the run writes under what it reads; undefined if it doesn't. */
  get ownPrefix(): string | undefined {
    return this.#ownPrefix;
  }

  /** Whether the destination lies within the source, or the source within the destination. */
  get isWithinSource(): boolean {
    return this.#ownPrefix !== undefined || this.#guarded !== undefined;
  }

  /** The destination's key of a source's; undefined if that is for a function to say. */
  keyOf(key: string): string | undefined {
    if (typeof this.#destination === 'function') return undefined;
    return (this.#destination.prefix ?? '') + this.nameOf(key);
  }

  /** Gives an object its place. @returns false if it has none, and isn't to be copied */
  place(object: ManyObject, entry: SourceEntry): boolean {
    const given = entry.destination ?? this.#ask(object);
    if (given === undefined) {
      if (typeof this.#destination === 'function') return false;
      object.toBucket = this.#destination.bucket;
      object.toKey = (this.#destination.prefix ?? '') + object.name;
      return true;
    }
    const ofRun = typeof this.#destination === 'function' ? object.bucket : this.#destination.bucket;
    object.toBucket = given.bucket ?? ofRun;
    object.toKey = given.key;
    // The rest of an object costs as much as the rest of a place, also if there is none.
    if (Object.keys(given).some((name) => name !== 'bucket' && name !== 'key')) {
      const { bucket: _bucket, key: _key, ...properties } = given;
      object.properties = properties;
    }
    return true;
  }

  #ask(object: ManyObject): ObjectTarget | undefined {
    if (typeof this.#destination !== 'function') return undefined;
    const given = atOnce(this.#destination(object), 'destination', 'an object with a key');
    return given === undefined ? undefined : target(given, { path: 'destination()' });
  }

  /** Takes the object's place. @returns why it can't be had */
  take(object: ManyObject): Misplacement | undefined {
    const { toBucket, toKey, bucket, key } = object;
    if (this.#guarded?.bucket === toBucket && toKey.startsWith(this.#guarded.prefix)) {
      const text = `Cannot copy ${bucket}/${key} to ${toKey} as that is under the source's prefix, and may still have to be copied itself`;
      return { code: 'DESTINATION_IN_SOURCE', error: new CopyError(text) };
    }
    if (this.#taken === undefined) return undefined;
    const place = `${toBucket}\n${toKey}`;
    const taker = this.#firstAt.get(place);
    if (taker === undefined && this.#firstAt.size < MOST_NAMED) {
      this.#firstAt.set(place, `${bucket}/${key}`);
      return undefined;
    }
    if (taker === undefined && this.#taken.add(place)) return undefined;
    const first = taker ?? 'an earlier object of this run';
    const text = `Cannot copy ${bucket}/${key} to ${toBucket}/${toKey} as ${first} goes there, too`;
    return { code: 'DESTINATION_COLLISION', error: new CopyError(text) };
  }
}
