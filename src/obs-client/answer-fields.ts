import { readNoResult } from '../wire/copy-results.ts';
import type { WireResponse } from '../wire/http-client.ts';
import { type XmlElement, elementOf, elementsOf, parseXml, textOf } from '../wire/xml.ts';
import { vendorHeader } from './interface-result.ts';

/** Encryption, as the answers of several methods tell it. */
export interface EncryptionFields {
  SseKms?: string;
  SseKmsKey?: string;
  SseC?: string;
  SseCKeyMd5?: string;
}

export interface CopyPartFields extends EncryptionFields {
  /** With its quotes, as the store gave it. */
  ETag: string;
  LastModified: string;
}

export interface CopyObjectFields extends CopyPartFields {
  VersionId?: string;
  CopySourceVersionId?: string;
}

export interface InitiateMultipartUploadFields extends EncryptionFields {
  Bucket: string;
  Key: string;
  UploadId: string;
  EncodingType: string;
}

export interface CompleteMultipartUploadFields extends EncryptionFields {
  VersionId?: string;
  Location: string;
  Bucket: string;
  Key: string;
  ETag: string;
  EncodingType: string;
}

export interface PartFields {
  PartNumber: string;
  LastModified: string;
  ETag: string;
  Size: string;
}

export interface ListPartsFields {
  Bucket: string;
  Key: string;
  UploadId: string;
  PartNumberMarker: string;
  NextPartNumberMarker: string;
  MaxParts: string;
  /** `'true'` or `'false'`. */
  IsTruncated: string;
  StorageClass: string;
  Initiator: { ID: string };
  Owner: { ID: string };
  Parts: PartFields[];
}

export interface UploadFields {
  UploadId: string;
  Key: string;
  Initiated: string;
  StorageClass: string;
  Owner: { ID: string };
  Initiator: { ID: string };
}

export interface ListMultipartUploadsFields {
  Bucket: string;
  KeyMarker: string;
  UploadIdMarker: string;
  NextKeyMarker: string;
  Prefix: string;
  Delimiter: string;
  NextUploadIdMarker: string;
  MaxUploads: string;
  /** `'true'` or `'false'`. */
  IsTruncated: string;
  EncodingType: string;
  Uploads: UploadFields[];
  CommonPrefixes: { Prefix: string }[];
}

export interface GetObjectMetadataFields extends EncryptionFields {
  ContentType?: string;
  CacheControl?: string;
  ContentDisposition?: string;
  ContentLanguage?: string;
  ContentEncoding?: string;
  Expires?: string;
  LastModified?: string;
  ETag?: string;
  Expiration?: string;
  TaggingCount?: string;
  VersionId?: string;
  WebsiteRedirectLocation?: string;
  StorageClass?: string;
  Restore?: string;
  ObjectType?: string;
  NextPosition?: string;
  ObjectLockMode?: string;
  ObjectLockRetainUntilDate?: string;
  ObjectLockLegalHold?: string;
  /** Upload that made the object. */
  UploadId?: string;
  /** User metadata, exactly as on the wire. */
  Metadata: Record<string, string>;
}

/** What a 2xx answer is: its fields, the store's error, or something that lacks what it must have. */
export type ReadAnswer<Fields> = { readonly fields: Fields } | 'error' | { readonly lacks: string };

function encryptionFields(response: WireResponse): EncryptionFields {
  return vendorFields(response, {
    SseKms: 'server-side-encryption',
    SseKmsKey: ['server-side-encryption-kms-key-id', 'server-side-encryption-aws-kms-key-id'],
    SseC: 'server-side-encryption-customer-algorithm',
    SseCKeyMd5: 'server-side-encryption-customer-key-md5',
  });
}

/** Fields from headers of the vendor; one that the answer lacks is left out. */
function vendorFields(
  response: WireResponse,
  names: Readonly<Record<string, string | readonly string[]>>,
): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [field, name] of Object.entries(names)) {
    const value = [name]
      .flat()
      .reduce<string | undefined>((found, one) => found ?? vendorHeader(response, one), undefined);
    if (value !== undefined) fields[field] = value;
  }
  return fields;
}

/** Reads the document of an answer; `read` gives the fields, or says what the document lacks. */
function readDocument<Fields>(
  response: WireResponse,
  root: string,
  read: (element: XmlElement) => Fields | string,
): ReadAnswer<Fields> {
  const document = parseXml(response.body);
  if (document?.root === 'Error') return 'error';
  if (document?.root !== root) return { lacks: `a ${root}` };
  const fields = read(document.element);
  return typeof fields === 'string' ? { lacks: fields } : { fields };
}

const text = (element: XmlElement, name: string): string => textOf(element, name) ?? '';
const hasEtag = (element: XmlElement): boolean => text(element, 'ETag').replaceAll('"', '').trim() !== '';

export function readCopyPart(response: WireResponse): ReadAnswer<CopyPartFields> {
  return readDocument(response, 'CopyPartResult', (element) => {
    if (!hasEtag(element)) return 'an ETag, so the part was not copied';
    const fields = { LastModified: text(element, 'LastModified'), ETag: text(element, 'ETag') };
    return { ...fields, ...encryptionFields(response) };
  });
}

export function readCopyObject(response: WireResponse): ReadAnswer<CopyObjectFields> {
  return readDocument(response, 'CopyObjectResult', (element) => {
    if (!hasEtag(element)) return 'an ETag, so the object was not copied';
    return {
      ...vendorFields(response, { VersionId: 'version-id', CopySourceVersionId: 'copy-source-version-id' }),
      ETag: text(element, 'ETag'),
      LastModified: text(element, 'LastModified'),
      ...encryptionFields(response),
    };
  });
}

export function readInitiateMultipartUpload(response: WireResponse): ReadAnswer<InitiateMultipartUploadFields> {
  return readDocument(response, 'InitiateMultipartUploadResult', (element) => {
    const uploadId = text(element, 'UploadId').trim();
    if (uploadId === '') return 'an upload id';
    const encoding = text(element, 'EncodingType');
    return {
      Bucket: text(element, 'Bucket'),
      Key: decodeName(text(element, 'Key'), encoding),
      UploadId: uploadId,
      EncodingType: encoding,
      ...encryptionFields(response),
    };
  });
}

/** The ETag may be empty, as Ceph gives it, but must be there. */
export function readCompleteMultipartUpload(response: WireResponse): ReadAnswer<CompleteMultipartUploadFields> {
  return readDocument(response, 'CompleteMultipartUploadResult', (element) => {
    const etag = textOf(element, 'ETag');
    if (etag === undefined) return 'an ETag, so the upload may not be complete';
    const encoding = text(element, 'EncodingType');
    return {
      ...vendorFields(response, { VersionId: 'version-id' }),
      Location: text(element, 'Location'),
      Bucket: text(element, 'Bucket'),
      Key: decodeName(text(element, 'Key'), encoding),
      ETag: etag,
      EncodingType: encoding,
      ...encryptionFields(response),
    };
  });
}

export function readListParts(response: WireResponse): ReadAnswer<ListPartsFields> {
  return readDocument(response, 'ListPartsResult', (element) => ({
    Bucket: text(element, 'Bucket'),
    Key: decodeName(text(element, 'Key'), text(element, 'EncodingType')),
    UploadId: text(element, 'UploadId'),
    PartNumberMarker: text(element, 'PartNumberMarker'),
    NextPartNumberMarker: text(element, 'NextPartNumberMarker'),
    MaxParts: text(element, 'MaxParts'),
    IsTruncated: text(element, 'IsTruncated'),
    StorageClass: text(element, 'StorageClass'),
    Initiator: { ID: text(elementOf(element, 'Initiator'), 'ID') },
    Owner: { ID: text(elementOf(element, 'Owner'), 'ID') },
    Parts: elementsOf(element, 'Part').map((part) => ({
      PartNumber: text(part, 'PartNumber'),
      LastModified: text(part, 'LastModified'),
      ETag: text(part, 'ETag'),
      Size: text(part, 'Size'),
    })),
  }));
}

export function readListMultipartUploads(response: WireResponse): ReadAnswer<ListMultipartUploadsFields> {
  return readDocument(response, 'ListMultipartUploadsResult', (element) => {
    const encoding = text(element, 'EncodingType');
    const name = (parent: XmlElement, field: string): string => decodeName(text(parent, field), encoding);
    return {
      Bucket: text(element, 'Bucket'),
      KeyMarker: name(element, 'KeyMarker'),
      UploadIdMarker: text(element, 'UploadIdMarker'),
      NextKeyMarker: name(element, 'NextKeyMarker'),
      Prefix: name(element, 'Prefix'),
      Delimiter: name(element, 'Delimiter'),
      NextUploadIdMarker: text(element, 'NextUploadIdMarker'),
      MaxUploads: text(element, 'MaxUploads'),
      IsTruncated: text(element, 'IsTruncated'),
      EncodingType: encoding,
      Uploads: elementsOf(element, 'Upload').map((upload) => ({
        UploadId: text(upload, 'UploadId'),
        Key: name(upload, 'Key'),
        Initiated: text(upload, 'Initiated'),
        StorageClass: text(upload, 'StorageClass'),
        Owner: { ID: text(elementOf(upload, 'Owner'), 'ID') },
        Initiator: { ID: text(elementOf(upload, 'Initiator'), 'ID') },
      })),
      CommonPrefixes: elementsOf(element, 'CommonPrefixes').map((prefix) => ({ Prefix: name(prefix, 'Prefix') })),
    };
  });
}

/** Names are encoded like a form where the answer says so. */
function decodeName(name: string, encoding: string): string {
  if (encoding.trim() !== 'url') return name;
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return name;
  }
}

export function readGetObjectMetadata(response: WireResponse): ReadAnswer<GetObjectMetadataFields> {
  const { headers } = response;
  const content: Record<string, string> = {};
  for (const [field, name] of Object.entries(CONTENT_FIELDS)) {
    const value = headers.get(name);
    if (value !== undefined) content[field] = value;
  }
  const metadata: Record<string, string> = {};
  for (const [name, value] of headers) {
    const [, key] = /^x-(?:obs|amz)-meta-(.+)$/.exec(name) ?? [];
    // `__proto__` must be a name like any other.
    if (key !== undefined)
      Object.defineProperty(metadata, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return {
    fields: {
      ...content,
      ...vendorFields(response, METADATA_FIELDS),
      ...encryptionFields(response),
      Metadata: metadata,
    },
  };
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
  if (read === 'unknown') return { lacks: 'an empty body or a document of its own' };
  return read === 'error' ? 'error' : { fields: {} };
}
