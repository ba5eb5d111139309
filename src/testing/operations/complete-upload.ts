import { createHash } from 'node:crypto';
import { xmlAnswer, versionHeader } from '../answers.ts';
import type { Bucket } from '../bucket.ts';
import type { Answer, Call } from '../call.ts';
import { Content } from '../content.ts';
import { digestBytes, type ChecksumAlgorithm } from '../content-digest.ts';
import { etagOfBytes, etagOfParts, writeEtag } from '../etag-rules.ts';
import { encryptionHeaders } from '../object-encryption.ts';
import { checksumElement, checksumFields, checksumOf, compositeChecksum } from '../object-checksums.ts';
import { readXml } from '../../xml-tree.ts';
import { childText } from '../request-xml.ts';
import { ServiceError } from '../service-error.ts';
import { dialectHeader } from '../store-request.ts';
import type { Personality } from '../personality.ts';
import type { StoredChecksums, StoredObject, StoredUpload, UploadedPart } from '../stored-object.ts';
import { findUpload } from './upload-lookup.ts';
import { newObject, requireDestinationConditions, storedBytes, storeObject } from './write-object.ts';

interface ListedPart {
  readonly partNumber: number;
  /** Without quotes. */
  readonly etag: string;
  /** By the element's name. */
  readonly checksums: Readonly<Record<string, string>>;
}

/** CompleteMultipartUpload. */
export function completeMultipartUpload(call: Call): Answer {
  const { request, state, personality } = call;
  const listed = readListedParts(call);
  const upload = findUpload(call);
  if (upload?.state !== 'open') return completeEndedUpload(call, upload, listed);

  const ordered = orderParts(call, listed);
  const parts = ordered.map((each) => storedPart(call, matchPart(call, upload, each), upload));
  if (personality.partialComplete === 'InvalidPart' && parts.length !== upload.parts.size) {
    throw new ServiceError('InvalidPart');
  }
  const { minPartSize, maxObjectSize } = personality.limits;
  for (const part of parts.slice(0, -1)) {
    if (part.size >= minPartSize) continue;
    throw new ServiceError('EntityTooSmall', undefined, {
      details: {
        ETag: part.etag,
        MinSizeAllowed: String(minPartSize),
        ProposedSize: String(part.size),
        PartNumber: String(part.partNumber),
      },
    });
  }
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  if (size > maxObjectSize) throw new ServiceError('EntityTooLarge');
  const expectedSize = dialectHeader(request, 'mp-object-size');
  if (expectedSize !== undefined && Number(expectedSize) !== size) {
    throw new ServiceError('InvalidRequest', `The provided object size ${expectedSize} does not match ${size}`);
  }
  requireDestinationConditions(call, personality.conditionsOnComplete);

  const content = Content.concat(parts.map((part) => part.content));
  const checksums = objectChecksum(call, upload, parts, content);
  const bucket = state.bucket(request.bucket);
  const object = newObject(call, bucket, upload, {
    content,
    etag: etagOfParts(call, parts, content),
    parts: parts.map(({ content: _content, ...layout }) => layout),
    uploadId: upload.uploadId,
    checksums,
    ...versionOf(upload, bucket),
    checksumType: upload.checksumType,
    ...(personality.multipartDate === 'create' ? { lastModifiedMs: upload.initiatedMs } : {}),
  });
  storeObject(call, object);
  if (call.faultKind === 'nothingStored') {
    upload.state = 'aborted';
  } else {
    upload.state = 'completed';
    upload.completedObject = object;
    upload.completedParts = listedKey(listed);
  }
  if (!personality.uploadsOutliveComplete) upload.parts.clear();
  return completeAnswer(call, object);
}

/** The version that Create promised, as long as the bucket keeps versions. */
function versionOf({ versionId }: StoredUpload, bucket: Bucket): Pick<StoredObject, 'versionId'> | undefined {
  return versionId === undefined || versionId === 'null' || bucket.versioning !== 'enabled' ? undefined : { versionId };
}

/** What is answered for an upload that was completed, aborted, or never there: here servers differ most. */
function completeEndedUpload(call: Call, upload: StoredUpload | undefined, listed: readonly ListedPart[]): Answer {
  const { request, state, personality } = call;
  if (upload?.completedObject !== undefined) {
    if (personality.completeAgain !== 'same') throw new ServiceError(personality.completeAgain);
    if (upload.completedParts === listedKey(listed)) return completeAnswer(call, upload.completedObject, true);
  }
  const current = state.bucket(request.bucket).current(request.key);
  if (personality.completeUnknownUpload === 'ok-if-object') {
    if (current === undefined || current.deleteMarker) throw new ServiceError('NoSuchUpload');
    // The ETag that is answered follows from the request alone.
    const parts = listed.map((part) => ({ ...part, size: 0, lastModifiedMs: 0 }));
    return completeAnswer(call, { ...current, etag: etagOfParts(call, parts, current.content) }, true);
  }
  if (personality.completeUnknownUpload !== 'ok-if-multipart-object') {
    throw new ServiceError(personality.completeUnknownUpload);
  }
  if (current?.parts === undefined) throw new ServiceError('InternalError');
  return completeAnswer(call, current, true);
}

function readListedParts({ body, personality }: Call): readonly ListedPart[] {
  const root = readXml(body.toString());
  const parts = root?.name === 'CompleteMultipartUpload' ? root.children.filter((child) => child.name === 'Part') : [];
  if (parts.length === 0 || parts.length > personality.limits.maxParts) throw new ServiceError('MalformedXML');
  return parts.map((part) => {
    const partNumber = Number(childText(part, 'PartNumber')?.trim());
    const etag = childText(part, 'ETag')?.trim().replaceAll('"', '');
    if (!Number.isInteger(partNumber) || etag === undefined) throw new ServiceError('MalformedXML');
    const checksums: Record<string, string> = {};
    for (const { name, text } of part.children) if (name.startsWith('Checksum')) checksums[name] = text;
    return { partNumber, etag, checksums };
  });
}

function orderParts({ personality }: Call, listed: readonly ListedPart[]): readonly ListedPart[] {
  const isAscending = listed.every((part, index) => part.partNumber > (listed[index - 1]?.partNumber ?? -Infinity));
  if (isAscending) return listed;
  if (personality.unorderedComplete === 'InvalidPartOrder') throw new ServiceError('InvalidPartOrder');
  return listed.toSorted((left, right) => left.partNumber - right.partNumber);
}

function matchPart({ personality }: Call, upload: StoredUpload, listed: ListedPart): UploadedPart {
  const part = upload.parts.get(listed.partNumber);
  const details = { UploadId: upload.uploadId, PartNumber: String(listed.partNumber), ETag: listed.etag };
  if (
    part === undefined ||
    (personality.completeChecksEtags && part.etag.toLowerCase() !== listed.etag.toLowerCase())
  ) {
    throw new ServiceError('InvalidPart', undefined, { details });
  }
  const { checksumAlgorithm, checksumType } = upload;
  if (checksumAlgorithm === undefined) return part;
  const given = listed.checksums[checksumElement(checksumAlgorithm)];
  if (given === undefined && (checksumType === 'COMPOSITE' || personality.checksums === 'of-whole-source')) {
    throw new ServiceError(
      'InvalidRequest',
      `The upload was created using a ${checksumAlgorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${listed.partNumber} in the request`,
    );
  }
  if (given !== undefined && given !== part.checksums[checksumAlgorithm]) {
    throw new ServiceError('InvalidPart', undefined, { details });
  }
  return part;
}

/** A part as it goes into the object: its own bytes, unless a fault swaps them. */
function storedPart(call: Call, part: UploadedPart, upload: StoredUpload): UploadedPart {
  const content = storedBytes(call, part.content);
  if (content === part.content) return part;
  const etag = etagOfBytes(call, content, upload.encryption);
  return { ...part, content, etag, checksums: checksumOf(content, upload.checksumAlgorithm) };
}

function objectChecksum(
  { request, personality }: Call,
  upload: StoredUpload,
  parts: readonly UploadedPart[],
  content: Content,
): StoredChecksums {
  const { checksumAlgorithm, checksumType } = upload;
  if (checksumAlgorithm === undefined) return {};
  const checksums = computeChecksum(personality, parts, content, checksumAlgorithm, checksumType);
  const given = dialectHeader(request, `checksum-${checksumAlgorithm.toLowerCase()}`);
  if (given !== undefined && given !== checksums[checksumAlgorithm]) throw new ServiceError('BadDigest');
  return checksums;
}

function computeChecksum(
  { checksums }: Personality,
  parts: readonly UploadedPart[],
  content: Content,
  algorithm: ChecksumAlgorithm,
  type: StoredUpload['checksumType'],
): StoredChecksums {
  if (type !== 'FULL_OBJECT') return compositeChecksum(parts, algorithm);
  if (checksums === 'short' && algorithm === 'CRC64NVME')
    return { [algorithm]: checksumOf(content, 'CRC32').CRC32 ?? '' };
  if (checksums !== 'of-whole-source') return checksumOf(content, algorithm);
  const joined = parts.map((part) => Buffer.from(part.checksums[algorithm] ?? '', 'base64'));
  return { [algorithm]: digestBytes(Buffer.concat(joined), algorithm).toString('base64') };
}

/** Stands for a list of parts: the list itself would be kept for every upload there ever was. */
function listedKey(listed: readonly ListedPart[]): string {
  const hash = createHash('md5');
  for (const { partNumber, etag } of listed) hash.update(`${partNumber}:${etag} `);
  return hash.digest('hex');
}

function completeAnswer(call: Call, object: StoredObject, again = false): Answer {
  const { request, personality } = call;
  return xmlAnswer(
    call,
    'CompleteMultipartUploadResult',
    {
      Location: `http://${request.headers.host ?? ''}/${object.bucket}/${encodeURIComponent(object.key)}`,
      Bucket: object.bucket,
      Key: object.key,
      ETag: writeEtag(again ? personality.etags.completeAgain : personality.etags.complete, object.etag),
      ...(personality.checksums === 'short' ? {} : checksumFields(object.checksums)),
      ChecksumType: object.checksumType,
    },
    {
      ...(personality.versionIdOnComplete ? versionHeader(call, object) : {}),
      ...encryptionHeaders(object.encryption, request.dialect),
    },
  );
}
