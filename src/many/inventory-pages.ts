import { createHash } from 'node:crypto';
import { CopyError } from '../errors.ts';
import type { SourceLocation } from '../store/copy-store.ts';
import type { ObjectEntry } from './copy-objects-options.ts';
import { decodeKey, readCsvRows } from './inventory-csv.ts';
import { type InventoryFile, readManifest } from './inventory-manifest.ts';
import { readParquetRows } from './inventory-parquet.ts';
import { entryOf } from './inventory-row.ts';
import { ObjectReader, type ReadingContext } from './object-reader.ts';

/** Objects that are handed on at a time. */
const ENTRIES_AT_A_TIME = 500;

/** What is read of an inventory. */
export interface InventoryQuery {
  /** Its `manifest.json`. */
  readonly manifest: SourceLocation;
  /** The bucket that it must be of; undefined: any. */
  readonly bucket: string | undefined;
  readonly prefix: string;
  /** Is told the bucket that it is of, before the first object. */
  readonly onBucket: (bucket: string) => void;
}

/**
 * Gives the objects that an inventory lists: the current ones, with the prefix. Each file is compared with the manifest before a row of
 * it is used.
 *
 * @throws CopyError if the manifest can't be used, or a file isn't what it says; CopyOptionsError if it is of another bucket
 */
export async function* inventoryPages(
  context: ReadingContext,
  { manifest: place, bucket, prefix, onBucket }: InventoryQuery,
): AsyncGenerator<readonly ObjectEntry[], void, undefined> {
  const manifestReader = new ObjectReader(context, place);
  const { sourceBucket, format, columns, files } = await readManifest(manifestReader);
  if (bucket !== undefined && bucket !== sourceBucket) {
    throw new CopyError(
      `Cannot use the inventory ${manifestReader.name}: it is of bucket ${sourceBucket}, not ${bucket}`,
    );
  }
  onBucket(sourceBucket);
  for (const file of files) {
    const reader = await openFile(context, place.bucket, file.key);
    const size = await verifyFile(reader, file);
    if (size === 0) continue;
    let count = 0;
    for await (const rows of format === 'CSV' ? readCsvRows(reader, columns) : readParquetRows(reader, size)) {
      count += rows.length;
      const entries: ObjectEntry[] = [];
      for (const row of rows) {
        if (row.bucket !== undefined && row.bucket !== sourceBucket) {
          throw new CopyError(`Cannot use the inventory file ${reader.name}: it has a row of bucket ${row.bucket}`);
        }
        const entry = row.key.startsWith(prefix) ? entryOf(row) : undefined;
        if (entry !== undefined) entries.push({ ...entry, bucket: sourceBucket });
      }
      for (let at = 0; at < entries.length; at += ENTRIES_AT_A_TIME) yield entries.slice(at, at + ENTRIES_AT_A_TIME);
    }
    if (file.rows !== undefined && count !== file.rows) {
      throw new CopyError(
        `Cannot use the inventory file ${reader.name}: it has ${count} rows, and its manifest says ${file.rows}`,
      );
    }
  }
}

/** OBS's pages show the names of files percent-encoded, and as they are. @throws StoreError of the name as it is written */
async function openFile(context: ReadingContext, bucket: string, key: string): Promise<ObjectReader> {
  const reader = new ObjectReader(context, { bucket, key });
  const decoded = decodeKey(key) ?? key;
  if (decoded === key) return reader;
  return reader.size().then(
    () => reader,
    async (error: unknown) => {
      const other = new ObjectReader(context, { bucket, key: decoded });
      await other.size().catch(() => {
        throw error;
      });
      return other;
    },
  );
}

/** Compares a file with the manifest; only for its MD5 is it read. @returns its size */
async function verifyFile(reader: ObjectReader, { size, md5 }: InventoryFile): Promise<number> {
  const hash = createHash('md5');
  let bytes = 0;
  if (md5 === undefined) bytes = await reader.size();
  else {
    for await (const piece of reader.pieces()) {
      hash.update(piece);
      bytes += piece.length;
    }
  }
  const found = hash.digest('hex');
  const differences = [
    ...(size === undefined || size === bytes ? [] : [`has ${bytes} bytes, not ${size}`]),
    ...(md5 === undefined || md5 === found ? [] : [`has the MD5 ${found}, not ${md5}`]),
  ];
  if (differences.length === 0) return bytes;
  throw new CopyError(
    `Cannot use the inventory file ${reader.name}: it isn't the one that the manifest means, as it ${differences.join(', and ')}`,
  );
}
