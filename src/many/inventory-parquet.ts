import { gunzipSync } from 'node:zlib';
import { CopyError, CopyOptionsError, messageOf } from '../errors.ts';
import type { InventoryRow } from './inventory-row.ts';
import type { ObjectReader } from './object-reader.ts';

/** `hyparquet`, as far as it is used. */
export interface ParquetReader {
  parquetMetadataAsync(file: ParquetFile): Promise<ParquetMetadata>;
  // A method, so that the package's own, more exact type fits.
  parquetReadObjects(options: never): Promise<Record<string, unknown>[]>;
}
interface ParquetFile {
  readonly byteLength: number;
  slice(start: number, end?: number): Promise<ArrayBuffer>;
}
interface ParquetMetadata {
  readonly schema: readonly { readonly name: string }[];
  readonly row_groups: readonly { readonly num_rows: bigint }[];
}

const COLUMNS: Readonly<Record<keyof InventoryRow, string>> = {
  bucket: 'bucket',
  key: 'key',
  size: 'size',
  lastModified: 'last_modified_date',
  etag: 'e_tag',
  storageClass: 'storage_class',
  isLatest: 'is_latest',
  isDeleteMarker: 'is_delete_marker',
};

/**
 * Reads a file of an inventory in Parquet, a row group at a time. Its keys are written as they are.
 *
 * @throws CopyOptionsError if the optional package `hyparquet` is missing; CopyError if the file can't be read by it
 */
export async function* readParquetRows(
  reader: ObjectReader,
  size: number,
): AsyncGenerator<readonly InventoryRow[], void, undefined> {
  const parquet = await loadParquetReader(reader.name);
  const file: ParquetFile = {
    byteLength: size,
    async slice(start, end = size) {
      const bytes = await reader.slice(start, end);
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    },
  };
  const refuse = (error: unknown): never => {
    throw new CopyError(`Cannot use the inventory file ${reader.name}: ${messageOf(error)}`, { cause: error });
  };
  const metadata = await parquet.parquetMetadataAsync(file).catch(refuse);
  const present = new Set(metadata.schema.map(({ name }) => name));
  if (!present.has(COLUMNS.key)) refuse(new Error('it has no column key'));
  const columns = Object.values(COLUMNS).filter((name) => present.has(name));
  const compressors = { GZIP: (bytes: Uint8Array): Uint8Array => gunzipSync(bytes) };
  let rowStart = 0;
  for (const { num_rows: count } of metadata.row_groups) {
    const rowEnd = rowStart + Number(count);
    const asked = { file, metadata, columns, compressors, rowStart, rowEnd };
    const rows = await parquet.parquetReadObjects(asked as never).catch(refuse);
    yield rows.map((row): InventoryRow => ({
      ...(Object.fromEntries(
        Object.entries(COLUMNS).map(([name, column]) => [name, row[column] ?? undefined]),
      ) as unknown as InventoryRow),
      isLatest: row[COLUMNS.isLatest] !== false,
      isDeleteMarker: row[COLUMNS.isDeleteMarker] === true,
    }));
    rowStart = rowEnd;
  }
}

async function loadParquetReader(name: string): Promise<ParquetReader> {
  try {
    // A variable keeps compilers and bundlers of those who have no such inventory from looking for the package.
    const specifier = 'hyparquet';
    return (await import(specifier)) as ParquetReader;
  } catch (error) {
    throw new CopyOptionsError(
      `Cannot read ${name} as it is Parquet: install the optional package 'hyparquet' (npm install hyparquet), or configure the inventory for CSV`,
      { cause: error },
    );
  }
}
