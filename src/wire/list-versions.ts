import type {
  BucketVersioning,
  DeleteMarker,
  ListedVersion,
  ListObjectVersionsRequest,
  ListObjectVersionsResult,
} from '../store/copy-store.ts';
import { judgeEncoding, nameOf, rawOf, readObject } from './list-objects.ts';
import { readDate } from './object-headers.ts';
import { type ReadBody, readBody } from './read-body.ts';
import { type XmlElement, elementsOf, hasChild, textOf, wordOf } from './xml.ts';

export function readListVersions(body: string, request: ListObjectVersionsRequest): ReadBody<ListObjectVersionsResult> {
  return readBody(body, (page, root) => {
    if (!isPageOfVersions(page, root)) return undefined;
    const elements = [...elementsOf(page, 'Version'), ...elementsOf(page, 'DeleteMarker')];
    const isClaimed = wordOf(page, 'EncodingType') === 'url' && request.plainKeys !== true;
    const encoding = judgeEncoding(isClaimed, elements.map(rawOf));
    const isEncoded = encoding !== 'plain';
    const versions = elementsOf(page, 'Version').map((element) => readVersion(element, isEncoded));
    const deleteMarkers = elementsOf(page, 'DeleteMarker').map((element) => readDeleteMarker(element, isEncoded));
    if (versions.includes(undefined) || deleteMarkers.includes(undefined)) return undefined;
    const result = {
      versions: versions as ListedVersion[],
      deleteMarkers: deleteMarkers as DeleteMarker[],
      ...(encoding === 'doubtful' && { keysInDoubt: true }),
    };
    if (wordOf(page, 'IsTruncated') !== 'true') return { ...result, next: undefined };
    const keyMarker = nameOf(textOf(page, 'NextKeyMarker'), isEncoded);
    const versionIdMarker = wordOf(page, 'NextVersionIdMarker');
    if (keyMarker === undefined || keyMarker === '') return undefined;
    // The same markers again would be asked for for ever.
    if (keyMarker === request.keyMarker && versionIdMarker === request.versionIdMarker) return undefined;
    return { ...result, next: { keyMarker, versionIdMarker } };
  });
}

/** Whether a document is a page of versions: an empty one by its root, which Adobe S3Mock 5.2.0 calls as that of objects. */
function isPageOfVersions(page: XmlElement, root: string): boolean {
  const facts = ['Version', 'DeleteMarker', 'KeyMarker'];
  const isPage =
    ['ListVersionsResult', 'ListBucketResult'].includes(root) || facts.some((fact) => hasChild(page, fact));
  return isPage && !hasChild(page, 'Upload') && !hasChild(page, 'Contents');
}

function readVersion(element: XmlElement, isEncoded: boolean): ListedVersion | undefined {
  const object = readObject(rawOf(element), isEncoded);
  // A store without versions may leave the id out.
  return object && { ...object, versionId: wordOf(element, 'VersionId') ?? 'null' };
}

function readDeleteMarker(element: XmlElement, isEncoded: boolean): DeleteMarker | undefined {
  const text = textOf(element, 'Key');
  const versionId = textOf(element, 'VersionId')?.trim();
  if (text === undefined || text === '' || versionId === undefined) return undefined;
  const key = nameOf(text, isEncoded);
  const lastModified = readDate(wordOf(element, 'LastModified'));
  return { key: key ?? text, versionId, lastModified, ...(key === undefined && { unreadable: true }) };
}

export function readVersioning(body: string): ReadBody<BucketVersioning> {
  return readBody(body, (element, root) => {
    const status = wordOf(element, 'Status');
    if (status === 'Enabled' || status === 'Suspended') return { status };
    // `VersioningConfiguration`; moto 5.2.5 answers `GetBucketVersioningResponse`.
    return root.includes('Versioning') ? { status: undefined } : undefined;
  });
}
