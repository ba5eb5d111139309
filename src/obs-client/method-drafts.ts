import type { Dialect } from '../wire/dialect.ts';
import { formatCompleteBody } from '../wire/complete-upload-body.ts';
import { Draft, type DraftWriter } from '../wire/request-draft.ts';
import type { ObjectProperties } from '../store/copy-store.ts';
import { CopyOptionsError } from '../errors.ts';
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
const MAX_PART_SIZE = 5 * 1024 ** 3;

/** Turns the parameters of the vendor's methods into requests, checking each. Throws `CopyOptionsError` for what won't do. */
export class MethodDrafts {
  readonly #dialect: Dialect;
  readonly #writer: DraftWriter;

  constructor(dialect: Dialect, writer: DraftWriter) {
    this.#dialect = dialect;
    this.#writer = writer;
  }

  /** @param range - takes the place of `CopySourceRange` */
  copyPart(params: Params, range: CopySourceRange | undefined = optionalRange(params)): Draft {
    const { bucket, key } = locationOf(params);
    const partNumber = requirePartNumber(params);
    const uploadId = requireText(params, 'UploadId');
    const source = requireCopySource(params);
    const query = ['partNumber', String(partNumber), 'uploadId', uploadId];
    const draft = new Draft('copyPart', 'PUT', { bucket, key }, query);
    draft.partNumber = partNumber;
    draft.copySize = range === undefined ? undefined : Math.min(range.end - range.start + 1, MAX_PART_SIZE);
    const sourceSse = optionalCustomerKey(params, 'CopySource');
    const request = { bucket, key, uploadId, partNumber, source, sourceSse, ...range };
    this.#writer.addSource(draft, request);
    this.#writer.addRange(draft, request);
    this.#writer.addEncryption(draft, optionalCustomerKey(params, ''));
    return this.#payer(draft, params);
  }

  /** HEAD of the source of a copy: the version and by the key that the copy names. */
  headSource(params: Params): Draft {
    const { bucket, key, versionId } = requireCopySource(params);
    const query = versionId === undefined ? [] : ['versionId', versionId];
    const draft = new Draft('headObject', 'HEAD', { bucket, key }, query);
    this.#writer.addEncryption(draft, optionalCustomerKey(params, 'CopySource'));
    return this.#payer(draft, params);
  }

  getObjectMetadata(params: Params): Draft {
    const versionId = optionalText(params, 'VersionId');
    const query = versionId === undefined ? [] : ['versionId', versionId];
    const draft = new Draft('headObject', 'HEAD', locationOf(params), query);
    this.#writer.addEncryption(draft, optionalCustomerKey(params, ''));
    return this.#payer(draft, params);
  }

  copyObject(params: Params): Draft {
    const { bucket, key } = locationOf(params);
    const { prefix } = this.#dialect;
    const draft = new Draft('copyObject', 'PUT', { bucket, key }, []);
    const sourceSse = optionalCustomerKey(params, 'CopySource');
    this.#writer.addSource(draft, { bucket, key, source: requireCopySource(params), sourceSse });
    for (const [name, header] of CONDITIONS) {
      const given = params[name];
      const value = given instanceof Date ? given.toUTCString() : optionalText(params, name);
      if (value !== undefined) draft.headers.push(`${prefix}copy-source-${header}`, value);
    }
    const directive = optionalText(params, 'MetadataDirective');
    if (directive !== undefined) draft.headers.push(`${prefix}metadata-directive`, directive);
    const tagDirective = optionalText(params, 'TagDirective');
    if (tagDirective !== undefined) draft.headers.push(`${prefix}tagging-directive`, tagDirective);
    this.#addProperties(draft, params, { expires: optionalText(params, 'Expires') });
    return this.#payer(draft, params);
  }

  initiateMultipartUpload(params: Params): Draft {
    const query = queryOf(params, [['encoding-type', 'EncodingType']], ['uploads', '']);
    const draft = new Draft('createMultipartUpload', 'POST', locationOf(params), query);
    this.#addProperties(draft, params, { expiresAfterDays: optionalInteger(params, 'Expires', 0, 1_000_000) });
    return this.#payer(draft, params);
  }

  listParts(params: Params): Draft {
    const uploadId = requireText(params, 'UploadId');
    optionalInteger(params, 'MaxParts', 1, MAX_PAGE);
    optionalInteger(params, 'PartNumberMarker', 0, 10_000);
    const query = queryOf(
      params,
      [
        ['encoding-type', 'EncodingType'],
        ['max-parts', 'MaxParts'],
        ['part-number-marker', 'PartNumberMarker'],
      ],
      ['uploadId', uploadId],
    );
    return this.#payer(new Draft('listParts', 'GET', locationOf(params), query), params);
  }

  completeMultipartUpload(params: Params): Draft {
    const uploadId = requireText(params, 'UploadId');
    const query = queryOf(params, [['encoding-type', 'EncodingType']], ['uploadId', uploadId]);
    const draft = new Draft('completeMultipartUpload', 'POST', locationOf(params), query);
    draft.headers.push('content-type', 'application/xml');
    draft.body = formatCompleteBody(this.#dialect, requireParts(params));
    return this.#payer(draft, params);
  }

  abortMultipartUpload(params: Params): Draft {
    const query = ['uploadId', requireText(params, 'UploadId')];
    return this.#payer(new Draft('abortMultipartUpload', 'DELETE', locationOf(params), query), params);
  }

  listMultipartUploads(params: Params): Draft {
    optionalInteger(params, 'MaxUploads', 1, MAX_PAGE);
    const query = queryOf(
      params,
      [
        ['delimiter', 'Delimiter'],
        ['encoding-type', 'EncodingType'],
        ['key-marker', 'KeyMarker'],
        ['max-uploads', 'MaxUploads'],
        ['prefix', 'Prefix'],
        ['upload-id-marker', 'UploadIdMarker'],
      ],
      ['uploads', ''],
    );
    const bucket = requireText(params, 'Bucket');
    return this.#payer(new Draft('listMultipartUploads', 'GET', { bucket }, query), params);
  }

  #payer(draft: Draft, params: Params): Draft {
    const payer = optionalText(params, 'RequestPayer');
    if (payer !== undefined) draft.headers.push(`${this.#dialect.prefix}request-payer`, payer);
    return draft;
  }

  #addProperties(draft: Draft, params: Params, more: ObjectProperties): void {
    this.#writer.addProperties(draft, {
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
      ...more,
    });
    const tags = encodeNonAscii(optionalText(params, 'Tags'));
    if (tags !== undefined) draft.headers.push(`${this.#dialect.prefix}tagging`, tags);
    this.#writer.addEncryption(draft, optionalEncryption(params));
  }
}

const CONDITIONS = [
  ['CopySourceIfMatch', 'if-match'],
  ['CopySourceIfNoneMatch', 'if-none-match'],
  ['CopySourceIfModifiedSince', 'if-modified-since'],
  ['CopySourceIfUnmodifiedSince', 'if-unmodified-since'],
] as const;

function locationOf(params: Params): { readonly bucket: string; readonly key: string } {
  return { bucket: requireText(params, 'Bucket'), key: requireText(params, 'Key') };
}

function metadataOf(params: Params): Readonly<Record<string, string>> | undefined {
  const metadata = params['Metadata'];
  if (metadata === undefined || metadata === null) return undefined;
  if (typeof metadata !== 'object' || Array.isArray(metadata)) {
    throw new CopyOptionsError("Parameter 'Metadata' must be an object of names and values");
  }
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [
      name
        .trim()
        .toLowerCase()
        .replace(/^x-(?:obs|amz)-meta-/, ''),
      encodeNonAscii(String(value)) ?? '',
    ]),
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

/** Query parameters for those parameters that are given, and `last`. */
function queryOf(
  params: Params,
  names: readonly (readonly [name: string, param: string])[],
  last: readonly [name: string, value: string],
): string[] {
  const query: string[] = [];
  for (const [name, param] of names) {
    const value = optionalText(params, param);
    if (value !== undefined) query.push(name, value);
  }
  return [...query, ...last];
}
