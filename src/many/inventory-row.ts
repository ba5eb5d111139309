import type { ObjectEntry } from './copy-objects-options.ts';

/** A row of an inventory. What its columns don't say is undefined. */
export interface InventoryRow {
  readonly bucket: string | undefined;
  readonly key: string;
  readonly size: string | bigint | number | undefined;
  readonly lastModified: string | Date | undefined;
  readonly etag: string | undefined;
  readonly storageClass: string | undefined;
  /** False of an older version. */
  readonly isLatest: boolean;
  readonly isDeleteMarker: boolean;
}

/** The object of a row; undefined if it is none that stands there now: an older version, or a delete marker. */
export function entryOf(row: InventoryRow): ObjectEntry | undefined {
  const { key, isLatest, isDeleteMarker, storageClass } = row;
  if (!isLatest || isDeleteMarker) return undefined;
  const size = row.size === undefined ? undefined : Number(row.size);
  const lastModified = row.lastModified === undefined ? undefined : new Date(row.lastModified);
  return {
    key,
    size: Number.isSafeInteger(size) ? size : undefined,
    etag: row.etag?.replaceAll('"', ''),
    lastModified: Number.isNaN(lastModified?.getTime()) ? undefined : lastModified,
    storageClass,
  };
}
