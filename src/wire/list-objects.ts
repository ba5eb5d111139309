import type { ListObjectsRequest, ListObjectsResult, ListedObject } from '../store/copy-store.ts';
import { readXml } from '../xml-tree.ts';
import { readCount, readDate, unquoteEtag } from './object-headers.ts';
import { type ReadBody, readBody } from './read-body.ts';
import { type RawObject, scanObjects } from './scan-objects.ts';
import { type XmlElement, elementsOf, hasChild, textOf, wordOf } from './xml.ts';

/** Reads one page of ListObjects, of either version. Nearly every page is scanned, at a twentieth of the parser's cost. */
export function readListObjects(body: string, request: ListObjectsRequest): ReadBody<ListObjectsResult> {
  const scanned = scanObjects(body);
  const page = scanned === undefined ? undefined : readXml(scanned.rest);
  if (scanned !== undefined && page !== undefined && hasChild(page, 'Contents') === scanned.objects.length > 0) {
    const result = readPage(page, page.name, scanned.objects, request);
    if (result !== undefined) return { result };
  }
  return readListObjectsByParser(body, request);
}

/** The same by the parser alone, for whatever form the page has. */
export function readListObjectsByParser(body: string, request: ListObjectsRequest): ReadBody<ListObjectsResult> {
  return readBody(body, (element, root) => {
    return readPage(element, root, elementsOf(element, 'Contents').map(rawOf), request);
  });
}

export function rawOf(element: XmlElement): RawObject {
  return {
    key: textOf(element, 'Key'),
    size: textOf(element, 'Size'),
    etag: textOf(element, 'ETag'),
    lastModified: textOf(element, 'LastModified'),
    storageClass: textOf(element, 'StorageClass'),
  };
}

function readPage(
  page: XmlElement,
  root: string,
  raw: readonly RawObject[],
  request: ListObjectsRequest,
): ListObjectsResult | undefined {
  const isPage = root === 'ListBucketResult' || (hasChild(page, 'IsTruncated') && hasChild(page, 'MaxKeys'));
  if (!isPage || hasChild(page, 'Version') || hasChild(page, 'Upload')) return undefined;
  const isByMarker = hasChild(page, 'Marker') && !hasChild(page, 'KeyCount');
  if (isByMarker && request.marker === undefined && request.startAfter !== undefined && !startsAfter(page, request)) {
    // A store that knows version 1 alone has overlooked where to start.
    return { objects: [], next: { marker: request.startAfter } };
  }
  const encoding = judgeEncoding(wordOf(page, 'EncodingType') === 'url' && request.plainKeys !== true, raw);
  const objects: ListedObject[] = [];
  for (const object of raw) {
    const listed = readObject(object, encoding !== 'plain');
    if (listed === undefined) return undefined;
    objects.push(listed);
  }
  const doubt = encoding === 'doubtful' ? { keysInDoubt: true } : {};
  if (wordOf(page, 'IsTruncated') !== 'true') return { objects, next: undefined, ...doubt };
  const continuationToken = textOf(page, 'NextContinuationToken');
  if (continuationToken !== undefined && continuationToken !== '' && request.marker === undefined) {
    return { objects, next: { continuationToken }, ...doubt };
  }
  // Stores write NextMarker encoded or not beside encoded keys; the last key says the same.
  const last = objects.at(-1);
  const marker = last === undefined ? nameOf(textOf(page, 'NextMarker'), encoding !== 'plain') : last.key;
  if (marker === undefined || marker === '' || last?.unreadable === true) return undefined;
  return { objects, next: { marker }, ...doubt };
}

function startsAfter(page: XmlElement, { startAfter }: ListObjectsRequest): boolean {
  const marker = textOf(page, 'Marker');
  return marker === startAfter || nameOf(marker, true) === startAfter;
}

/** What stands in no key that is percent-encoded, whatever else the store leaves as it is. */
const NEVER_ENCODED = /[^\u0021-\u007E]|%(?![\dA-Fa-f]{2})/;

/** How keys are written. Stores say that they encode them, and don't; and what one encodes may be a part of another's key. */
export function judgeEncoding(
  isClaimed: boolean,
  raw: readonly Pick<RawObject, 'key'>[],
): 'plain' | 'encoded' | 'doubtful' {
  if (!isClaimed) return 'plain';
  let isInDoubt = false;
  for (const { key = '' } of raw) {
    if (NEVER_ENCODED.test(key)) return 'plain';
    if (!isInDoubt && (key.includes('%') || key.includes('+'))) isInDoubt = true;
  }
  return isInDoubt ? 'doubtful' : 'encoded';
}

/** An object as it is listed; undefined if it makes no sense. */
// Literals without spreading, as there are a thousand of them on a page.
export function readObject(raw: RawObject, isEncoded: boolean): ListedObject | undefined {
  const { key } = raw;
  const size = readCount(raw.size);
  if (key === undefined || key === '' || size === undefined) return undefined;
  const etag = unquoteEtag(raw.etag);
  const lastModified = readDate(raw.lastModified?.trim());
  const storageClass = raw.storageClass?.trim();
  const name = nameOf(key, isEncoded);
  if (name === undefined) return { key, size, etag, lastModified, storageClass, unreadable: true };
  return { key: name, size, etag, lastModified, storageClass };
}

/** A name as it is; undefined if it isn't UTF-8. Names are encoded like those of a form: a space may be `+`. */
export function nameOf(text: string | undefined, isEncoded: boolean): string | undefined {
  if (text === undefined) return undefined;
  // What the decoder of the body puts in the place of bytes that are not UTF-8.
  if (!isEncoded) return text.includes('\uFFFD') ? undefined : text;
  try {
    return decode(text.includes('+') ? text.replaceAll('+', ' ') : text);
  } catch {
    return undefined;
  }
}

/** Decodes spaces and slashes at a fifth of what `decodeURIComponent` costs, a thousand times on a page. */
function decode(text: string): string {
  let name = '';
  let from = 0;
  for (let at = text.indexOf('%'); at !== -1; at = text.indexOf('%', from)) {
    const code = text.charCodeAt(at + 1) === 0x32 ? text.charCodeAt(at + 2) : 0;
    if (code !== 0x30 && code !== 0x46) return name + decodeURIComponent(text.slice(from));
    name += text.slice(from, at) + (code === 0x30 ? ' ' : '/');
    from = at + 3;
  }
  return name + text.slice(from);
}
