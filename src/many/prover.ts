import { foldKey } from '../engine/key-twins.ts';
import { messageOf } from '../errors.ts';
import { isStoreError } from '../store/store-error.ts';
import type { ManyContext } from './many-context.ts';
import type { ManyObject } from './many-object.ts';
import { objectPages } from './object-pages.ts';

/** Objects that stand one after another in the source's listing, and are proved together. */
export interface Batch {
  readonly bucket: string;
  /** Where the keys of the batch begin at the destination: after this one. */
  after: string | undefined;
  /** Whether they come in the order of a listing. Those of an inventory do or don't. */
  readonly isOrdered: boolean;
  /** Copied, and not yet proved. */
  readonly copied: ManyObject[];
  /** Neither copied nor given up. */
  pending: number;
  /** Whether more may come. */
  isOpen: boolean;
}

/** A page that proves fewer objects than this costs more than a HEAD each: at most stores' prices, as much as twelve of them, though it is one request. */
const FEWEST_PROVED = 8;

/** So few are looked for on a page that is no longer than it must be: a page of a thousand takes some milliseconds to read. */
const MOST_ON_SHORT_PAGE = 100;

/** Keys of others that may stand between those on a short page. */
const SPARE_KEYS = 4;

/** What becomes of an object that was looked for. */
export interface ProverHandler {
  proved(object: ManyObject, etag: string): void;
  /** The listing doesn't show it as it must be: a HEAD must tell. */
  unproved(object: ManyObject): void;
}

/** Proves copies by the destination's listing, a thousand at a time, over the range of keys that was written. */
export class Prover {
  readonly #context: ManyContext;
  readonly #handler: ProverHandler;
  readonly #prefix: string;
  #isRefused = false;

  /** @param prefix - of all keys at the destination */
  constructor(context: ManyContext, prefix: string, handler: ProverHandler) {
    this.#context = context;
    this.#prefix = prefix;
    this.#handler = handler;
  }

  /** Proves what a batch has copied. Never rejects. */
  async prove(batch: Batch): Promise<void> {
    const sought = new Map<string, ManyObject>();
    for (const object of batch.copied) {
      // Whichever was listed twice is looked at twice.
      if (isRisky(object.toKey) || sought.has(object.toKey)) this.#handler.unproved(object);
      else sought.set(object.toKey, object);
    }
    batch.copied.length = 0;
    if (!this.#isRefused && sought.size >= FEWEST_PROVED) await this.#proveByListing(batch, sought);
    for (const object of sought.values()) this.#handler.unproved(object);
  }

  async #proveByListing(batch: Batch, sought: Map<string, ManyObject>): Promise<void> {
    const { to, signal, outcomes } = this.#context;
    const prefix = this.#prefix;
    const pages = objectPages({
      ...to,
      bucket: batch.bucket,
      prefix,
      startAfter: batch.isOrdered ? batch.after : shortlyBefore(firstOf(sought.keys())),
      ...(sought.size <= MOST_ON_SHORT_PAGE && { maxKeys: sought.size + SPARE_KEYS }),
    });
    try {
      for await (const page of pages) {
        let proved = 0;
        for (const { key, size, etag } of page) {
          const object = sought.get(key);
          if (object === undefined || size !== object.size || etag === undefined || etag !== object.etag) continue;
          sought.delete(key);
          proved++;
          this.#handler.proved(object, etag);
        }
        if (sought.size === 0 || proved < FEWEST_PROVED) return;
      }
    } catch (error) {
      if (signal.aborted || !isStoreError(error)) return;
      this.#isRefused = !error.retryable;
      outcomes.warn(
        'LISTING_REFUSED',
        `Copies are proved by a HEAD each as ${batch.bucket} could not be listed: ${messageOf(error)}`,
      );
    }
  }
}

function firstOf(keys: Iterable<string>): string {
  let first: string | undefined;
  for (const key of keys) if (first === undefined || key < first) first = key;
  return first ?? '';
}

/** A text with hardly a key between it and the given one, which sorts later; of some keys the key itself, which a HEAD proves then. */
function shortlyBefore(key: string): string {
  const last = key.charCodeAt(key.length - 1);
  return last > 0x21 && last < 0x7f ? `${key.slice(0, -1)}${String.fromCharCode(last - 1)}~` : key;
}

/** Keys that stores are known to list under another name, or not at all. */
export function isRisky(key: string): boolean {
  return foldKey(key) !== key;
}
