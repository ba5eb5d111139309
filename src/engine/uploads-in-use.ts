import type { NormalizedCopyOptions } from '../options/normalize-copy-options.ts';

type Place = Pick<NormalizedCopyOptions, 'store' | 'destination'>;

interface UploadInUse {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  readonly endpoint: string | undefined;
}

const uploadsInUse = new Set<UploadInUse>();

/** Notes that a copy of this process works on an upload, until the function that it returns is called. */
export function holdUpload({ store, destination }: Place, uploadId: string): () => void {
  const { bucket, key } = destination;
  const upload = { bucket, key, uploadId, endpoint: store.traits?.endpoint };
  uploadsInUse.add(upload);
  return () => uploadsInUse.delete(upload);
}

/**
 * Whether a copy of this process works on the upload, through whichever client: only another endpoint makes another store, as an
 * upload that is taken for one in use wrongly is left for its owner, while one that is aborted is lost.
 */
export function isInUse({ store, destination }: Place, uploadId: string): boolean {
  const { bucket, key } = destination;
  const endpoint = store.traits?.endpoint;
  for (const upload of uploadsInUse) {
    if (upload.uploadId !== uploadId || upload.key !== key || upload.bucket !== bucket) continue;
    if (endpoint === undefined || upload.endpoint === undefined || endpoint === upload.endpoint) return true;
  }
  return false;
}
