import { CopyError } from '../errors.ts';
import type { ListedObject } from '../store/copy-store.ts';
import type { ObjectEntry, ObjectsSource } from './copy-objects-options.ts';
import type { ManyContext } from './many-context.ts';
import { objectPages } from './object-pages.ts';

/** Objects of a list that are taken at a time. */
const ENTRIES_AT_A_TIME = 500;

/** One object as its source shows it. */
export type SourceEntry = ObjectEntry & Pick<ListedObject, 'unreadable'>;

/** The objects of a run, some at a time, each asked for when it is wanted. */
export function sourcePages(
  { sourceStore: store, options, runner, signal }: ManyContext,
  source: ObjectsSource,
): AsyncGenerator<readonly SourceEntry[], void, undefined> {
  if ('objects' in source) return entryPages(source.objects);
  const { bucket, prefix, startAfter, endAt } = source;
  const { requestPayer, expectedSourceBucketOwner: expectedBucketOwner } = options;
  const pages = objectPages({ store, runner, bucket, prefix, startAfter, requestPayer, expectedBucketOwner, signal });
  return endAt === undefined ? pages : upTo(pages, endAt);
}

/** Ends with the first page that has a key beyond the last one, in UTF-8's order and in UTF-16's. */
async function* upTo(
  pages: AsyncIterable<readonly ListedObject[]>,
  endAt: string,
): AsyncGenerator<readonly ListedObject[]> {
  const end = Buffer.from(endAt);
  const isBeyond = (key: string): boolean => key > endAt && Buffer.compare(Buffer.from(key), end) > 0;
  for await (const page of pages) {
    yield page.filter(({ key }) => !isBeyond(key));
    if (page.some(({ key }) => isBeyond(key))) return;
  }
}

async function* entryPages(
  entries: Iterable<ObjectEntry | string> | AsyncIterable<ObjectEntry | string>,
): AsyncGenerator<readonly ObjectEntry[], void, undefined> {
  let page: ObjectEntry[] = [];
  for await (const given of entries) {
    const entry = typeof given === 'string' ? { key: given } : given;
    if (typeof entry?.key !== 'string' || entry.key === '') {
      throw new CopyError(`Cannot copy what source.objects gives as it has no key: ${JSON.stringify(given)}`);
    }
    page.push(entry);
    if (page.length < ENTRIES_AT_A_TIME) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
