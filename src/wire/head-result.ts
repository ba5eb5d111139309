import type { HeadObjectResult } from '../store/copy-store.ts';
import type { Dialect } from './dialect.ts';
import { readChecksumHeaders } from './checksums.ts';
import { readCount, readDate, readProperties, unquoteEtag } from './object-headers.ts';
import type { WireResponse } from './send-request.ts';
import { readEncryption } from './sse-headers.ts';

/** Reads the answer to a HEAD of an object; `undefined` if it doesn't give the size, or isn't the store's own. */
export function readHead({ headers }: WireResponse, dialect: Dialect): HeadObjectResult | undefined {
  const { prefix } = dialect;
  // GCS gives neither length nor encoding of what it would unpack on the way: https://cloud.google.com/storage/docs/transcoding
  const size = readCount(headers.get('x-goog-stored-content-length') ?? headers.get('content-length'));
  const etag = headers.get('etag');
  const lastModified = headers.get('last-modified');
  if (size === undefined) return undefined;
  // The empty answer or the page of something in between: of an object, every store tells the ETag or the date.
  const isForeign = size === 0 || /\b(?:html|xml|json)\b/i.test(headers.get('content-type') ?? '');
  if (etag === undefined && lastModified === undefined && isForeign) return undefined;
  const properties = readProperties(headers, dialect);
  const storedEncoding = headers.get('x-goog-stored-content-encoding');
  const isUnpacked = storedEncoding !== undefined && storedEncoding !== 'identity';
  const archived =
    headers.get(`${prefix}archive-status`) !== undefined || dialect.archiveClasses.has(properties.storageClass ?? '');
  return {
    size,
    etag: unquoteEtag(etag),
    lastModified: readDate(lastModified),
    versionId: headers.get(`${prefix}version-id`),
    properties: isUnpacked ? { ...properties, contentEncoding: storedEncoding } : properties,
    tagCount: readCount(headers.get(`${prefix}tagging-count`)),
    partsCount: readCount(headers.get(`${prefix}mp-parts-count`)),
    checksums: readChecksumHeaders(headers, dialect),
    checksumType: headers.get(`${prefix}checksum-type`),
    encryption: readEncryption(headers, dialect),
    encryptionKeyId: headers.get(dialect.kmsKeyIdHeader),
    // OBS names it so; how it is called with the headers of S3 isn't documented.
    uploadId: headers.get('x-obs-uploadid') ?? headers.get('x-amz-uploadid'),
    missingMetadata: readCount(headers.get(`${prefix}missing-meta`)),
    deleteMarker: headers.get(`${prefix}delete-marker`) === 'true' ? true : undefined,
    archived: archived && !isRestored(headers.get(`${prefix}restore`)),
    serverTime: readDate(headers.get('date')),
  };
}

// `ongoing-request="false", expiry-date="…"` is a restored copy that can be read.
function isRestored(restore: string | undefined): boolean {
  return restore?.includes('ongoing-request="false"') ?? false;
}
