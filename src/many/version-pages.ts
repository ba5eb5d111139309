import { CopyError } from '../errors.ts';
import { readPages } from '../request/pages.ts';
import type {
  DeleteMarker,
  ListedVersion,
  ListObjectVersionsRequest,
  ListObjectVersionsResult,
} from '../store/copy-store.ts';
import type { ManyContext } from './many-context.ts';
import { endless, goesBack, type Listing } from './object-pages.ts';
import { withReadableKeys } from './readable-keys.ts';
import { versioningAt } from './side.ts';

/** A version as its listing shows it, or a delete marker. */
export type VersionEntry = ListedVersion | (DeleteMarker & { readonly isDeleteMarker: true });

/**
 * Lists all versions below a prefix, of each key the oldest first: those of one key are held until all of them are listed.
 *
 * @throws StoreError if a page can't be had, or the listing goes back
 */
export async function* versionPages(
  listing: Omit<Listing, 'maxKeys'>,
): AsyncGenerator<readonly VersionEntry[], void, undefined> {
  const { store, runner, clock: _, startAfter, ...request } = listing;
  const { signal } = request;
  const none = { versions: [], deleteMarkers: [], next: undefined };
  const send = (asked: ListObjectVersionsRequest): Promise<ListObjectVersionsResult> =>
    runner.run('listObjectVersions', async () => (await store.listObjectVersions?.(asked)) ?? none, { signal });
  const fetch = (next: ListObjectVersionsResult['next']): Promise<ListObjectVersionsResult> =>
    withReadableKeys(store, { ...request, ...(next ?? { keyMarker: startAfter }) }, send, keysOf);
  /** Of the key that is being listed, the newest first. */
  let ofKey: ListedVersion[] = [];
  for await (const { versions, deleteMarkers } of readPages('listObjectVersions', fetch, ({ next }) => next)) {
    const entries: VersionEntry[] = deleteMarkers.map((marker) => ({ ...marker, isDeleteMarker: true }));
    for (const version of versions) {
      const last = ofKey[0]?.key;
      if (last !== undefined && version.key !== last) {
        if (goesBack(last, version.key)) {
          throw endless('listObjectVersions', `after ${JSON.stringify(last)} it lists ${JSON.stringify(version.key)}`);
        }
        for (const older of ofKey.toReversed()) entries.push(older);
        ofKey = [];
      }
      ofKey.push(version);
    }
    // Some stores begin with the key itself that the others begin after.
    if (entries.length > 0) yield entries.filter(({ key }) => key !== startAfter);
  }
  if (ofKey.length > 0) yield ofKey.toReversed().filter(({ key }) => key !== startAfter);
}

const keysOf = ({ versions, deleteMarkers }: ListObjectVersionsResult): readonly string[] =>
  [...versions, ...deleteMarkers].map(({ key }) => key);

/**
 * Makes sure that the source has versions, and that the destination keeps each of its copies.
 *
 * @throws CopyError that says which bucket doesn't; StoreError if that can't be read
 */
export async function requireVersioning(
  { from, to }: ManyContext,
  sourceBucket: string,
  bucket: string,
): Promise<void> {
  if ((await versioningAt(from, sourceBucket)) === undefined) {
    throw new CopyError(`Cannot copy the versions of ${sourceBucket} as it keeps none: leave out source.versions`);
  }
  const destination = await versioningAt(to, bucket);
  if (destination === 'Enabled') return;
  throw new CopyError(
    `Cannot copy versions to ${bucket} as it would keep only the last of each key: enable its versioning (it is ${destination ?? 'off'})`,
  );
}
