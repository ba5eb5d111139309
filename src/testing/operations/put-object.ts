import { emptyAnswer, uploadVersionHeader, versionHeader } from '../answers.ts';
import type { Answer, Call } from '../call.ts';
import { Content, Origin } from '../content.ts';
import { etagOfBytes } from '../etag-rules.ts';
import { encryptionHeaders, requireCustomerKey } from '../object-encryption.ts';
import { checksumHeaders, checksumOf, readChecksumAlgorithm, verifyBodyChecksums } from '../object-checksums.ts';
import { readProperties } from '../object-properties.ts';
import { ServiceError } from '../service-error.ts';
import { findUploadForPart, readPartNumber, storePart } from './upload-lookup.ts';
import { newObject, requireDestinationConditions, requireKey, storedBytes, storeObject } from './write-object.ts';

/** PutObject. */
export function putObject(call: Call): Answer {
  const { request, state, personality, body } = call;
  const bucket = state.bucket(request.bucket);
  requireKey(request.key);
  requireDestinationConditions(call, personality.conditionsOnPut);
  requireSize(body.length, personality.limits.maxPartSize);
  const properties = readProperties(call, bucket);
  const given = verifyBodyChecksums(call);
  const content = storedBytes(call, Content.of(Origin.fromBytes(body)));
  const checksums = { ...given, ...checksumOf(content, readChecksumAlgorithm(call)) };
  const object = newObject(call, bucket, properties, {
    content,
    etag: etagOfBytes(call, content, properties.encryption),
    checksums,
    checksumType: Object.keys(checksums).length > 0 ? 'FULL_OBJECT' : undefined,
  });
  storeObject(call, object);
  return emptyAnswer(200, {
    etag: `"${object.etag}"`,
    ...versionHeader(call, object),
    ...checksumHeaders(checksums, object.checksumType, request.dialect),
    ...encryptionHeaders(object.encryption, request.dialect),
  });
}

/** UploadPart. */
export function uploadPart(call: Call): Answer {
  const { request, state, personality, body } = call;
  const partNumber = readPartNumber(call);
  const upload = findUploadForPart(call);
  if (upload !== undefined) requireCustomerKey(call, upload.encryption, '');
  requireSize(body.length, personality.limits.maxPartSize);
  const given = verifyBodyChecksums(call);
  const content = storedBytes(call, Content.of(Origin.fromBytes(body)));
  const checksums = { ...checksumOf(content, upload?.checksumAlgorithm), ...given };
  const etag = etagOfBytes(call, content, upload?.encryption);
  if (upload !== undefined) {
    const part = { partNumber, size: body.length, content, etag, lastModifiedMs: state.now(), checksums };
    storePart(call, upload, part);
  }
  return emptyAnswer(200, {
    etag: `"${etag}"`,
    ...checksumHeaders(checksums, undefined, request.dialect),
    ...(upload === undefined ? {} : encryptionHeaders(upload.encryption, request.dialect)),
    ...uploadVersionHeader(call, upload?.versionId),
  });
}

function requireSize(size: number, max: number): void {
  if (size > max) {
    throw new ServiceError('EntityTooLarge', undefined, {
      details: { ProposedSize: String(size), MaxSizeAllowed: String(max) },
    });
  }
}
