import type { Attributes } from '@opentelemetry/api';
import { isCopyError } from '../any-copy-error.ts';
import type { ObjectLocation, SourceLocation, StoreOperation } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';

/** Operations that S3 calls by other names than ours with a capital. */
const OTHER_NAMES: Partial<Record<StoreOperation, string>> = {
  copyPart: 'UploadPartCopy',
  listObjects: 'ListObjectsV2',
  listAnnotations: 'ListObjectAnnotations',
  getAnnotation: 'GetObjectAnnotation',
  putAnnotation: 'PutObjectAnnotation',
};

/** The name of an operation in S3's API. */
export function s3NameOf(operation: StoreOperation): string {
  return OTHER_NAMES[operation] ?? operation.charAt(0).toUpperCase() + operation.slice(1);
}

/** What a span says of the objects that it is about. @see https://opentelemetry.io/docs/specs/semconv/object-stores/s3/ */
export function attributesOfObjects(
  object: { readonly [Name in keyof ObjectLocation]?: string | undefined },
  source: SourceLocation | undefined,
  uploadId?: string,
): Attributes {
  return {
    ...(object.bucket !== undefined && { 'aws.s3.bucket': object.bucket }),
    ...(object.key !== undefined && { 'aws.s3.key': object.key }),
    ...(source !== undefined && { 'aws.s3.copy_source': `${source.bucket}/${source.key}` }),
    ...(uploadId !== undefined && { 'aws.s3.upload_id': uploadId }),
  };
}

/**
 * What an error is, in a word that comes of a small set: the store's own code, the HTTP status, or the code or name of the error.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/registry/attributes/error/
 */
export function errorTypeOf(error: unknown): string {
  if (isStoreError(error)) return error.vendorCode ?? String(error.statusCode ?? error.kind);
  if (isCopyError(error)) return error.code;
  return error instanceof Error ? error.name : '_OTHER';
}
