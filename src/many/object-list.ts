import { createInterface } from 'node:readline';
import { CopyError } from '../errors.ts';
import { splitCsv } from './csv-line.ts';
import type { ObjectEntry } from './copy-objects-options.ts';

/**
 * Reads a list of objects, one a line: a key, `bucket,key[,versionId]` as S3 Batch Operations has it (keys percent-encoded), or a JSON
 * object with `key` and whatever else is known.
 *
 * @throws CopyError that names the line that is none of these
 */
export async function* readObjectList(input: NodeJS.ReadableStream): AsyncGenerator<ObjectEntry, void, undefined> {
  let number = 0;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    const text = number === 1 ? line.replace(/^\uFEFF/, '') : line;
    if (text === '') continue;
    const entry = text.startsWith('{') ? readJson(text) : readFields(text);
    if (entry === undefined) throw new CopyError(`Cannot read line ${number} of the list: ${JSON.stringify(text)}`);
    yield entry;
  }
}

function readJson(text: string): ObjectEntry | undefined {
  try {
    const { lastModified, ...entry } = JSON.parse(text) as ObjectEntry & { readonly lastModified?: string | null };
    if (typeof entry.key !== 'string' || entry.key === '') return undefined;
    if (lastModified === undefined || lastModified === null) return entry;
    const date = new Date(lastModified);
    return Number.isNaN(date.getTime()) ? undefined : { ...entry, lastModified: date };
  } catch {
    return undefined;
  }
}

/** A line without a comma or a quote is a key as it is. */
function readFields(text: string): ObjectEntry | undefined {
  if (!/[",]/.test(text)) return { key: text };
  const fields = splitCsv(text);
  const [bucket, key, versionId] = fields ?? [];
  if (
    fields === undefined ||
    fields.length > 3 ||
    bucket === undefined ||
    bucket === '' ||
    key === undefined ||
    key === ''
  ) {
    return undefined;
  }
  try {
    const decoded = decodeURIComponent(key.replaceAll('+', ' '));
    return { bucket, key: decoded, ...(versionId !== undefined && versionId !== '' && { versionId }) };
  } catch {
    return undefined;
  }
}
