import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CopyError } from '../errors.ts';
import { splitCsv } from './csv-line.ts';
import type { InventoryRow } from './inventory-row.ts';
import type { ObjectReader } from './object-reader.ts';

/** What a URL-encoded key can't hold: such a key was written as it is. */
const NEVER_ENCODED = /[^\u0021-\u007E]|%(?![\dA-Fa-f]{2})/;

/**
 * Reads a file of an inventory in CSV, zipped or not. It has no header, and its keys are URL-encoded.
 *
 * @param columns - by the manifest's schema
 * @throws CopyError that names the line that doesn't fit the schema
 */
export async function* readCsvRows(
  reader: ObjectReader,
  columns: readonly string[],
): AsyncGenerator<readonly InventoryRow[], void, undefined> {
  const isZipped = Buffer.from(await reader.slice(0, 2)).toString('hex') === '1f8b';
  const bytes = Readable.from(reader.pieces());
  // What either fails with is thrown where it is read.
  const plain = isZipped ? pipeline(bytes, createGunzip(), () => undefined) : bytes;
  const at = (name: string): number => columns.indexOf(name);
  const places = {
    bucket: at('Bucket'),
    key: at('Key'),
    size: at('Size'),
    lastModified: at('LastModifiedDate'),
    etag: at('ETag'),
    storageClass: at('StorageClass'),
    isLatest: at('IsLatest'),
    isDeleteMarker: at('IsDeleteMarker'),
  };
  let number = 0;
  for await (const lines of linesOf(plain as AsyncIterable<Buffer>)) {
    const rows: InventoryRow[] = [];
    for (const line of lines) {
      number++;
      if (line === '') continue;
      const cells = splitCsv(line);
      const key = decodeKey(cells?.[places.key]);
      if (cells === undefined || cells.length !== columns.length || key === undefined || key === '') {
        throw new CopyError(
          `Cannot use the inventory file ${reader.name}: line ${number} does not fit the schema ${columns.join(',')}: ${JSON.stringify(line)}`,
        );
      }
      const cell = (place: number): string | undefined => (cells[place] === '' ? undefined : cells[place]);
      rows.push({
        key,
        bucket: cell(places.bucket),
        size: cell(places.size),
        lastModified: cell(places.lastModified),
        etag: cell(places.etag),
        storageClass: cell(places.storageClass),
        // OBS's page writes True.
        isLatest: cell(places.isLatest)?.toLowerCase() !== 'false',
        isDeleteMarker: cell(places.isDeleteMarker)?.toLowerCase() === 'true',
      });
    }
    yield rows;
  }
}

/** A key as it is; undefined if it can't be decoded. */
export function decodeKey(text: string | undefined): string | undefined {
  if (text === undefined || NEVER_ENCODED.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** The lines of each piece of a text, whose lines and characters may reach from one piece into the next. */
async function* linesOf(pieces: AsyncIterable<Buffer>): AsyncGenerator<string[], void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split(/\r?\n/);
    rest = lines.pop() ?? '';
    yield lines;
  }
  yield [rest + decoder.decode()];
}
