import { createHash } from 'node:crypto';
import type { DestinationEncryption, ObjectLocation, ObjectProperties, SourceLocation } from '../store/copy-store.ts';
import type { Checkpoint, CheckpointDestination, CheckpointSource } from './checkpoint.ts';

/**
 * The id under which the checkpoint of a copy is kept: SHA-256, in hex, of the source (with its version, where one was named) and
 * the destination, at the store's endpoint where that is known. Nothing that may change between two runs is in it, so that a changed source is noticed, not overlooked.
 */
export function checkpointId(source: SourceLocation, destination: ObjectLocation, endpoint?: string): string {
  const { bucket, key, versionId } = source;
  return hash([endpoint ?? null, bucket, key, versionId ?? null, destination.bucket, destination.key]);
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
  return hash([sortFields(properties ?? {}), kind, keyId]);
}

/**
 * Says why a checkpoint doesn't belong to this copy, or undefined where it does. An ETag that only one side knows (a store that
 * gives none) counts as equal; the modification time has to agree in any case.
 */
export function findCheckpointMismatch(
  checkpoint: Checkpoint,
  { source, destination }: { readonly source: CheckpointSource; readonly destination: CheckpointDestination },
): string | undefined {
  const then = checkpoint.source;
  const place = checkpoint.destination;
  if (then.bucket !== source.bucket || then.key !== source.key || then.versionId !== source.versionId) {
    return 'it belongs to another source';
  }
  if (place.bucket !== destination.bucket || place.key !== destination.key) return 'it belongs to another destination';
  if (then.size !== source.size) return `the source changed from ${then.size} to ${source.size} bytes`;
  const etagsKnown = then.etag !== undefined && source.etag !== undefined;
  if (etagsKnown && then.etag !== source.etag) return `the source changed from ETag ${then.etag} to ${source.etag}`;
  // Written again with the same bytes, it may have held others in between.
  if (then.lastModified !== source.lastModified) {
    return `the source was modified at ${source.lastModified ?? 'an unknown time'}, not ${then.lastModified ?? 'an unknown time'}`;
  }
  if (place.fingerprint !== destination.fingerprint)
    return 'the upload was created with other properties of the destination';
  return undefined;
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
