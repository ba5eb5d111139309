import type {
  CompleteMultipartUploadRequest,
  CopyObjectRequest,
  CopyPartRequest,
  CreateMultipartUploadRequest,
  DestinationEncryption,
  HeadObjectRequest,
  ListMultipartUploadsRequest,
  ListPartsRequest,
  ObjectGrants,
  ObjectLocation,
  ObjectProperties,
  SourceLocation,
  SseCustomerKey,
  StoreRequest,
} from '../store/copy-store.ts';
import type { SignedHeader, WireDemands } from './obs-sdk-exchange.ts';

/** What the vendor's client can't do; the message ends a sentence that begins with `as`. */
export class UnsupportedError extends Error {
  override readonly name: string = 'UnsupportedError';
}

/** Tags that the vendor's client can't send with a request that makes an object, but can set afterwards. */
export class UnsupportedTagsError extends UnsupportedError {
  override readonly name: string = 'UnsupportedTagsError';
}

/** Parameters of a method of the vendor's client, and what the request must be like when it leaves. */
export interface VendorRequest extends WireDemands {
  readonly params: Readonly<Record<string, unknown>>;
}

const NOTHING: WireDemands = { unsigned: {}, signed: [] };

function plain(params: Readonly<Record<string, unknown>>): VendorRequest {
  return { params, ...NOTHING };
}

function common(request: StoreRequest & ObjectLocation): Readonly<Record<string, unknown>> {
  return { Bucket: request.bucket, Key: request.key, ...account(request) };
}

function account(request: StoreRequest): Readonly<Record<string, unknown>> {
  // Leaving it out would do what the caller wants to rule out.
  if (request.expectedBucketOwner !== undefined)
    throw new UnsupportedError('OBS has no check of the expected bucket owner');
  return { RequestPayer: request.requestPayer };
}

/** The client makes Base64 and MD5 of the key itself. A copy of it, as the client is not to be trusted with the caller's. */
function customerKey(
  sse: SseCustomerKey | undefined,
  prefix: '' | 'CopySource' = '',
): Readonly<Record<string, unknown>> {
  return sse === undefined ? {} : { [`${prefix}SseC`]: 'AES256', [`${prefix}SseCKey`]: Buffer.from(sse.key) };
}

/**
 * `CopySource`, which the client encodes itself but for what follows the last `?versionId=`. A key with that in it would be taken
 * for a version, unless a real one follows.
 */
function copySource({ bucket, key, versionId }: SourceLocation): string {
  if (versionId !== undefined) return `${bucket}/${key}?versionId=${encodeURIComponent(versionId)}`;
  if (key.includes('?versionId=')) {
    throw new UnsupportedError(
      `esdk-obs-nodejs takes '?versionId=' in the source's key for a version, and would copy another object: use obsStore for it`,
    );
  }
  return `${bucket}/${key}`;
}

/** How the client writes a header's value: percent-encoded but for these. */
function encodeAsClient(value: string): string {
  return value.replaceAll(/[^\w.~\- ;/?:@&=+$,]+/gu, (run) =>
    encodeURIComponent(run).replaceAll(
      /[!'()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
  );
}

/**
 * What the client must be given so that it writes this value: the value, or its decoded form, whichever it encodes back.
 * Nothing does for a value with some characters encoded and others not.
 */
function givenFor(what: string, value: string): string {
  const decoded = decodeOr(value);
  const given = [value, decoded].find((candidate) => encodeAsClient(candidate) === value);
  if (given !== undefined) return given;
  throw new UnsupportedError(
    `esdk-obs-nodejs percent-encodes header values, and can't send ${what} as it is: use obsStore for it, or leave it out`,
  );
}

function decodeOr(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** Collects what a request that makes an object needs. */
class PropertyWriter {
  readonly params: Record<string, unknown> = {};
  readonly unsigned: Record<string, string> = {};
  readonly signed: SignedHeader[] = [];

  /** A header in the signature, as it is. */
  exact(param: string, header: string, what: string, value: string | undefined): void {
    if (value === undefined) return;
    this.params[param] = givenFor(what, value);
    this.#expect(header, what, (written) => written === value);
  }

  /** A header that the client translates, and drops where it doesn't know the value. */
  translated(
    param: string,
    header: string,
    what: string,
    value: string | undefined,
    fits: (written: string) => boolean,
  ): void {
    if (value === undefined) return;
    this.params[param] = value;
    this.#expect(header, what, fits);
  }

  #expect(name: string, what: string, fits: (written: string) => boolean): void {
    this.signed.push({ name, what, fits });
  }

  /** A header outside the signature. */
  loose(header: string, value: string | undefined): void {
    if (value !== undefined) this.unsigned[header] = value;
  }

  properties(properties: ObjectProperties): void {
    if (properties.objectLock !== undefined) {
      throw new UnsupportedError('esdk-obs-nodejs has no parameters for an object lock: use obsStore for it');
    }
    this.exact('ContentType', 'content-type', 'contentType', properties.contentType);
    this.loose('cache-control', properties.cacheControl);
    this.loose('content-disposition', properties.contentDisposition);
    this.loose('content-encoding', properties.contentEncoding);
    this.loose('content-language', properties.contentLanguage);
    this.loose('expires', properties.expires);
    this.exact(
      'WebsiteRedirectLocation',
      'website-redirect-location',
      'websiteRedirectLocation',
      properties.websiteRedirectLocation,
    );
    const metadata: Record<string, string> = {};
    for (const [name, value] of Object.entries(properties.metadata ?? {})) {
      metadata[name] = givenFor(`metadata '${name}'`, value);
      this.#expect(`meta-${name.toLowerCase()}`, `metadata '${name}'`, (written) => written === value);
    }
    this.params['Metadata'] = metadata;
    this.translated(
      'StorageClass',
      'storage-class',
      `storage class ${properties.storageClass}`,
      properties.storageClass,
      (written) => written !== '',
    );
    this.translated('ACL', 'acl', `ACL ${properties.acl}`, properties.acl, (written) => written === properties.acl);
    this.#grants(properties.grants ?? {});
    this.#tags(properties.tags);
  }

  // OBS takes ids without quotes, and the client would encode the quotes.
  #grants(grants: ObjectGrants): void {
    for (const [name, param, header] of GRANTS) {
      this.exact(param, header, `grants.${name}`, grants[name]?.replaceAll('"', ''));
    }
  }

  #tags(tags: Readonly<Record<string, string>> | undefined): void {
    if (tags === undefined || Object.keys(tags).length === 0) return;
    // The client encodes the value once more but for these, so that they can't be told from the query's own.
    const unfit = Object.entries(tags)
      .flat()
      .find((text) => /[&=+]/.test(text));
    if (unfit !== undefined) {
      throw new UnsupportedTagsError(
        `esdk-obs-nodejs can't send a tag with '&', '=' or '+' in it (${JSON.stringify(unfit)}): use obsStore for it`,
      );
    }
    this.params['Tags'] = Object.entries(tags)
      .map(([key, value]) => `${key}=${value}`)
      .join('&');
  }

  encryption(sse: DestinationEncryption | undefined): void {
    if (sse === undefined) return;
    if (sse.type === 'SSE-C') {
      Object.assign(this.params, customerKey(sse));
      return;
    }
    const value = sse.type === 'AES256' ? 'AES256' : 'kms';
    this.translated(
      'SseKms',
      'server-side-encryption',
      `encryption ${sse.type}`,
      value,
      (written) => written.replace(/^aws:/, '') === value && written !== 'aws:AES256',
    );
    if (sse.type === 'SSE-KMS' && sse.keyId !== undefined)
      this.params['SseKmsKey'] = givenFor('the id of the KMS key', sse.keyId);
  }
}

const GRANTS = [
  ['read', 'GrantRead', 'grant-read'],
  ['readAcp', 'GrantReadAcp', 'grant-read-acp'],
  ['writeAcp', 'GrantWriteAcp', 'grant-write-acp'],
  ['fullControl', 'GrantFullControl', 'grant-full-control'],
] as const;

export function headObjectRequest(request: HeadObjectRequest): VendorRequest {
  if (request.partNumber !== undefined) {
    throw new UnsupportedError("esdk-obs-nodejs can't ask for one part of an object: use obsStore for it");
  }
  return plain({ ...common(request), VersionId: request.versionId, ...customerKey(request.sse) });
}

export function copyObjectRequest(request: CopyObjectRequest): VendorRequest {
  const writer = new PropertyWriter();
  if (request.properties !== undefined) {
    if (request.properties.expiresAfterDays !== undefined) {
      throw new UnsupportedError(
        'esdk-obs-nodejs has no parameter for expiresAfterDays in copyObject: use obsStore for it',
      );
    }
    writer.properties(request.properties);
    writer.params['MetadataDirective'] = 'REPLACE';
  }
  if (request.expectedSourceBucketOwner !== undefined) {
    throw new UnsupportedError('OBS has no check of the expected bucket owner');
  }
  writer.encryption(request.sse);
  writer.loose('if-none-match', request.ifNoneMatch);
  return {
    params: {
      ...common(request),
      ...writer.params,
      CopySource: copySource(request.source),
      // Quotes would be encoded.
      CopySourceIfMatch: request.sourceIfMatch,
      CopySourceIfUnmodifiedSince: request.sourceIfUnmodifiedSince?.toUTCString(),
      ...customerKey(request.sourceSse, 'CopySource'),
      TagDirective: request.taggingDirective,
    },
    unsigned: writer.unsigned,
    signed: writer.signed,
  };
}

export function createMultipartUploadRequest(request: CreateMultipartUploadRequest): VendorRequest {
  const writer = new PropertyWriter();
  // Named even where there is none: the client would make one up from the key's extension.
  writer.params['ContentType'] = undefined;
  writer.properties(request.properties ?? {});
  writer.encryption(request.sse);
  return {
    params: { ...common(request), ...writer.params, Expires: request.properties?.expiresAfterDays },
    unsigned: writer.unsigned,
    signed: writer.signed,
  };
}

export function copyPartRequest(request: CopyPartRequest): VendorRequest {
  const { start, end, partNumber } = request;
  if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > 10_000) {
    throw new UnsupportedError(`the part number must be 1 to 10000, but is ${partNumber}`);
  }
  if (request.sourceIfMatch !== undefined || request.sourceIfUnmodifiedSince !== undefined) {
    throw new UnsupportedError('esdk-obs-nodejs has no conditions on the source of a part');
  }
  if (request.expectedSourceBucketOwner !== undefined) {
    throw new UnsupportedError('OBS has no check of the expected bucket owner');
  }
  return plain({
    ...common(request),
    UploadId: request.uploadId,
    PartNumber: partNumber,
    CopySource: copySource(request.source),
    CopySourceRange: start === undefined || end === undefined ? undefined : `bytes=${start}-${end}`,
    ...customerKey(request.sourceSse, 'CopySource'),
    ...customerKey(request.sse),
  });
}

export function listPartsRequest(request: ListPartsRequest): VendorRequest {
  return plain({
    ...common(request),
    UploadId: request.uploadId,
    MaxParts: request.maxParts,
    PartNumberMarker: request.partNumberMarker,
  });
}

export function completeMultipartUploadRequest(request: CompleteMultipartUploadRequest): VendorRequest {
  const unsigned: Record<string, string> =
    request.ifNoneMatch === undefined ? {} : { 'if-none-match': request.ifNoneMatch };
  const Parts = request.parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: `"${etag}"` }));
  return { params: { ...common(request), UploadId: request.uploadId, Parts }, unsigned, signed: [] };
}

export function uploadRequest(request: StoreRequest & ObjectLocation & { readonly uploadId: string }): VendorRequest {
  return plain({ ...common(request), UploadId: request.uploadId });
}

export function listMultipartUploadsRequest(request: ListMultipartUploadsRequest): VendorRequest {
  return plain({
    Bucket: request.bucket,
    Prefix: request.prefix,
    KeyMarker: request.keyMarker,
    UploadIdMarker: request.uploadIdMarker,
    MaxUploads: request.maxUploads,
    // Without EncodingType: Ceph RGW 16 encodes the keys then, but doesn't say so.
    ...account(request),
  });
}

export function versionRequest(request: StoreRequest & SourceLocation): VendorRequest {
  return plain({ ...common(request), VersionId: request.versionId });
}

export function putObjectTaggingRequest(
  request: StoreRequest & SourceLocation & { readonly tags: Readonly<Record<string, string>> },
): VendorRequest {
  const unfit = Object.entries(request.tags)
    .flat()
    .find((text) => /[<>]/.test(text));
  if (unfit !== undefined) {
    throw new UnsupportedError(`esdk-obs-nodejs can't send a tag with '<' or '>' in it (${JSON.stringify(unfit)})`);
  }
  const Tags = Object.entries(request.tags).map(([Key, Value]) => ({ Key, Value }));
  return plain({ ...common(request), VersionId: request.versionId, Tags });
}
