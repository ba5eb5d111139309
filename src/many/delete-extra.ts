import { CopyError } from '../errors.ts';
import type { HeadObjectResult } from '../store/copy-store.ts';
import type { ManyContext } from './many-context.ts';
import { objectPages, onePageAhead } from './object-pages.ts';
import { ParallelListing } from './parallel-listing.ts';
import { headAt } from './side.ts';

/** Keys of one DeleteObjects. */
const KEYS_AT_A_TIME = 1000;

/** What a run may delete, and where. */
export interface ExtraObjects {
  readonly source: { readonly bucket: string; readonly prefix: string };
  readonly destination: { readonly bucket: string; readonly prefix: string };
  readonly maxDelete: number;
}

/**
 * Finds what stands below the destination's prefix and is no object of the source, filtered or not. Both sides are listed anew, and
 * each find is asked for at the source, so that an object that came meanwhile, or that a listing lost, isn't taken for extra.
 *
 * @throws CopyError with their number, if there are more than may be deleted
 */
export async function findExtra(
  context: ManyContext,
  { source, destination, maxDelete }: ExtraObjects,
): Promise<readonly string[]> {
  const { from, to } = context;
  const sourceKey = (key: string): string => source.prefix + key.slice(destination.prefix.length);
  const listing = new ParallelListing(onePageAhead(objectPages({ ...from, ...source })));
  const extra: string[] = [];
  const { bucket } = destination;
  let count = 0;
  let isAtLeast = false;
  try {
    for await (const page of objectPages({ ...to, ...destination })) {
      const found = await listing.find(page.map(({ key }) => sourceKey(key)));
      const folders: string[] = [];
      for (const { key, unreadable } of page) {
        // No object has an empty key: what would be its copy marks the folder.
        if (unreadable === true || sourceKey(key) === '' || found.has(sourceKey(key))) continue;
        if (key.endsWith('/')) folders.push(key);
        else if (++count <= maxDelete) extra.push(key);
      }
      // Once there are too many, how many more there are isn't worth a request each.
      isAtLeast ||= count > maxDelete && folders.length > 0;
      if (count > maxDelete || folders.length === 0) continue;
      // JuiceFS 1.4.2 lists folders that have become empty: HEAD finds no object there, and nothing deletes them.
      const unreal = new Set(await whereMissing(context, folders, (key) => headAt(to, { bucket, key })));
      extra.push(...folders.filter((key) => !unreal.has(key)));
      count += folders.length - unreal.size;
    }
  } finally {
    await listing.close();
  }
  if (count > maxDelete) {
    throw new CopyError(
      `Nothing was deleted as ${isAtLeast ? 'at least ' : ''}${count} objects of ${bucket}/${destination.prefix} are none of the source's, and maxDelete is ${maxDelete}`,
    );
  }
  return whereMissing(context, extra, (key) => headAt(from, { bucket: source.bucket, key: sourceKey(key) }));
}

/** Those of the keys for which HEAD answers that there is no object. */
async function whereMissing(
  { budget }: ManyContext,
  keys: readonly string[],
  head: (key: string) => Promise<HeadObjectResult | undefined>,
): Promise<readonly string[]> {
  const missing: string[] = [];
  const atATime = budget.controller.limit;
  for (let at = 0; at < keys.length; at += atATime) {
    const some = keys.slice(at, at + atATime);
    const heads = await Promise.all(some.map(head));
    missing.push(...some.filter((_, index) => heads[index] === undefined));
  }
  return missing;
}

/** Deletes objects of the destination; those that the answer says nothing of are looked at. @throws CopyError if one is left */
export async function deleteExtra(
  context: ManyContext,
  { destination }: ExtraObjects,
  keys: readonly string[],
): Promise<void> {
  const { outcomes, to } = context;
  const { store, runner, clock: _, ...terms } = to;
  const { bucket } = destination;
  for (let from = 0; from < keys.length; from += KEYS_AT_A_TIME) {
    const some = keys.slice(from, from + KEYS_AT_A_TIME);
    const result = await runner.run(
      'deleteObjects',
      async () => (await store.deleteObjects?.({ bucket, keys: some, ...terms })) ?? { deleted: [], errors: [] },
      { signal: terms.signal },
    );
    const refused = new Set(result.errors.map(({ key }) => key));
    const deleted = new Set(result.deleted);
    // JuiceFS 1.4.2 deletes, and names no key.
    const unnamed = some.filter((key) => !deleted.has(key) && !refused.has(key));
    const gone = await whereMissing(context, unnamed, (key) => headAt(to, { bucket, key }));
    for (const key of gone) deleted.add(key);
    for (const key of some) if (deleted.has(key)) outcomes.deleted(bucket, key);
    const left = some.filter((key) => !deleted.has(key));
    if (left.length === 0) continue;
    const [first] = result.errors;
    const why =
      first === undefined ? 'the store does not say why' : `${first.key}: ${first.code ?? ''} ${first.message ?? ''}`;
    throw new CopyError(`Cannot delete ${left.length} of ${some.length} objects of ${bucket} (${why})`);
  }
}
