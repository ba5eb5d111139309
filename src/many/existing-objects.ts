import { messageOf } from '../errors.ts';
import { isCopySince, isSame } from '../engine/same-object.ts';
import type { ListedObject } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import type { ManyContext } from './many-context.ts';
import type { ManyObject } from './many-object.ts';
import { objectPages, onePageAhead } from './object-pages.ts';
import { ParallelListing } from './parallel-listing.ts';
import type { Placing } from './placing.ts';
import { isRisky } from './prover.ts';
import { isWholeOnceThere } from './small-copies.ts';
import type { SourceEntry } from './source-pages.ts';

/** The first objects that a report lacks: among them are those that a killed run had copied and not reported. */
const MOST_IN_DOUBT = 4000;

/** What stands at the destination, listed beside the source if it must be known, and what of it settles an object. */
export class ExistingObjects {
  readonly #context: ManyContext;
  readonly #placing: Placing;
  #listing: ParallelListing | undefined;
  /** Of the page at hand. */
  #page: ReadonlyMap<string, ListedObject> = new Map();
  #inDoubt = 0;

  /**
   * @param isOrdered - whether keys at the destination come in the order of the source's
   * @param startAfter - the key at the destination before the first one
   */
  constructor(context: ManyContext, placing: Placing, isOrdered: boolean, startAfter: string | undefined) {
    this.#context = context;
    this.#placing = placing;
    this.#listing = isOrdered ? this.#list(startAfter) : undefined;
  }

  /** Undefined if nothing of it must be known, or its listing can't be read beside the source's. */
  #list(startAfter: string | undefined): ParallelListing | undefined {
    const { options, to } = this.#context;
    const { destination, ifExists = 'overwrite', report } = options;
    const mustKnow = ifExists !== 'overwrite' || report?.since !== undefined;
    const canList = to.store.listObjects !== undefined && typeof destination !== 'function';
    if (!mustKnow || !canList) return undefined;
    return new ParallelListing(onePageAhead(objectPages({ ...to, ...destination, startAfter })));
  }

  /** Reads what stands at the destination as far as a page of the source goes. */
  async read(page: readonly SourceEntry[]): Promise<void> {
    if (this.#listing === undefined) return;
    const { options, outcomes, signal } = this.#context;
    try {
      this.#page = await this.#listing.find(page.map(({ key }) => this.#placing.keyOf(key) ?? ''));
    } catch (error) {
      // Only what may not be overwritten must be known.
      const isNeeded = (options.ifExists ?? 'overwrite') !== 'overwrite';
      if (isNeeded || signal.aborted || !isStoreError(error)) throw error;
      this.#listing = undefined;
      outcomes.warn(
        'LISTING_REFUSED',
        `The first objects that the report lacks are looked at by a HEAD each as the destination could not be listed: ${messageOf(error)}`,
      );
    }
  }

  /** A sync is about what stands at the destination now: the report alone doesn't make it so if the listing is at hand. */
  mayStillStand(object: ManyObject): boolean {
    const { options, reported } = this.#context;
    const mustStand = this.#listing !== undefined && options.ifExists === 'skip-same';
    if (!mustStand || isRisky(object.toKey)) return true;
    const existing = this.#page.get(object.toKey);
    return existing !== undefined && reported.mayBeCopy(object, existing);
  }

  /** @returns whether what stands at the destination settles the object */
  settles(object: ManyObject): boolean {
    const { options, outcomes, reported, totals, from, to } = this.#context;
    const { ifExists = 'overwrite', report } = options;
    const since = report?.since;
    const { size, etag, lastModified } = object;
    // What is the same may still lack what failed.
    const hasFailed = reported.hasFailed(object);
    if (this.#listing === undefined) {
      object.mustCompare = ifExists === 'skip-same' && !hasFailed;
      if (since !== undefined && this.#inDoubt++ < MOST_IN_DOUBT) object.mayBeCopiedSince = since;
      return false;
    }
    const existing = this.#page.get(object.toKey);
    if (existing === undefined || size === undefined) return false;
    const source = { size, etag, lastModified };
    if (since !== undefined && isCopySince(source, existing, since, to.clock.aheadMs)) {
      if (!isWholeOnceThere(this.#context, object)) {
        object.isOwn = true;
        return false;
      }
      totals.bytesCopied += size;
      outcomes.end(object, 'copied', { etag: existing.etag, code: 'COPIED_BEFORE' });
      return true;
    }
    const isLeft =
      ifExists === 'skip-same'
        ? !hasFailed && isSame(source, existing, to.clock.aheadOf(from.clock))
        : ifExists === 'skip';
    if (!isLeft) return false;
    totals.bytesListed -= size;
    outcomes.end(object, 'skipped', { etag: existing.etag, code: ifExists === 'skip' ? 'EXISTS' : 'SAME' });
    return true;
  }

  async close(): Promise<void> {
    await this.#listing?.close();
  }
}
