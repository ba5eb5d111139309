import { uploadVersionHeader, xmlAnswer } from '../answers.ts';
import type { Answer, Call } from '../call.ts';
import { encryptionHeaders } from '../object-encryption.ts';
import { readChecksumAlgorithm, readChecksumType } from '../object-checksums.ts';
import { readProperties } from '../object-properties.ts';
import { requireKey } from './write-object.ts';

/** CreateMultipartUpload. */
export function createMultipartUpload(call: Call): Answer {
  const { request, state, personality } = call;
  const bucket = state.bucket(request.bucket);
  requireKey(request.key);
  const properties = readProperties(call, bucket);
  const checksumAlgorithm = readChecksumAlgorithm(call);
  const checksumType = readChecksumType(call, checksumAlgorithm);
  const versionId = personality.knowsNews && bucket.versioning !== 'off' ? state.newVersionId(bucket) : undefined;
  const uploadId = state.newId('upload').toUpperCase();
  state.uploads.set(uploadId, {
    ...properties,
    tags: personality.tagsOnWrite === 'lost-on-create' ? {} : properties.tags,
    bucket: request.bucket,
    key: request.key,
    uploadId,
    initiatedMs: state.now(),
    versionId,
    parts: new Map(),
    begunParts: new Set(),
    checksumAlgorithm,
    checksumType,
    state: 'open',
  });
  const headers = {
    ...encryptionHeaders(properties.encryption, request.dialect),
    ...uploadVersionHeader(call, versionId),
  };
  if (checksumAlgorithm !== undefined) {
    headers[`${request.dialect.prefix}checksum-algorithm`] = checksumAlgorithm;
    headers[`${request.dialect.prefix}checksum-type`] = checksumType ?? 'COMPOSITE';
  }
  return xmlAnswer(
    call,
    'InitiateMultipartUploadResult',
    { Bucket: request.bucket, Key: request.key, UploadId: uploadId },
    headers,
  );
}
