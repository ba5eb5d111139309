import { isDeepStrictEqual } from 'node:util';
import { copyLargeObject, isCopyError, type CopyOptions } from '../../src/index.ts';
import { propertyCases, type PropertyCase } from './property-cases.ts';
import type { ObjectFacts, PropertyTarget } from './property-target.ts';

/** How one copy ended: the property is there, or it was refused or left out in words, or it is wrong without a word. */
export type PropertyOutcome =
  | { readonly ended: 'kept' }
  | { readonly ended: 'warned'; readonly reason: string; readonly found: ObjectFacts }
  | { readonly ended: 'refused'; readonly reason: string; readonly leftBehind: boolean }
  /** The copy is there, and the error says what it lacks. */
  | { readonly ended: 'missed'; readonly reason: string }
  | { readonly ended: 'lost'; readonly found: ObjectFacts }
  /** The server doesn't even take it for the source. */
  | { readonly ended: 'no source'; readonly reason: string };

/** Outcomes of one row, by strategy. */
export interface PropertyRow {
  readonly property: PropertyCase;
  readonly single: PropertyOutcome;
  readonly multipart: PropertyOutcome;
}

export type Strategy = 'single' | 'multipart';

let copies = 0;

/** Copies every row's source with both strategies, and compares what came of it. Against any server. */
export async function runPropertyCases(target: PropertyTarget): Promise<readonly PropertyRow[]> {
  const rows: PropertyRow[] = [];
  for (const property of propertyCases) {
    if (!fits(property, target)) continue;
    const single = await runPropertyCase(target, property, 'single');
    rows.push({ property, single, multipart: await runPropertyCase(target, property, 'multipart') });
  }
  return rows;
}

/** Whether a row makes sense for a server. */
export function fits(property: PropertyCase, target: PropertyTarget): boolean {
  const hasBucket = target.buckets[property.into ?? 'destination'] !== undefined;
  return hasBucket && (property.dialect === undefined || property.dialect === target.dialect);
}

/** Copies one row's source with one strategy. */
export async function runPropertyCase(
  target: PropertyTarget,
  property: PropertyCase,
  strategy: Strategy,
): Promise<PropertyOutcome> {
  const { store, buckets, sourceSize, partSize } = target;
  copies++;
  const source = { bucket: buckets[property.sourceIn ?? 'source'] ?? '', key: `source ${copies}` };
  const destination = { bucket: buckets[property.into ?? 'destination'] ?? '', key: `copy ${copies}` };
  try {
    await target.putObject(source, sourceSize, property.source);
    const found = await target.readFacts(source);
    if (!agrees(found, property.source)) return { ended: 'no source', reason: 'it changes what it is given' };
  } catch (error) {
    return { ended: 'no source', reason: messageOf(error) };
  }
  const options: CopyOptions = {
    store,
    source,
    destination: { ...destination, ...property.destination },
    multipartThreshold: strategy === 'single' ? sourceSize : 0,
    partSize,
    preserve: property.preserve,
    retry: { maxAttempts: 1 },
  };
  try {
    const result = await copyLargeObject(options);
    if (result.strategy !== strategy) throw new Error(`It was copied with strategy ${result.strategy}`);
    const found = await target.readFacts(destination);
    const [warning] = result.warnings.filter(({ code }) => strategy === 'single' || code !== property.warnsInParts);
    if (warning !== undefined) return { ended: 'warned', reason: warning.message, found };
    return agrees(found, property.expected) ? { ended: 'kept' } : { ended: 'lost', found };
  } catch (error) {
    if (!isCopyError(error)) throw error;
    if (
      await target.readFacts(destination).then(
        () => true,
        () => false,
      )
    )
      return { ended: 'missed', reason: error.message };
    const leftBehind = await hasUpload(target, destination);
    return { ended: 'refused', reason: error.message, leftBehind };
  }
}

function agrees(found: ObjectFacts, expected: PropertyCase['expected']): boolean {
  return Object.entries(expected).every(([name, value]) =>
    isDeepStrictEqual(normalize(found[name as keyof ObjectFacts]), normalize(value)),
  );
}

/** Orders don't matter, prototypes neither. */
function normalize(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(String).toSorted((a, b) => (a < b ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([, entry]) => entry !== undefined)
    .map(([name, entry]): [string, unknown] => [name, normalize(entry)]);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

async function hasUpload(
  { store }: PropertyTarget,
  { bucket, key }: { bucket: string; key: string },
): Promise<boolean> {
  const { uploads } = await store.listMultipartUploads({ bucket, prefix: key });
  return uploads.length > 0;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
