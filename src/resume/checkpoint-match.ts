import { createHash } from 'node:crypto';
import type { CopyContext } from '../engine/copy-context.ts';
import { describeChange, type ObjectIdentity } from '../engine/source.ts';
import type { NormalizedCopyOptions } from '../options/normalize-copy-options.ts';
import type { DestinationEncryption, HeadObjectResult, ObjectProperties } from '../store/copy-store.ts';
import type { Checkpoint } from './parse-checkpoint.ts';

export type CopyIdentity = Pick<Checkpoint, 'source' | 'destination'>;

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

/**
 * The id under which the checkpoint of a copy is kept: SHA-256, in hex, of the source (with its version, if one was named) and
 * the destination, and of the endpoints of their stores, if those are known. Nothing that may change between two runs is in it, so
 * that a changed source is noticed, not overlooked.
 */
export function checkpointId({
  source,
  destination,
  store,
  sourceStore,
}: Pick<NormalizedCopyOptions, 'source' | 'destination' | 'store' | 'sourceStore'>): string {
  const endpoints = [store, sourceStore].map(({ traits }) => traits?.endpoint ?? null);
  return hash([...endpoints, source.bucket, source.key, source.versionId ?? null, destination.bucket, destination.key]);
}

/**
 * A digest of what an upload was created with: properties and encryption, an SSE-C key excepted (only that there is one). A
 * resumed upload keeps what it was created with, so another fingerprint means another upload.
 */
export function fingerprintDestination(
  properties: ObjectProperties | undefined,
  encryption: DestinationEncryption | undefined,
): string {
  const kind = encryption?.type ?? null;
  const keyId = encryption?.type === 'SSE-KMS' ? (encryption.keyId ?? null) : null;
  const project = encryption?.type === 'SSE-KMS' && encryption.projectId !== undefined ? [encryption.projectId] : [];
  return hash([sortFields(properties ?? {}), kind, keyId, ...project]);
}

/** Says why a checkpoint doesn't belong to this copy, or undefined if it does. */
export function findCheckpointMismatch(
  { source: then, destination: place }: CopyIdentity,
  { source, destination }: CopyIdentity,
): string | undefined {
  if (then.bucket !== source.bucket || then.key !== source.key || then.versionId !== source.versionId) {
    return 'it belongs to another source';
  }
  if (place.bucket !== destination.bucket || place.key !== destination.key) return 'it belongs to another destination';
  // Without an ETag on both sides, a date of whole seconds proves too little for parts that were copied before.
  if ((then.etag === undefined) !== (source.etag === undefined)) {
    return `the source changed (ETag ${then.etag ?? 'none'}, now ${source.etag ?? 'none'})`;
  }
  const change = describeChange(identityOf(then), identityOf(source));
  if (change !== undefined) return `the source changed (${change})`;
  return place.fingerprint === destination.fingerprint
    ? undefined
    : 'the upload was created with other properties of the destination';
}

function identityOf({ size, etag, lastModified }: CopyIdentity['source']): ObjectIdentity {
  return { size, etag, lastModified: lastModified === undefined ? undefined : new Date(lastModified) };
}

function hash(values: readonly unknown[]): string {
  // As JSON, since "a/b" + "c" and "a" + "b/c" must differ, and since lone surrogates survive it as escapes.
  return createHash('sha256').update(JSON.stringify(values)).digest('hex');
}

/** The same value with the fields of every object in one order, so that equal properties have equal digests. */
function sortFields(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || value instanceof Date) return value ?? null;
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, field]) => [name, sortFields(field)]);
}
