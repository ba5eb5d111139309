import type { HeadObjectResult } from '../store/copy-store.ts';
import type { Dialect } from './dialect.ts';
import type { WireResponse } from './http-client.ts';
import { readChecksumHeaders, readCount, readDate, readProperties, unquoteEtag } from './object-headers.ts';
import { readEncryption } from './sse-headers.ts';

/** Reads the answer to a HEAD of an object; `undefined` where it doesn't tell the size, or isn't the store's own. */
export function readHead({ headers }: WireResponse, dialect: Dialect): HeadObjectResult | undefined {
  const { prefix } = dialect;
  const size = readCount(headers.get('content-length'));
  if (size === undefined || isForeign(headers, size)) return undefined;
  const properties = readProperties(headers, dialect);
  const archived =
    headers.get(`${prefix}archive-status`) !== undefined || dialect.archiveClasses.has(properties.storageClass ?? '');
  return {
    size,
    etag: unquoteEtag(headers.get('etag')),
    lastModified: readDate(headers.get('last-modified')),
    versionId: headers.get(`${prefix}version-id`),
    properties,
    tagCount: readCount(headers.get(`${prefix}tagging-count`)),
    partsCount: readCount(headers.get(`${prefix}mp-parts-count`)),
    checksums: readChecksumHeaders(headers, dialect),
    checksumType: headers.get(`${prefix}checksum-type`),
    encryption: readEncryption(headers, dialect),
    encryptionKeyId: headers.get(dialect.kmsKeyIdHeader),
    // OBS names it so; how it is called with the headers of S3 isn't documented.
    uploadId: headers.get('x-obs-uploadid') ?? headers.get('x-amz-uploadid'),
    archived: archived && !isRestored(headers.get(`${prefix}restore`)),
    serverTime: readDate(headers.get('date')),
  };
}

/** The empty answer or the page of something in between: of an object, every store tells the ETag and the date. */
function isForeign(headers: WireResponse['headers'], size: number): boolean {
  if (headers.get('etag') !== undefined || headers.get('last-modified') !== undefined) return false;
  return size === 0 || /\b(?:html|xml|json)\b/i.test(headers.get('content-type') ?? '');
}

// `ongoing-request="false", expiry-date="…"` is a restored copy that can be read.
function isRestored(restore: string | undefined): boolean {
  return restore?.includes('ongoing-request="false"') ?? false;
}
