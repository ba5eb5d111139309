import { readCopyRange } from '../copy-range.ts';
import { openCopySource } from '../copy-source.ts';
import { etagOfBytes, writeEtag } from '../etag-rules.ts';
import { requireCustomerKey, encryptionHeaders } from '../object-encryption.ts';
import { checksumFields, namesPartChecksums, partChecksum } from '../object-checksums.ts';
import { isoTime, uploadVersionHeader, xmlAnswer } from '../answers.ts';
import type { Answer, Call, PreparedWork } from '../call.ts';
import type { Content } from '../content.ts';
import { ServiceError } from '../service-error.ts';
import { dialectHeader } from '../store-request.ts';
import type { StoredObject, StoredUpload, UploadedPart } from '../stored-object.ts';
import { beginPart, findUploadForPart, readPartNumber, storePart } from './upload-lookup.ts';
import { storedBytes } from './write-object.ts';

/** UploadPartCopy: looks at source and upload when it begins, and lands when its time has passed. */
export function prepareCopyPart(call: Call): PreparedWork {
  const { request, state, personality } = call;
  const partNumber = readPartNumber(call);
  const upload = findUploadForPart(call);
  if (upload !== undefined) {
    requireCustomerKey(call, upload.encryption, '');
    state.requireKey(upload.encryption, 'kms:Decrypt');
  }
  const source = openCopySource(call, personality.partSourceDecodings, personality.partConditions);
  const rangeHeader = dialectHeader(request, 'copy-source-range');
  if (rangeHeader !== undefined && source.content.size < personality.limits.minRangedSourceSize) {
    throw new ServiceError('InvalidRequest', 'The specified copy source is not supported as a byte-range copy source');
  }
  const { start, length } = readCopyRange(rangeHeader, source.content.size, personality.copyRange);
  if (length > personality.limits.maxPartSize) {
    throw new ServiceError(
      'InvalidRequest',
      `The specified copy source is larger than the maximum allowable size for a copy source: ${personality.limits.maxPartSize}`,
    );
  }
  if (upload?.checksumAlgorithm !== undefined && personality.checksums === 'refused-on-part-copy') {
    throw new ServiceError('InvalidArgument', `checksum missing, want "${upload.checksumAlgorithm}", got ""`);
  }
  const isFirst = upload === undefined || beginPart(call, upload, partNumber);
  const content = storedBytes(call, source.content.slice(start, length));
  return { bytes: length, land: () => landPart(call, upload, source, partNumber, content) };

  function landPart(
    landing: Call,
    target: StoredUpload | undefined,
    from: StoredObject,
    number: number,
    bytes: Content,
  ): Answer {
    const part: UploadedPart = {
      partNumber: number,
      size: bytes.size,
      content: bytes,
      etag: etagOfBytes(call, bytes, target?.encryption),
      lastModifiedMs: state.now(),
      checksums: partChecksum(call, bytes, target?.checksumAlgorithm, from),
    };
    if (target !== undefined) {
      if (target.parts.has(number)) state.stats.duplicateParts += 1;
      if (isFirst) storePart(landing, target, part);
    }
    state.stats.copiedParts += 1;
    state.stats.bytesCopied += bytes.size;
    const headers =
      target === undefined
        ? {}
        : { ...encryptionHeaders(target.encryption, request.dialect), ...uploadVersionHeader(call, target.versionId) };
    if (personality.copySourceVersionEchoed && from.versionId !== 'null') {
      headers[`${request.dialect.prefix}copy-source-version-id`] = from.versionId;
    }
    return xmlAnswer(
      landing,
      'CopyPartResult',
      {
        LastModified: isoTime(part.lastModifiedMs),
        ETag: writeEtag(personality.etags.part, part.etag),
        ...(namesPartChecksums(personality) ? checksumFields(part.checksums) : {}),
      },
      headers,
    );
  }
}
