import { formatTagging } from '../wire/object-headers.ts';
import { encodeCopySource } from '../wire/object-url.ts';
import type {
  CompletedPart,
  CompleteMultipartUploadRequest,
  CopyObjectRequest,
  CopyPartRequest,
  CreateMultipartUploadRequest,
  DestinationEncryption,
  HeadObjectRequest,
  ListMultipartUploadsRequest,
  ListPartsRequest,
  ObjectChecksums,
  ObjectGrants,
  ObjectLocation,
  ObjectProperties,
  SourceConditions,
  SourceLocation,
  SseCustomerKey,
  StoreRequest,
} from '../store/copy-store.ts';
import { bytesToText } from './header-text.ts';

/** Parameters of a command of the AWS SDK. */
export type CommandInput = Readonly<Record<string, unknown>>;

/** A value that can't be written by the AWS SDK as it has to be; the message says why, fit behind `as …`. */
export class UnsendableError extends Error {
  override readonly name: string = 'UnsendableError';
}

function locationInput(request: StoreRequest & ObjectLocation): CommandInput {
  return { Bucket: request.bucket, Key: request.key, ...accountInput(request) };
}

function accountInput(request: StoreRequest): CommandInput {
  return { RequestPayer: request.requestPayer, ExpectedBucketOwner: request.expectedBucketOwner };
}

/** SSE-C parameters; the SDK adds the key's MD5 itself. */
function customerKeyInput(sse: SseCustomerKey | undefined, prefix: '' | 'CopySource' = ''): CommandInput {
  if (sse === undefined) return {};
  return {
    [`${prefix}SSECustomerAlgorithm`]: 'AES256',
    [`${prefix}SSECustomerKey`]: Buffer.from(sse.key).toString('base64'),
  };
}

function encryptionInput(sse: DestinationEncryption | undefined): CommandInput {
  if (sse === undefined) return {};
  if (sse.type === 'SSE-C') return customerKeyInput(sse);
  return sse.type === 'AES256'
    ? { ServerSideEncryption: 'AES256' }
    : { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: sse.keyId };
}

function sourceInput(request: SourceConditions & { readonly source: SourceLocation }): CommandInput {
  return {
    CopySource: encodeCopySource(request.source),
    CopySourceIfMatch: request.sourceIfMatch === undefined ? undefined : `"${request.sourceIfMatch}"`,
    CopySourceIfUnmodifiedSince: request.sourceIfUnmodifiedSince,
  };
}

/** A header's bytes as the text that the SDK signs; the bytes are put back just before the request is sent. */
function headerText(name: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const text = bytesToText(value);
  if (text === undefined) {
    throw new UnsendableError(`the value of ${name} holds bytes that are not UTF-8, which the AWS SDK can't sign`);
  }
  return text;
}

function propertiesInput(properties: ObjectProperties | undefined): CommandInput {
  if (properties === undefined) return {};
  const { metadata, tags, grants, objectLock } = properties;
  if (properties.expiresAfterDays !== undefined) {
    throw new UnsendableError('expiresAfterDays is known to OBS only, and the AWS SDK has no parameter for it');
  }
  return {
    ContentType: headerText('Content-Type', properties.contentType),
    CacheControl: headerText('Cache-Control', properties.cacheControl),
    ContentDisposition: headerText('Content-Disposition', properties.contentDisposition),
    ContentEncoding: headerText('Content-Encoding', properties.contentEncoding),
    ContentLanguage: headerText('Content-Language', properties.contentLanguage),
    Metadata:
      metadata === undefined
        ? undefined
        : Object.fromEntries(
            Object.entries(metadata).map(([name, value]) => [name, headerText(`metadata '${name}'`, value)]),
          ),
    WebsiteRedirectLocation: headerText('the website redirect', properties.websiteRedirectLocation),
    StorageClass: properties.storageClass,
    ACL: properties.acl,
    ...grantsInput(grants ?? {}),
    Tagging: tags === undefined ? undefined : formatTagging(tags),
    ObjectLockMode: objectLock?.mode,
    ObjectLockRetainUntilDate: objectLock?.retainUntil,
    ObjectLockLegalHoldStatus: objectLock?.legalHold === undefined ? undefined : objectLock.legalHold ? 'ON' : 'OFF',
  };
}

function grantsInput(grants: ObjectGrants): CommandInput {
  return {
    GrantRead: grants.read,
    GrantReadACP: grants.readAcp,
    GrantWriteACP: grants.writeAcp,
    GrantFullControl: grants.fullControl,
  };
}

function checksumsInput(checksums: ObjectChecksums | undefined): CommandInput {
  return Object.fromEntries(
    Object.entries(checksums ?? {}).map(([algorithm, value]) => [`Checksum${algorithm}`, value]),
  );
}

export function headObjectInput(request: HeadObjectRequest): CommandInput {
  return {
    ...locationInput(request),
    VersionId: request.versionId,
    PartNumber: request.partNumber,
    ChecksumMode: request.checksums === true ? 'ENABLED' : undefined,
    ...customerKeyInput(request.sse),
  };
}

export function copyObjectInput(request: CopyObjectRequest): CommandInput {
  return {
    ...locationInput(request),
    ...sourceInput(request),
    ...customerKeyInput(request.sourceSse, 'CopySource'),
    ...encryptionInput(request.sse),
    ...propertiesInput(request.properties),
    MetadataDirective: request.properties === undefined ? undefined : 'REPLACE',
    TaggingDirective: request.taggingDirective,
    IfNoneMatch: request.ifNoneMatch,
    ChecksumAlgorithm: request.checksumAlgorithm,
    ExpectedSourceBucketOwner: request.expectedSourceBucketOwner,
  };
}

export function createMultipartUploadInput(request: CreateMultipartUploadRequest): CommandInput {
  return {
    ...locationInput(request),
    ...propertiesInput(request.properties),
    ...encryptionInput(request.sse),
    ChecksumAlgorithm: request.checksumAlgorithm,
    ChecksumType: request.checksumType,
  };
}

export function copyPartInput(request: CopyPartRequest): CommandInput {
  const { start, end } = request;
  return {
    ...locationInput(request),
    UploadId: request.uploadId,
    PartNumber: request.partNumber,
    ...sourceInput(request),
    CopySourceRange: start === undefined || end === undefined ? undefined : `bytes=${start}-${end}`,
    ...customerKeyInput(request.sourceSse, 'CopySource'),
    ...customerKeyInput(request.sse),
    ExpectedSourceBucketOwner: request.expectedSourceBucketOwner,
  };
}

export function listPartsInput(request: ListPartsRequest): CommandInput {
  return {
    ...locationInput(request),
    UploadId: request.uploadId,
    PartNumberMarker: request.partNumberMarker === undefined ? undefined : String(request.partNumberMarker),
    MaxParts: request.maxParts,
  };
}

export function completeMultipartUploadInput(request: CompleteMultipartUploadRequest): CommandInput {
  return {
    ...locationInput(request),
    UploadId: request.uploadId,
    MultipartUpload: { Parts: request.parts.map(completedPartInput) },
    IfNoneMatch: request.ifNoneMatch,
    ...customerKeyInput(request.sse),
    ChecksumType: request.checksumType,
    ...checksumsInput(request.checksums),
  };
}

function completedPartInput(part: CompletedPart): CommandInput {
  return { PartNumber: part.partNumber, ETag: `"${part.etag}"`, ...checksumsInput(part.checksums) };
}

export function uploadInput(request: StoreRequest & ObjectLocation & { readonly uploadId: string }): CommandInput {
  return { ...locationInput(request), UploadId: request.uploadId };
}

export function listMultipartUploadsInput(request: ListMultipartUploadsRequest): CommandInput {
  return {
    Bucket: request.bucket,
    Prefix: request.prefix,
    KeyMarker: request.keyMarker,
    UploadIdMarker: request.uploadIdMarker,
    MaxUploads: request.maxUploads,
    // Without EncodingType: Ceph RGW 16 encodes the keys then, but doesn't say so.
    ...accountInput(request),
  };
}

export function versionInput(request: StoreRequest & SourceLocation): CommandInput {
  return { ...locationInput(request), VersionId: request.versionId };
}

export function putObjectTaggingInput(
  request: StoreRequest & SourceLocation & { readonly tags: Readonly<Record<string, string>> },
): CommandInput {
  const TagSet = Object.entries(request.tags).map(([Key, Value]) => ({ Key, Value }));
  return { ...versionInput(request), Tagging: { TagSet } };
}

export function putObjectAclInput(
  request: StoreRequest & SourceLocation & { readonly grants: ObjectGrants },
): CommandInput {
  return { ...versionInput(request), ...grantsInput(request.grants) };
}
