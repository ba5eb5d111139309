import { decodeName, isPageOfParts, isPageOfUploads } from '../wire/list-results.ts';
import { readMetadata } from '../wire/object-headers.ts';
import { type ReadBody, readBody, readNoResult } from '../wire/read-body.ts';
import type { WireResponse } from '../wire/send-request.ts';
import { type XmlElement, elementOf, elementsOf, textOf } from '../wire/xml.ts';
import { vendorHeader } from './interface-result.ts';
import type {
  CompleteMultipartUploadFields,
  CopyObjectFields,
  CopyPartFields,
  EncryptionFields,
  GetObjectMetadataFields,
  InitiateMultipartUploadFields,
  ListMultipartUploadsFields,
  ListPartsFields,
} from './result-fields.ts';

/** What a 2xx answer is: its fields, the store's error, or something that lacks what it must have. */
export type ReadAnswer<Fields> = { readonly fields: Fields } | 'error' | { readonly lacks: string };

function answerOf<Fields>(body: ReadBody<Fields>, lacks: string): ReadAnswer<Fields> {
  if (body === 'error') return 'error';
  return typeof body === 'string' ? { lacks } : { fields: body.result };
}

const ENCRYPTION_HEADERS = {
  SseKms: 'server-side-encryption',
  SseKmsKey: 'server-side-encryption-kms-key-id',
  SseC: 'server-side-encryption-customer-algorithm',
  SseCKeyMd5: 'server-side-encryption-customer-key-md5',
} as const;

/** Fields from headers of the vendor, and how the object is encrypted; one that the answer lacks is left out. */
function vendorFields(response: WireResponse, names: Readonly<Record<string, string>> = {}): EncryptionFields {
  const fields: Record<string, string> = {};
  for (const [field, name] of Object.entries({ ...names, ...ENCRYPTION_HEADERS })) {
    const value = vendorHeader(response, name);
    if (value !== undefined) fields[field] = value;
  }
  // By the headers of S3, OBS calls it so.
  const kmsKey = response.headers.get('x-amz-server-side-encryption-aws-kms-key-id');
  return kmsKey === undefined ? fields : { SseKmsKey: kmsKey, ...fields };
}

const text = (element: XmlElement, name: string): string => textOf(element, name) ?? '';

/** Children that hold text, as fields of the same names. */
function texts<Name extends string>(element: XmlElement, ...names: readonly Name[]): Record<Name, string> {
  return Object.fromEntries(names.map((name) => [name, text(element, name)])) as Record<Name, string>;
}

/** The same for names of objects, which are encoded like a form where the document says so. */
function names<Name extends string>(
  element: XmlElement,
  root: XmlElement,
  ...fields: readonly Name[]
): Record<Name, string> {
  const encoded = text(root, 'EncodingType').trim() === 'url';
  return Object.fromEntries(fields.map((name) => [name, decodeName(text(element, name), encoded)])) as Record<
    Name,
    string
  >;
}

const idOf = (element: XmlElement, name: string): { ID: string } => texts(elementOf(element, name), 'ID');

function copyFields(response: WireResponse, element: XmlElement, root: string): CopyPartFields | undefined {
  // A list has ETags of other things.
  if (root.startsWith('List') || text(element, 'ETag').replaceAll('"', '').trim() === '') return undefined;
  return { ...texts(element, 'LastModified', 'ETag'), ...vendorFields(response) };
}

export function readCopyPart(response: WireResponse): ReadAnswer<CopyPartFields> {
  const body = readBody(response.body, (element, root) => copyFields(response, element, root));
  return answerOf(body, 'an ETag, so the part was not copied');
}

export function readCopyObject(response: WireResponse): ReadAnswer<CopyObjectFields> {
  const versions = { VersionId: 'version-id', CopySourceVersionId: 'copy-source-version-id' };
  const body = readBody(response.body, (element, root): CopyObjectFields | undefined => {
    const fields = copyFields(response, element, root);
    return fields && { ...vendorFields(response, versions), ...fields };
  });
  return answerOf(body, 'an ETag, so the object was not copied');
}

export function readInitiateMultipartUpload(response: WireResponse): ReadAnswer<InitiateMultipartUploadFields> {
  const body = readBody(response.body, (element) => {
    const UploadId = text(element, 'UploadId').trim();
    if (UploadId === '') return undefined;
    return {
      ...texts(element, 'Bucket', 'EncodingType'),
      ...names(element, element, 'Key'),
      UploadId,
      ...vendorFields(response),
    };
  });
  return answerOf(body, 'an upload id');
}

/** The ETag may be empty, as Ceph gives it, but must be there. */
export function readCompleteMultipartUpload(response: WireResponse): ReadAnswer<CompleteMultipartUploadFields> {
  const body = readBody(response.body, (element) => {
    if (textOf(element, 'ETag') === undefined) return undefined;
    return {
      ...vendorFields(response, { VersionId: 'version-id' }),
      ...texts(element, 'Location', 'Bucket', 'ETag', 'EncodingType'),
      ...names(element, element, 'Key'),
    };
  });
  return answerOf(body, 'an ETag, so the upload may not be complete');
}

export function readListParts({ body }: WireResponse): ReadAnswer<ListPartsFields> {
  const read = readBody(body, (element, root) => {
    if (!isPageOfParts(element, root)) return undefined;
    return {
      ...texts(element, 'Bucket', 'UploadId', 'PartNumberMarker', 'NextPartNumberMarker', 'MaxParts'),
      ...texts(element, 'IsTruncated', 'StorageClass'),
      ...names(element, element, 'Key'),
      Initiator: idOf(element, 'Initiator'),
      Owner: idOf(element, 'Owner'),
      Parts: elementsOf(element, 'Part').map((part) => texts(part, 'PartNumber', 'LastModified', 'ETag', 'Size')),
    };
  });
  return answerOf(read, 'a page of parts');
}

export function readListMultipartUploads({ body }: WireResponse): ReadAnswer<ListMultipartUploadsFields> {
  const read = readBody(body, (element, root) => {
    if (!isPageOfUploads(element, root)) return undefined;
    return {
      ...texts(element, 'Bucket', 'UploadIdMarker', 'NextUploadIdMarker', 'MaxUploads', 'IsTruncated', 'EncodingType'),
      ...names(element, element, 'KeyMarker', 'NextKeyMarker', 'Prefix', 'Delimiter'),
      Uploads: elementsOf(element, 'Upload').map((upload) => ({
        ...texts(upload, 'UploadId', 'Initiated', 'StorageClass'),
        ...names(upload, element, 'Key'),
        Owner: idOf(upload, 'Owner'),
        Initiator: idOf(upload, 'Initiator'),
      })),
      CommonPrefixes: elementsOf(element, 'CommonPrefixes').map((prefix) => names(prefix, element, 'Prefix')),
    };
  });
  return answerOf(read, 'a page of uploads');
}

export function readGetObjectMetadata(response: WireResponse): ReadAnswer<GetObjectMetadataFields> {
  const content: Record<string, string> = {};
  for (const [field, name] of Object.entries(CONTENT_FIELDS)) {
    const value = response.headers.get(name);
    if (value !== undefined) content[field] = value;
  }
  const Metadata = readMetadata(response.headers, 'x-obs-meta-', 'x-amz-meta-');
  return { fields: { ...content, ...vendorFields(response, METADATA_FIELDS), Metadata } };
}

const CONTENT_FIELDS = {
  LastModified: 'last-modified',
  ContentType: 'content-type',
  CacheControl: 'cache-control',
  ContentDisposition: 'content-disposition',
  ContentLanguage: 'content-language',
  ContentEncoding: 'content-encoding',
  Expires: 'expires',
  ETag: 'etag',
} as const;

const METADATA_FIELDS = {
  Expiration: 'expiration',
  TaggingCount: 'tagging-count',
  VersionId: 'version-id',
  WebsiteRedirectLocation: 'website-redirect-location',
  StorageClass: 'storage-class',
  Restore: 'restore',
  ObjectType: 'object-type',
  NextPosition: 'next-append-position',
  ObjectLockMode: 'object-lock-mode',
  ObjectLockRetainUntilDate: 'object-lock-retain-until-date',
  ObjectLockLegalHold: 'object-lock-legal-hold',
  UploadId: 'uploadid',
} as const;

/** An answer without anything but its status. */
export function readNothing(response: WireResponse): ReadAnswer<object> {
  const read = readNoResult(response.body);
  return answerOf(typeof read === 'string' ? read : { result: {} }, 'an empty body or a document of its own');
}
