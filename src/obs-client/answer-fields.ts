import { decodeName, isPageOfParts, isPageOfUploads } from '../wire/list-results.ts';
import { readMetadata } from '../wire/object-headers.ts';
import { type ReadBody, readBody, readNoResult } from '../wire/read-body.ts';
import type { WireResponse } from '../wire/send-request.ts';
import { type XmlElement, elementOf, elementsOf, textOf } from '../wire/xml.ts';
import { headerFields, vendorHeader } from './interface-result.ts';
import type * as Fields from './result-fields.ts';
import { CONTENT_HEADERS, ENCRYPTION_HEADERS, OBJECT_HEADERS, TEXTS, UPLOADS_NAMES } from './result-fields.ts';

export interface FieldsOf {
  readonly copyPart: Fields.CopyPartFields;
  readonly copyObject: Fields.CopyObjectFields;
  readonly initiateMultipartUpload: Fields.InitiateMultipartUploadFields;
  readonly completeMultipartUpload: Fields.CompleteMultipartUploadFields;
  readonly listParts: Fields.ListPartsFields;
  readonly listMultipartUploads: Fields.ListMultipartUploadsFields;
  readonly getObjectMetadata: Fields.GetObjectMetadataFields;
  readonly abortMultipartUpload: object;
  readonly setObjectRetention: object;
}

interface MethodAnswer<Result> {
  readonly read: (response: WireResponse) => ReadBody<Result>;
  /** What an answer that is no result does without, for messages. */
  readonly lacks: string;
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
function texts<Name extends string>(
  element: XmlElement,
  names: readonly Name[],
  read = (value: string): string => value,
): Record<Name, string> {
  return Object.fromEntries(names.map((name) => [name, read(text(element, name))])) as Record<Name, string>;
}

/** The same for names of objects, which are encoded like a form if the document says so. */
function objectNames<Name extends string>(
  element: XmlElement,
  root: XmlElement,
  names: readonly Name[],
): Record<Name, string> {
  const encoded = text(root, 'EncodingType').trim() === 'url';
  return texts(element, names, (value) => decodeName(value, encoded));
}

const idOf = (element: XmlElement, name: string): { ID: string } => texts(elementOf(element, name), ['ID']);

function copyFields(response: WireResponse, element: XmlElement, root: string): Fields.CopyPartFields | undefined {
  // A list has ETags of other things.
  if (root.startsWith('List') || text(element, 'ETag').replaceAll('"', '').trim() === '') return undefined;
  return { ...texts(element, TEXTS.copy), ...vendorFields(response) };
}

const NO_FIELDS: MethodAnswer<object> = {
  read(response) {
    const read = readNoResult(response.body);
    return typeof read === 'string' ? read : { result: {} };
  },
  lacks: 'an empty body or a document of its own',
};

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
        const fields = { ...texts(element, TEXTS.initiated), ...objectNames(element, element, ['Key']), UploadId };
        return { ...fields, ...vendorFields(response) };
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
          ...texts(element, TEXTS.completed),
          ...objectNames(element, element, ['Key']),
        };
      }),
    lacks: 'an ETag, so the upload may not be complete',
  },
  listParts: {
    read: ({ body }) =>
      readBody(body, (element, root) => {
        if (!isPageOfParts(element, root)) return undefined;
        return {
          ...texts(element, TEXTS.parts),
          ...objectNames(element, element, ['Key']),
          Initiator: idOf(element, 'Initiator'),
          Owner: idOf(element, 'Owner'),
          Parts: elementsOf(element, 'Part').map((part) => texts(part, TEXTS.part)),
        };
      }),
    lacks: 'a page of parts',
  },
  listMultipartUploads: {
    read: ({ body }) =>
      readBody(body, (element, root) => {
        if (!isPageOfUploads(element, root)) return undefined;
        return {
          ...texts(element, TEXTS.uploads),
          ...objectNames(element, element, UPLOADS_NAMES),
          Uploads: elementsOf(element, 'Upload').map((upload) => ({
            ...texts(upload, TEXTS.upload),
            ...objectNames(upload, element, ['Key']),
            Owner: idOf(upload, 'Owner'),
            Initiator: idOf(upload, 'Initiator'),
          })),
          CommonPrefixes: elementsOf(element, 'CommonPrefixes').map((prefix) =>
            objectNames(prefix, element, ['Prefix']),
          ),
        };
      }),
    lacks: 'a page of uploads',
  },
  getObjectMetadata: {
    read(response) {
      const content = headerFields(CONTENT_HEADERS, (name) => response.headers.get(name));
      const Metadata = readMetadata(response.headers, 'x-obs-meta-', 'x-amz-meta-');
      return { result: { ...content, ...vendorFields(response, OBJECT_HEADERS), Metadata } };
    },
    lacks: 'its headers',
  },
  abortMultipartUpload: NO_FIELDS,
  setObjectRetention: NO_FIELDS,
};
