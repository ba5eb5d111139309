import type {
  CompleteMultipartUploadResult,
  CopyObjectResult,
  CopyPartResult,
  CreateMultipartUploadResult,
  HeadObjectResult,
  ListedPart,
  ListedUpload,
  ListMultipartUploadsResult,
  ListPartsResult,
  ObjectAcl,
  ObjectChecksums,
  ObjectGrants,
  ObjectLock,
} from '../store/copy-store.ts';
import { unquoteEtag } from '../wire/object-headers.ts';
import { isForeignHead } from '../store/foreign-head.ts';

/** An output of the AWS SDK, read field by field: nothing of it is taken for granted. */
export type CommandOutput = Readonly<Record<string, unknown>>;

const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
const ARCHIVE_CLASSES: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE']);

function text(output: CommandOutput, name: string): string | undefined {
  const value = output[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function count(output: CommandOutput, name: string): number | undefined {
  const value = Number(output[name] ?? Number.NaN);
  return Number.isSafeInteger(value) ? value : undefined;
}

function date(output: CommandOutput, name: string): Date | undefined {
  const value = output[name];
  return value instanceof Date && !Number.isNaN(value.getTime()) ? value : undefined;
}

function record(output: CommandOutput, name: string): CommandOutput {
  const value = output[name];
  return typeof value === 'object' && value !== null ? (value as CommandOutput) : {};
}

function records(output: CommandOutput, name: string): readonly CommandOutput[] {
  const value = output[name];
  return Array.isArray(value) ? (value as readonly CommandOutput[]) : [];
}

function etagOf(output: CommandOutput): string | undefined {
  return unquoteEtag(text(output, 'ETag'));
}

function checksumsOf(output: CommandOutput): ObjectChecksums | undefined {
  const found = CHECKSUM_ALGORITHMS.flatMap((algorithm) => {
    const value = text(output, `Checksum${algorithm}`);
    return value === undefined ? [] : [[algorithm, value] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

function encryptionOf(output: CommandOutput): string | undefined {
  return text(output, 'SSECustomerAlgorithm') === undefined ? text(output, 'ServerSideEncryption') : 'SSE-C';
}

/**
 * Reads HeadObject; undefined where it doesn't tell the size, or isn't the store's own.
 *
 * @param serverTime - the answer's `Date` header, which the SDK itself doesn't give
 */
export function readHeadObject(output: CommandOutput, serverTime: Date | undefined): HeadObjectResult | undefined {
  const size = count(output, 'ContentLength');
  const etag = etagOf(output);
  const lastModified = date(output, 'LastModified');
  const contentType = text(output, 'ContentType');
  if (size === undefined || isForeignHead({ size, etag, lastModified, contentType })) return undefined;
  const storageClass = text(output, 'StorageClass');
  const metadata = Object.fromEntries(
    Object.entries(record(output, 'Metadata')).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  const inArchive =
    (storageClass !== undefined && ARCHIVE_CLASSES.has(storageClass)) || text(output, 'ArchiveStatus') !== undefined;
  return {
    size,
    etag,
    lastModified,
    versionId: text(output, 'VersionId'),
    properties: {
      contentType,
      cacheControl: text(output, 'CacheControl'),
      contentDisposition: text(output, 'ContentDisposition'),
      contentEncoding: text(output, 'ContentEncoding'),
      contentLanguage: text(output, 'ContentLanguage'),
      expires: text(output, 'ExpiresString') ?? date(output, 'Expires')?.toUTCString(),
      metadata,
      websiteRedirectLocation: text(output, 'WebsiteRedirectLocation'),
      storageClass,
      objectLock: objectLockOf(output),
    },
    tagCount: count(output, 'TagCount'),
    partsCount: count(output, 'PartsCount'),
    checksums: checksumsOf(output),
    checksumType: text(output, 'ChecksumType'),
    encryption: encryptionOf(output),
    encryptionKeyId: text(output, 'SSEKMSKeyId'),
    archived: inArchive && text(output, 'Restore')?.includes('ongoing-request="false"') !== true,
    serverTime,
  };
}

function objectLockOf(output: CommandOutput): ObjectLock | undefined {
  const mode = text(output, 'ObjectLockMode');
  const hold = text(output, 'ObjectLockLegalHoldStatus');
  if (mode === undefined && hold === undefined) return undefined;
  return {
    mode,
    retainUntil: date(output, 'ObjectLockRetainUntilDate'),
    legalHold: hold === undefined ? undefined : hold === 'ON',
  };
}

/** Reads CopyObject; undefined where no ETag came, which alone proves that the copy was made. */
export function readCopyObject(output: CommandOutput): CopyObjectResult | undefined {
  const result = record(output, 'CopyObjectResult');
  const etag = etagOf(result);
  if (etag === undefined) return undefined;
  return {
    etag,
    lastModified: date(result, 'LastModified'),
    versionId: text(output, 'VersionId'),
    checksums: checksumsOf(result),
    encryption: encryptionOf(output),
  };
}

/** Reads CreateMultipartUpload; undefined where no upload id came. */
export function readCreateMultipartUpload(output: CommandOutput): CreateMultipartUploadResult | undefined {
  const uploadId = text(output, 'UploadId');
  if (uploadId === undefined) return undefined;
  return { uploadId, encryption: encryptionOf(output), checksumAlgorithm: text(output, 'ChecksumAlgorithm') };
}

/** Reads UploadPartCopy; undefined where no ETag came, which alone proves that the part was copied. */
export function readCopyPart(output: CommandOutput): CopyPartResult | undefined {
  const result = record(output, 'CopyPartResult');
  const etag = etagOf(result);
  if (etag === undefined) return undefined;
  return { etag, lastModified: date(result, 'LastModified'), checksums: checksumsOf(result) };
}

/** Reads a page of ListParts; undefined where it makes no sense. */
export function readListParts(output: CommandOutput): ListPartsResult | undefined {
  const parts: ListedPart[] = [];
  for (const part of records(output, 'Parts')) {
    const partNumber = count(part, 'PartNumber');
    const size = count(part, 'Size');
    const etag = etagOf(part);
    if (partNumber === undefined || size === undefined || etag === undefined) return undefined;
    parts.push({ partNumber, size, etag, lastModified: date(part, 'LastModified'), checksums: checksumsOf(part) });
  }
  if (output['IsTruncated'] !== true) return { parts, nextPartNumberMarker: undefined };
  const marker = count(output, 'NextPartNumberMarker') ?? parts.at(-1)?.partNumber;
  return marker === undefined ? undefined : { parts, nextPartNumberMarker: marker };
}

/** Reads CompleteMultipartUpload; undefined where the answer isn't one. The ETag may be missing, as Ceph leaves it out. */
export function readCompleteMultipartUpload(output: CommandOutput): CompleteMultipartUploadResult | undefined {
  const isResult = ['ETag', 'Location', 'Bucket', 'Key'].some((name) => output[name] !== undefined);
  if (!isResult) return undefined;
  return {
    etag: etagOf(output),
    versionId: text(output, 'VersionId'),
    checksums: checksumsOf(output),
    encryption: encryptionOf(output),
  };
}

/** Reads a page of ListMultipartUploads; undefined where it makes no sense. */
export function readListMultipartUploads(output: CommandOutput): ListMultipartUploadsResult | undefined {
  const decode = text(output, 'EncodingType') === 'url' ? decodeListedKey : (key: string): string => key;
  const uploads: ListedUpload[] = [];
  for (const upload of records(output, 'Uploads')) {
    const key = text(upload, 'Key');
    const uploadId = text(upload, 'UploadId');
    if (key === undefined || uploadId === undefined) return undefined;
    uploads.push({
      key: decode(key),
      uploadId,
      initiated: date(upload, 'Initiated'),
      initiatorId: text(record(upload, 'Initiator'), 'ID'),
    });
  }
  if (output['IsTruncated'] !== true) return { uploads, next: undefined };
  const keyMarker = text(output, 'NextKeyMarker');
  if (keyMarker === undefined) return undefined;
  return { uploads, next: { keyMarker: decode(keyMarker), uploadIdMarker: text(output, 'NextUploadIdMarker') } };
}

function decodeListedKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}

/** Reads GetObjectTagging. */
export function readTagging(output: CommandOutput): Readonly<Record<string, string>> {
  return Object.fromEntries(records(output, 'TagSet').map((tag) => [text(tag, 'Key') ?? '', text(tag, 'Value') ?? '']));
}

/** Reads GetObjectAcl; undefined where a grant can't be written as a header. */
export function readAcl(output: CommandOutput): ObjectAcl | undefined {
  const grantees: Record<keyof ObjectGrants, string[]> = { read: [], readAcp: [], writeAcp: [], fullControl: [] };
  for (const grant of records(output, 'Grants')) {
    const name = GRANT_OF_PERMISSION.get(text(grant, 'Permission') ?? '');
    const grantee = record(grant, 'Grantee');
    const [kind, value] =
      [
        ['id', text(grantee, 'ID')] as const,
        ['uri', text(grantee, 'URI')] as const,
        ['emailAddress', text(grantee, 'EmailAddress')] as const,
      ].find(([, found]) => found !== undefined) ?? [];
    if (name === undefined || value === undefined) return undefined;
    grantees[name].push(`${kind}="${value}"`);
  }
  const grants = Object.fromEntries(
    Object.entries(grantees).flatMap(([name, values]) => (values.length === 0 ? [] : [[name, values.join(', ')]])),
  );
  return { ownerId: text(record(output, 'Owner'), 'ID'), grants };
}

const GRANT_OF_PERMISSION: ReadonlyMap<string, keyof ObjectGrants> = new Map([
  ['READ', 'read'],
  ['READ_ACP', 'readAcp'],
  ['WRITE_ACP', 'writeAcp'],
  ['FULL_CONTROL', 'fullControl'],
]);
