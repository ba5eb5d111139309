import { CopyOptionsError } from '../errors.ts';
import type { ObjectProperties } from '../store/copy-store.ts';
import { draftOf } from '../wire/operation-draft.ts';
import type { Draft, DraftWriter } from '../wire/request-draft.ts';
import {
  type CopySourceRange,
  type Params,
  optionalCustomerKey,
  optionalEncryption,
  optionalInteger,
  optionalRange,
  optionalText,
  requireCopySource,
  requirePartNumber,
  requireParts,
  requireText,
} from './request-params.ts';

const MAX_PAGE = 1000;
/** Of a Date. */
const LATEST_TIME_MS = 8.64e15;
const MAX_PART_SIZE = 5 * 1024 ** 3;

/** Turns the parameters of the vendor's methods into requests, checking each. Throws `CopyOptionsError` for what won't do. */
export class MethodDrafts {
  readonly #writer: DraftWriter;

  constructor(writer: DraftWriter) {
    this.#writer = writer;
  }

  /** @param range - takes the place of `CopySourceRange` */
  copyPart(params: Params, range: CopySourceRange | undefined = optionalRange(params)): Draft {
    const request = {
      ...uploadOf(params),
      partNumber: requirePartNumber(params),
      source: requireCopySource(params),
      sourceSse: optionalCustomerKey(params, 'CopySource'),
      sse: optionalCustomerKey(params, ''),
      ...range,
    };
    const draft = draftOf('copyPart', request, this.#writer);
    if (draft.copySize !== undefined) draft.copySize = Math.min(draft.copySize, MAX_PART_SIZE);
    return draft;
  }

  /** HEAD of the source of a copy: the version and by the key that the copy names. */
  headSource(params: Params): Draft {
    const sse = optionalCustomerKey(params, 'CopySource');
    return draftOf('headObject', { ...requireCopySource(params), ...payerOf(params), sse }, this.#writer);
  }

  getObjectMetadata(params: Params): Draft {
    const versionId = optionalText(params, 'VersionId');
    const sse = optionalCustomerKey(params, '');
    return draftOf('headObject', { ...objectOf(params), versionId, sse }, this.#writer);
  }

  copyObject(params: Params): Draft {
    const request = {
      ...objectOf(params),
      source: requireCopySource(params),
      sourceSse: optionalCustomerKey(params, 'CopySource'),
      sse: optionalEncryption(params),
    };
    const draft = draftOf('copyObject', request, this.#writer);
    for (const [name, header] of COPY_HEADERS) {
      const given = params[name];
      this.#writer.add(draft, header, given instanceof Date ? given.toUTCString() : optionalText(params, name));
    }
    this.#writer.addProperties(draft, { ...propertiesOf(params), expires: optionalText(params, 'Expires') });
    return this.#withTags(draft, params);
  }

  initiateMultipartUpload(params: Params): Draft {
    const expiresAfterDays = optionalInteger(params, 'Expires', 0, 1_000_000);
    const properties = { ...propertiesOf(params), expiresAfterDays };
    const request = { ...objectOf(params), properties, sse: optionalEncryption(params) };
    return this.#withTags(withQuery(draftOf('createMultipartUpload', request, this.#writer), params), params);
  }

  listParts(params: Params): Draft {
    const request = {
      ...uploadOf(params),
      maxParts: optionalInteger(params, 'MaxParts', 1, MAX_PAGE),
      partNumberMarker: optionalInteger(params, 'PartNumberMarker', 0, 10_000),
    };
    return withQuery(draftOf('listParts', request, this.#writer), params);
  }

  completeMultipartUpload(params: Params): Draft {
    const request = { ...uploadOf(params), parts: requireParts(params) };
    return withQuery(draftOf('completeMultipartUpload', request, this.#writer), params);
  }

  abortMultipartUpload(params: Params): Draft {
    return draftOf('abortMultipartUpload', uploadOf(params), this.#writer);
  }

  setObjectRetention(params: Params): Draft {
    const end = optionalInteger(params, 'RetainUntilDate', 1, LATEST_TIME_MS);
    if (end === undefined)
      throw new CopyOptionsError("Parameter 'RetainUntilDate' is missing: give milliseconds since 1970");
    const versionId = optionalText(params, 'VersionId');
    const retention = { mode: requireText(params, 'Mode'), retainUntil: new Date(end) };
    return draftOf('putObjectRetention', { ...objectOf(params), versionId, ...retention }, this.#writer);
  }

  listMultipartUploads(params: Params): Draft {
    const request = {
      bucket: requireText(params, 'Bucket'),
      ...payerOf(params),
      prefix: optionalText(params, 'Prefix'),
      keyMarker: optionalText(params, 'KeyMarker'),
      uploadIdMarker: optionalText(params, 'UploadIdMarker'),
      maxUploads: optionalInteger(params, 'MaxUploads', 1, MAX_PAGE),
    };
    const draft = withQuery(draftOf('listMultipartUploads', request, this.#writer), params);
    const delimiter = optionalText(params, 'Delimiter');
    if (delimiter !== undefined) draft.query.push('delimiter', delimiter);
    return draft;
  }

  #withTags(draft: Draft, params: Params): Draft {
    this.#writer.add(draft, 'tagging', encodeNonAscii(optionalText(params, 'Tags')));
    return draft;
  }
}

const COPY_HEADERS = [
  ['CopySourceIfMatch', 'copy-source-if-match'],
  ['CopySourceIfNoneMatch', 'copy-source-if-none-match'],
  ['CopySourceIfModifiedSince', 'copy-source-if-modified-since'],
  ['CopySourceIfUnmodifiedSince', 'copy-source-if-unmodified-since'],
  ['MetadataDirective', 'metadata-directive'],
  ['TagDirective', 'tagging-directive'],
] as const;

function objectOf(params: Params): { readonly bucket: string; readonly key: string; readonly requestPayer: never } {
  return { bucket: requireText(params, 'Bucket'), key: requireText(params, 'Key'), ...payerOf(params) };
}

function uploadOf(params: Params): ReturnType<typeof objectOf> & { readonly uploadId: string } {
  return { ...objectOf(params), uploadId: requireText(params, 'UploadId') };
}

// Sent as it is, whatever the vendor may come to allow.
function payerOf(params: Params): { readonly requestPayer: never } {
  return { requestPayer: optionalText(params, 'RequestPayer') as never };
}

function withQuery(draft: Draft, params: Params): Draft {
  const encodingType = optionalText(params, 'EncodingType');
  if (encodingType !== undefined) draft.query.push('encoding-type', encodingType);
  return draft;
}

function propertiesOf(params: Params): ObjectProperties {
  return {
    contentType: optionalText(params, 'ContentType'),
    cacheControl: optionalText(params, 'CacheControl'),
    contentDisposition: encodeNonAscii(optionalText(params, 'ContentDisposition')),
    contentEncoding: optionalText(params, 'ContentEncoding'),
    contentLanguage: optionalText(params, 'ContentLanguage'),
    metadata: metadataOf(params),
    websiteRedirectLocation: encodeNonAscii(optionalText(params, 'WebsiteRedirectLocation')),
    storageClass: optionalText(params, 'StorageClass'),
    acl: optionalText(params, 'ACL'),
    grants: {
      read: optionalText(params, 'GrantRead'),
      readAcp: optionalText(params, 'GrantReadAcp'),
      writeAcp: optionalText(params, 'GrantWriteAcp'),
      fullControl: optionalText(params, 'GrantFullControl'),
    },
  };
}

function metadataOf(params: Params): Readonly<Record<string, string>> | undefined {
  const metadata = params['Metadata'];
  if (metadata === undefined || metadata === null) return undefined;
  if (typeof metadata !== 'object' || Array.isArray(metadata)) {
    throw new CopyOptionsError("Parameter 'Metadata' must be an object of names and values");
  }
  return Object.fromEntries(
    Object.entries(metadata).map(([given, value]) => {
      const name = given.trim().toLowerCase();
      return [name.replace(/^x-(?:obs|amz)-meta-/, ''), encodeNonAscii(String(value)) ?? ''];
    }),
  );
}

/** Percent-encodes what a header can't hold. What is encoded already stays as it is: what HEAD gave can be given back. */
function encodeNonAscii(value: string | undefined): string | undefined {
  return value?.replaceAll(/[\u0080-\u{10FFFF}]+/gu, (run) => {
    try {
      return encodeURIComponent(run);
    } catch (error) {
      throw new CopyOptionsError('A property holds a lone surrogate, which has no UTF-8 form', { cause: error });
    }
  });
}
