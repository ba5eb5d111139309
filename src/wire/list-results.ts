import type {
  ListMultipartUploadsRequest,
  ListMultipartUploadsResult,
  ListPartsResult,
  ListedPart,
  ListedUpload,
} from '../store/copy-store.ts';
import { readChecksumElements } from './checksums.ts';
import { nameOf } from './list-objects.ts';
import { readCount, readDate, unquoteEtag } from './object-headers.ts';
import { type ReadBody, readBody } from './read-body.ts';
import { MAX_PART_NUMBER } from './request-draft.ts';
import { type XmlElement, elementOf, elementsOf, hasChild, textOf, wordOf } from './xml.ts';

function readPart(element: XmlElement): ListedPart | undefined {
  const partNumber = readCount(textOf(element, 'PartNumber'));
  const size = readCount(textOf(element, 'Size'));
  const etag = unquoteEtag(textOf(element, 'ETag'));
  if (partNumber === undefined || size === undefined || etag === undefined) return undefined;
  const lastModified = readDate(wordOf(element, 'LastModified'));
  return { partNumber, size, etag, lastModified, checksums: readChecksumElements(element) };
}

/** Reads each element of a list; undefined if one of them makes no sense. */
function readEach<T>(elements: readonly XmlElement[], read: (element: XmlElement) => T | undefined): T[] | undefined {
  const items = elements.map(read);
  return items.includes(undefined) ? undefined : (items as T[]);
}

/** Whether a document is a page of parts: an empty one by what else it says, or by its root. */
export function isPageOfParts(element: XmlElement, root: string): boolean {
  const facts = ['Part', 'UploadId', 'PartNumberMarker'];
  return root === 'ListPartsResult' || facts.some((fact) => hasChild(element, fact));
}

/** Whether a document is a page of uploads, and not one of objects. */
export function isPageOfUploads(element: XmlElement, root: string): boolean {
  const facts = ['Upload', 'MaxUploads', 'UploadIdMarker'];
  return root === 'ListMultipartUploadsResult' || facts.some((fact) => hasChild(element, fact));
}

/**
 * Reads one page of ListParts.
 *
 * @param after - the marker that was asked for: the next one must be beyond it and that of a part, or a hostile store could go
 *   round in circles, or on without end
 */
export function readListParts(body: string, after: number): ReadBody<ListPartsResult> {
  return readBody(body, (element, root) => {
    if (!isPageOfParts(element, root)) return undefined;
    const parts = readEach(elementsOf(element, 'Part'), readPart);
    if (parts === undefined) return undefined;
    if (wordOf(element, 'IsTruncated') !== 'true') return { parts, nextPartNumberMarker: undefined };
    const next = readCount(textOf(element, 'NextPartNumberMarker')) ?? parts.at(-1)?.partNumber;
    if (next === undefined || next <= after || next > MAX_PART_NUMBER) return undefined;
    return { parts, nextPartNumberMarker: next };
  });
}

/** A name in a list; one that can't be decoded stays as it is written. */
export function decodeName(text: string, encoded: boolean): string {
  return nameOf(text, encoded) ?? text;
}

function readUpload(element: XmlElement, encoded: boolean): ListedUpload | undefined {
  const key = textOf(element, 'Key');
  const uploadId = wordOf(element, 'UploadId');
  if (key === undefined || uploadId === undefined) return undefined;
  return {
    key: decodeName(key, encoded),
    uploadId,
    initiated: readDate(wordOf(element, 'Initiated')),
    versionId: wordOf(element, 'VersionId'),
    initiatorId: textOf(elementOf(element, 'Initiator'), 'ID'),
  };
}

type UploadMarkers = Pick<ListMultipartUploadsRequest, 'keyMarker' | 'uploadIdMarker'>;

/** By what stores put uploads into order: by the key; Ceph RGW and Swift by the key and the id, joined by `.` and `/`. */
const UPLOAD_ORDERS: readonly ((markers: UploadMarkers) => string)[] = [
  ({ keyMarker }) => keyMarker ?? '',
  ({ keyMarker, uploadIdMarker }) => `${keyMarker}.${uploadIdMarker ?? ''}`,
  ({ keyMarker, uploadIdMarker }) => `${keyMarker}/${uploadIdMarker ?? ''}`,
];

/** Whether a page would lead to keys that were listed before. Uploads of one key come in an order of the store's own. */
function goesBack(from: UploadMarkers, to: UploadMarkers): boolean {
  if (from.keyMarker === undefined) return false;
  if (from.keyMarker === to.keyMarker) return from.uploadIdMarker === to.uploadIdMarker;
  return UPLOAD_ORDERS.every((order) => Buffer.compare(Buffer.from(order(to)), Buffer.from(order(from))) < 0);
}

/** Reads one page of ListMultipartUploads. `after` are the markers that were asked for. */
export function readListUploads(body: string, after: UploadMarkers): ReadBody<ListMultipartUploadsResult> {
  return readBody(body, (element, root) => {
    if (!isPageOfUploads(element, root)) return undefined;
    const encoded = wordOf(element, 'EncodingType') === 'url';
    const uploads = readEach(elementsOf(element, 'Upload'), (upload) => readUpload(upload, encoded));
    if (uploads === undefined) return undefined;
    if (wordOf(element, 'IsTruncated') !== 'true') return { uploads, next: undefined };
    const nextKey = textOf(element, 'NextKeyMarker') ?? '';
    const last = uploads.at(-1);
    const keyMarker = nextKey === '' ? last?.key : decodeName(nextKey, encoded);
    const uploadIdMarker = wordOf(element, 'NextUploadIdMarker') ?? last?.uploadId;
    // The same markers again, or earlier ones, would be asked for for ever.
    if (keyMarker === undefined || goesBack(after, { keyMarker, uploadIdMarker })) return undefined;
    return { uploads, next: { keyMarker, uploadIdMarker } };
  });
}
