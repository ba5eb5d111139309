import { readPages } from '../request/pages.ts';
import { isRetryable } from '../request/retry.ts';
import type {
  ListContinuation,
  ListedObject,
  ListObjectsRequest,
  ListObjectsResult,
  StoreOperation,
} from '../store/copy-store.ts';
import { isDirectoryBucket } from '../store/directory-bucket.ts';
import { isStoreError, StoreError } from '../store/store-error.ts';
import { HashTable } from './hash-table.ts';
import { isBehind } from './parallel-listing.ts';
import { withReadableKeys } from './readable-keys.ts';
import type { Side } from './side.ts';

/** What is listed. */
export interface Listing
  extends
    Omit<Side, 'clock'>,
    Partial<Pick<Side, 'clock'>>,
    Omit<ListObjectsRequest, 'continuationToken' | 'marker' | 'plainKeys'> {}

/** Stores may answer pages without an object, but not for ever. */
const MOST_EMPTY_PAGES = 100;

/** Answers of stores that don't know version 2 of the listing. */
const UNKNOWN_VERSION: ReadonlySet<number | undefined> = new Set([400, 404, 405, 501]);

/**
 * Lists a bucket page by page, each asked for when it is wanted.
 *
 * @throws StoreError if a page can't be had, or the listing repeats itself or goes round in circles: what was listed by then may
 * not be everything
 */
export async function* objectPages(listing: Listing): AsyncGenerator<readonly ListedObject[], void, undefined> {
  const { store, runner, clock, ...request } = listing;
  const { signal } = request;
  const send = (asked: ListObjectsRequest): Promise<ListObjectsResult> =>
    runner.run('listObjects', async () => (await store.listObjects?.(asked)) ?? { objects: [], next: undefined }, {
      signal,
      isRetryable,
    });
  const fetch = async (next: ListContinuation | undefined): Promise<ListObjectsResult> => {
    const asked = { ...request, ...next };
    try {
      return await withReadableKeys(store, asked, send, keysOf);
    } catch (error) {
      const mayKnowAnother = next === undefined && isStoreError(error) && !error.retryable;
      if (!mayKnowAnother || !UNKNOWN_VERSION.has(error.statusCode) || error.vendorCode === 'NoSuchBucket') throw error;
      return withReadableKeys(store, { ...asked, marker: request.startAfter ?? '' }, send, keysOf).catch(() => {
        signal?.throwIfAborted();
        throw error;
      });
    }
  };
  const seen = isDirectoryBucket(request.bucket) ? new HashTable() : undefined;
  let last: string | undefined;
  let emptyPages = 0;
  for await (const { objects, serverTime } of readPages('listObjects', fetch, ({ next }) => next ?? undefined)) {
    clock?.observe(serverTime);
    const first = objects[0];
    emptyPages = first === undefined ? emptyPages + 1 : 0;
    if (emptyPages > MOST_EMPTY_PAGES) throw endless('listObjects', `${emptyPages} pages in a row hold no object`);
    const isRepeated =
      seen === undefined
        ? last !== undefined && first !== undefined && goesBack(last, first.key)
        : !addAll(seen, objects);
    if (isRepeated)
      throw endless('listObjects', `after ${JSON.stringify(last)} it lists ${JSON.stringify(first?.key)}`);
    last = objects.at(-1)?.key ?? last;
    if (first !== undefined) yield objects;
  }
}

const keysOf = ({ objects }: ListObjectsResult): readonly string[] => objects.map(({ key }) => key);

/** @returns false if one of them was there already */
function addAll(seen: HashTable, objects: readonly ListedObject[]): boolean {
  return objects.filter(({ key }) => !seen.add(key)).length === 0;
}

/** The error for a listing that repeats itself. */
export function endless(operation: StoreOperation, how: string): StoreError {
  return new StoreError(`${operation} does not come to an end: ${how}`, { operation, kind: 'permanent' });
}

/** Whether a key comes no later than another one. */
export function goesBack(last: string, next: string): boolean {
  return next === last || isBehind(next, last);
}

/** The same pages, the next one asked for before it is wanted. */
export async function* onePageAhead<T>(pages: AsyncIterator<T>): AsyncGenerator<T, void, undefined> {
  let next = pages.next();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done === true) return;
      next = pages.next();
      // It may fail before anyone waits for it.
      next.catch(() => undefined);
      yield value;
    }
  } finally {
    // A caller's list may fail at that.
    pages.return?.().catch(() => undefined);
  }
}
