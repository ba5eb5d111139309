import type { NormalizedCopyOptions } from '../options/normalize-copy-options.ts';
import { mayBeSameStore } from '../store/same-store.ts';

type Place = Pick<NormalizedCopyOptions, 'store' | 'destination'>;

const uploadsInUse = new Set<Place & { readonly uploadId: string }>();

/** Notes that a copy of this process works on an upload, until the function that it returns is called. */
export function holdUpload({ store, destination }: Place, uploadId: string): () => void {
  const upload = { store, destination, uploadId };
  uploadsInUse.add(upload);
  return () => uploadsInUse.delete(upload);
}

/**
 * Whether a copy of this process works on the upload, through whichever client: an upload that counts as in use wrongly is left for
 * its owner, while one that is aborted is lost.
 */
export function isInUse({ store, destination: { bucket, key } }: Place, uploadId: string): boolean {
  for (const { store: other, destination, uploadId: id } of uploadsInUse) {
    if (id !== uploadId || destination.key !== key || destination.bucket !== bucket) continue;
    if (mayBeSameStore(store, other)) return true;
  }
  return false;
}
