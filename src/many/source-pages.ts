import type { ListedObject } from '../store/copy-store.ts';
import { setImmediate } from 'node:timers/promises';
import { CheckedEntries, checkEntry } from './check-entry.ts';
import type { ListedSource, NamedSource, ObjectEntry, ObjectsSource } from './copy-objects-options.ts';
import { inventoryPages } from './inventory-pages.ts';
import type { ManyContext } from './many-context.ts';
import { objectPages } from './object-pages.ts';
import { isBehind } from './parallel-listing.ts';
import { versionPages } from './version-pages.ts';

/** Objects of a list that are taken at a time. */
export const ENTRIES_AT_A_TIME = 500;

/** How long those that stand ready wait for the next one. */
const PATIENCE_MS = 20;

/** One object as its source shows it. */
export type SourceEntry = ObjectEntry & Pick<ListedObject, 'unreadable'> & { readonly isDeleteMarker?: true };

/** Whether a source is what its bucket lists, in the order of its keys. */
export function isListed(source: ObjectsSource): source is ListedSource {
  return !('objects' in source) && !('inventory' in source);
}

/**
 * The objects of a run, some at a time, each asked for when it is wanted.
 *
 * @param onBucket - is told the bucket of an inventory, before its first object
 */
export function sourcePages(
  context: ManyContext,
  source: ObjectsSource,
  onBucket: (bucket: string) => void,
): AsyncGenerator<readonly SourceEntry[], void, undefined> {
  if ('objects' in source) return entryPages(source);
  if ('inventory' in source) {
    const { inventory: manifest, bucket: expected, prefix: begin = '' } = source;
    return inventoryPages(context.from, { manifest, bucket: expected, prefix: begin, onBucket });
  }
  const { bucket, prefix, startAfter, endAt, versions } = source;
  const listing = { ...context.from, bucket, prefix, startAfter };
  const pages: AsyncGenerator<readonly SourceEntry[]> =
    versions === true ? versionPages(listing) : objectPages(listing);
  return endAt === undefined ? pages : upTo(pages, endAt);
}

/** Ends with the first page that has a key beyond the last one, in UTF-8's order and in UTF-16's. */
async function* upTo(
  pages: AsyncIterable<readonly SourceEntry[]>,
  endAt: string,
): AsyncGenerator<readonly SourceEntry[]> {
  const isBeyond = (key: string): boolean => isBehind(endAt, key);
  for await (const page of pages) {
    yield page.filter(({ key }) => !isBeyond(key));
    if (page.some(({ key }) => isBeyond(key))) return;
  }
}

/** Objects that stand ready don't wait for one that doesn't come. */
async function* entryPages({
  objects: entries,
  prefix = '',
}: NamedSource): AsyncGenerator<readonly ObjectEntry[], void, undefined> {
  if (entries instanceof CheckedEntries) return yield entries;
  const iterator = Symbol.asyncIterator in entries ? entries[Symbol.asyncIterator]() : entries[Symbol.iterator]();
  let page: ObjectEntry[] = [];
  let isAtEnd = false;
  try {
    for (let index = 0; ; index++) {
      const next = iterator.next();
      const isFull = page.length >= ENTRIES_AT_A_TIME;
      if (isFull || (next instanceof Promise && page.length > 0 && !(await settlesWithin(PATIENCE_MS, next)))) {
        yield page;
        page = [];
        // A long list of what is done keeps nobody else from running.
        await setImmediate();
      }
      const { done, value } = await next;
      isAtEnd = done === true;
      if (isAtEnd) break;
      page.push(checkEntry(value, index, prefix));
    }
    if (page.length > 0) yield page;
  } finally {
    if (!isAtEnd) await iterator.return?.();
  }
}

function settlesWithin(ms: number, promise: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms, false);
    const settled = (): void => {
      clearTimeout(timer);
      resolve(true);
    };
    promise.then(settled, settled);
  });
}
