import type { CheckpointDestination, CheckpointSource } from './checkpoint.ts';
import { fingerprintDestination } from './checkpoint-match.ts';
import type { HeadObjectResult, ObjectProperties } from '../store/copy-store.ts';
import type { CopyContext } from '../engine/copy-context.ts';

/** What a checkpoint is bound to. */
export interface CopyIdentity {
  readonly source: CheckpointSource;
  readonly destination: CheckpointDestination;
}

export function identifyCopy(
  { options }: CopyContext,
  head: HeadObjectResult,
  properties: ObjectProperties,
): CopyIdentity {
  // Tags that are carried over from the source are set on the finished object, whatever the upload was begun with.
  const { tags: _, ...withoutTags } = properties;
  const settlesTags = options.overrides.tags === undefined && options.store.putObjectTagging !== undefined;
  const created = settlesTags ? withoutTags : properties;
  return {
    source: { ...options.source, size: head.size, etag: head.etag, lastModified: head.lastModified?.toISOString() },
    destination: { ...options.destination, fingerprint: fingerprintDestination(created, options.sse) },
  };
}
