import { CopyError, messageOf } from '../errors.ts';
import type { ObjectReader } from './object-reader.ts';

/** A file of an inventory, as its manifest names it. */
export interface InventoryFile {
  readonly key: string;
  /** Bytes; undefined if the manifest doesn't say. */
  readonly size: number | undefined;
  /** In hex digits; OBS gives none. */
  readonly md5: string | undefined;
  /** OBS alone gives it. */
  readonly rows: number | undefined;
}

/** What a manifest says. */
export interface InventoryManifest {
  readonly sourceBucket: string;
  readonly format: 'CSV' | 'PARQUET';
  /** Of CSV. */
  readonly columns: readonly string[];
  readonly files: readonly InventoryFile[];
}

/** Behind the last member of an object or a list, as in the example on OBS's page; texts are passed over. */
const NEEDLESS_COMMA = /("(?:[^"\\]|\\.)*")|,(?=\s*[\]}])/g;

/**
 * Reads the `manifest.json` of an inventory of S3 or OBS.
 *
 * @throws CopyError that says what is wrong with it; StoreError if it can't be read
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
 * @see https://support.huaweicloud.com/intl/en-us/ugobs-obs/obs_41_0044.html
 */
export async function readManifest(reader: ObjectReader): Promise<InventoryManifest> {
  const refuse = (why: string, cause?: unknown): never => {
    throw new CopyError(`Cannot use the inventory ${reader.name}: ${why}`, { cause });
  };
  const pieces: Uint8Array[] = [];
  for await (const piece of reader.pieces()) pieces.push(piece);
  let manifest: Record<string, unknown> = {};
  try {
    const text = Buffer.concat(pieces).toString('utf8').replaceAll(NEEDLESS_COMMA, '$1');
    manifest = Object(JSON.parse(text)) as typeof manifest;
  } catch (error) {
    refuse(`it must be the manifest.json, and is no JSON (${messageOf(error)})`, error);
  }
  const { sourceBucket, fileFormat, fileSchema, files } = manifest;
  if (typeof sourceBucket !== 'string' || typeof fileFormat !== 'string' || !Array.isArray(files)) {
    return refuse('it must be a manifest.json, with sourceBucket, fileFormat and files');
  }
  const format = fileFormat.trim().toUpperCase();
  if (format === 'ORC') {
    refuse('its files are ORC, which is not read here: configure the inventory for CSV or Apache Parquet');
  }
  if (format !== 'CSV' && format !== 'PARQUET') {
    return refuse(`its fileFormat must be CSV or Parquet, and is ${JSON.stringify(fileFormat)}`);
  }
  const columns =
    format === 'CSV'
      ? String(fileSchema)
          .split(',')
          .map((name) => name.trim())
      : [];
  if (format === 'CSV' && !columns.includes('Key')) {
    refuse(`its fileSchema must name a column Key, and is ${JSON.stringify(fileSchema)}`);
  }
  return {
    sourceBucket: sourceBucket.replace(/^arn:[^:]*:s3:::/, ''),
    format,
    columns,
    files: files.map(
      (file: unknown) => readFile(file) ?? refuse(`it names a file without a key: ${JSON.stringify(file)}`),
    ),
  };
}

function readFile(file: unknown): InventoryFile | undefined {
  const { key, size, MD5checksum, inventoriedRecord } = Object(file) as Record<string, unknown>;
  if (typeof key !== 'string' || key === '') return undefined;
  return {
    key,
    size: typeof size === 'number' ? size : undefined,
    md5: typeof MD5checksum === 'string' && MD5checksum !== '' ? MD5checksum.toLowerCase() : undefined,
    rows: typeof inventoriedRecord === 'number' ? inventoriedRecord : undefined,
  };
}
