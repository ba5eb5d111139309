import { decodeName, isPageOfParts, isPageOfUploads } from '../wire/list-results.ts';
import { readMetadata } from '../wire/object-headers.ts';
import { type ReadBody, readBody, readNoResult } from '../wire/read-body.ts';
import type { WireResponse } from '../wire/send-request.ts';
import { type XmlElement, elementOf, elementsOf, textOf } from '../wire/xml.ts';
import { vendorHeader } from './interface-result.ts';
import type * as Fields from './result-fields.ts';

/** The fields of each method's result. */
export interface FieldsOf {
  readonly copyPart: Fields.CopyPartFields;
  readonly copyObject: Fields.CopyObjectFields;
  readonly initiateMultipartUpload: Fields.InitiateMultipartUploadFields;
  readonly completeMultipartUpload: Fields.CompleteMultipartUploadFields;
  readonly listParts: Fields.ListPartsFields;
  readonly listMultipartUploads: Fields.ListMultipartUploadsFields;
  readonly getObjectMetadata: Fields.GetObjectMetadataFields;
  readonly abortMultipartUpload: object;
}

/** How the answer to a method is read. */
interface MethodAnswer<Result> {
  readonly read: (response: WireResponse) => ReadBody<Result>;
  /** What an answer that is no result does without, for messages. */
  readonly lacks: string;
}

const ENCRYPTION_HEADERS = {
  SseKms: 'server-side-encryption',
  SseKmsKey: 'server-side-encryption-kms-key-id',
  SseC: 'server-side-encryption-customer-algorithm',
  SseCKeyMd5: 'server-side-encryption-customer-key-md5',
} as const;

/** Fields of which each is a header; one that the answer lacks is left out. */
function headerFields(
  names: Readonly<Record<string, string>>,
  get: (name: string) => string | undefined,
): Record<string, string> {
  const values = Object.entries(names).map(([field, name]) => [field, get(name)] as const);
  return Object.fromEntries(values.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Fields from headers of the vendor, and how the object is encrypted. */
function vendorFields(response: WireResponse, names: Readonly<Record<string, string>> = {}): Fields.EncryptionFields {
  const fields = headerFields({ ...names, ...ENCRYPTION_HEADERS }, (name) => vendorHeader(response, name));
  // By the headers of S3, OBS calls it so.
  const kmsKey = response.headers.get('x-amz-server-side-encryption-aws-kms-key-id');
  return kmsKey === undefined ? fields : { SseKmsKey: kmsKey, ...fields };
}

const text = (element: XmlElement, name: string): string => textOf(element, name) ?? '';

/** Children that hold text, as fields of the same names. */
function texts<Name extends string>(element: XmlElement, ...names: readonly Name[]): Record<Name, string> {
  return Object.fromEntries(names.map((name) => [name, text(element, name)])) as Record<Name, string>;
}

/** The same for names of objects, which are encoded like a form if the document says so. */
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

function copyFields(response: WireResponse, element: XmlElement, root: string): Fields.CopyPartFields | undefined {
  // A list has ETags of other things.
  if (root.startsWith('List') || text(element, 'ETag').replaceAll('"', '').trim() === '') return undefined;
  return { ...texts(element, 'LastModified', 'ETag'), ...vendorFields(response) };
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

/** How the answer to each method becomes the fields of its result. */
export const ANSWERS: { readonly [Method in keyof FieldsOf]: MethodAnswer<FieldsOf[Method]> } = {
  copyPart: {
    read: (response) => readBody(response.body, (element, root) => copyFields(response, element, root)),
    lacks: 'an ETag, so the part was not copied',
  },
  copyObject: {
    read: (response) =>
      readBody(response.body, (element, root) => {
        const versions = { VersionId: 'version-id', CopySourceVersionId: 'copy-source-version-id' };
        const fields = copyFields(response, element, root);
        return fields && { ...vendorFields(response, versions), ...fields };
      }),
    lacks: 'an ETag, so the object was not copied',
  },
  initiateMultipartUpload: {
    read: (response) =>
      readBody(response.body, (element) => {
        const UploadId = text(element, 'UploadId').trim();
        if (UploadId === '') return undefined;
        return {
          ...texts(element, 'Bucket', 'EncodingType'),
          ...names(element, element, 'Key'),
          UploadId,
          ...vendorFields(response),
        };
      }),
    lacks: 'an upload id',
  },
  completeMultipartUpload: {
    read: (response) =>
      readBody(response.body, (element) => {
        // It may be empty, as Ceph gives it, but must be there.
        if (textOf(element, 'ETag') === undefined) return undefined;
        return {
          ...vendorFields(response, { VersionId: 'version-id' }),
          ...texts(element, 'Location', 'Bucket', 'ETag', 'EncodingType'),
          ...names(element, element, 'Key'),
        };
      }),
    lacks: 'an ETag, so the upload may not be complete',
  },
  listParts: {
    read: ({ body }) =>
      readBody(body, (element, root) => {
        if (!isPageOfParts(element, root)) return undefined;
        return {
          ...texts(element, 'Bucket', 'UploadId', 'PartNumberMarker', 'NextPartNumberMarker', 'MaxParts'),
          ...texts(element, 'IsTruncated', 'StorageClass'),
          ...names(element, element, 'Key'),
          Initiator: idOf(element, 'Initiator'),
          Owner: idOf(element, 'Owner'),
          Parts: elementsOf(element, 'Part').map((part) => texts(part, 'PartNumber', 'LastModified', 'ETag', 'Size')),
        };
      }),
    lacks: 'a page of parts',
  },
  listMultipartUploads: {
    read: ({ body }) =>
      readBody(body, (element, root) => {
        if (!isPageOfUploads(element, root)) return undefined;
        return {
          ...texts(element, 'Bucket', 'UploadIdMarker', 'NextUploadIdMarker', 'MaxUploads'),
          ...texts(element, 'IsTruncated', 'EncodingType'),
          ...names(element, element, 'KeyMarker', 'NextKeyMarker', 'Prefix', 'Delimiter'),
          Uploads: elementsOf(element, 'Upload').map((upload) => ({
            ...texts(upload, 'UploadId', 'Initiated', 'StorageClass'),
            ...names(upload, element, 'Key'),
            Owner: idOf(upload, 'Owner'),
            Initiator: idOf(upload, 'Initiator'),
          })),
          CommonPrefixes: elementsOf(element, 'CommonPrefixes').map((prefix) => names(prefix, element, 'Prefix')),
        };
      }),
    lacks: 'a page of uploads',
  },
  getObjectMetadata: {
    read(response) {
      const content = headerFields(CONTENT_FIELDS, (name) => response.headers.get(name));
      const Metadata = readMetadata(response.headers, 'x-obs-meta-', 'x-amz-meta-');
      return { result: { ...content, ...vendorFields(response, METADATA_FIELDS), Metadata } };
    },
    lacks: 'its headers',
  },
  abortMultipartUpload: {
    read(response) {
      const read = readNoResult(response.body);
      return typeof read === 'string' ? read : { result: {} };
    },
    lacks: 'an empty body or a document of its own',
  },
};
