import type { ListedObject } from '../store/copy-store.ts';
import type { ListedFacts } from './copy-objects-options.ts';
import { HashTable, valueOf } from './hash-table.ts';
import type { ManyObject } from './many-object.ts';
import type { ReportLine } from './report.ts';

const FAILED = 0;
/** Its object isn't there any more, or isn't what the run would have made. */
const NOT_DONE = 1;

/** What the report of earlier runs says of each destination, by its last line about it. */
export class ReportedObjects {
  readonly #states = new HashTable(true);
  readonly #ofVersions: boolean;

  /** @param ofVersions - whether several objects go to one destination, one after another */
  constructor(ofVersions: boolean) {
    this.#ofVersions = ofVersions;
  }

  note({ source, destination, outcome, code, etag, size }: ReportLine): void {
    // The second object at a place changed nothing there, and what is gone neither.
    if (destination === undefined || outcome === 'gone' || code === 'DESTINATION_COLLISION') return;
    const isDone = outcome === 'copied' || (outcome === 'skipped' && code !== 'EXISTS');
    const { versionId } = source;
    const state = isDone ? stateOf(source, size, etag === source.etag) : outcome === 'failed' ? FAILED : NOT_DONE;
    this.#states.set(this.#placeOf(destination.bucket, destination.key, versionId), state);
  }

  get isEmpty(): boolean {
    return this.#states.size === 0;
  }

  /** Whether the object is done, with the facts of its source that it lacks itself. */
  isDone(object: ManyObject, seen: Pick<ListedFacts, 'etag' | 'size' | 'lastModified'> = object): boolean {
    if (this.isEmpty) return false;
    const { bucket, key, versionId, etag = seen.etag, size = seen.size, lastModified = seen.lastModified } = object;
    const source = { bucket, key, versionId, etag, lastModified };
    const state = this.#stateAt(object);
    return state === stateOf(source, size, true) || state === stateOf(source, size, false);
  }

  /** Whether what stands at a done object's place may be its copy: its ETag may differ from the source's only if the copy's did. */
  mayBeCopy(object: ManyObject, existing: Pick<ListedObject, 'etag' | 'size'>): boolean {
    if (existing.size !== object.size) return false;
    return existing.etag === object.etag || this.#stateAt(object) === stateOf(object, object.size, false);
  }

  hasFailed(object: ManyObject): boolean {
    return !this.isEmpty && this.#stateAt(object) === FAILED;
  }

  #stateAt({ toBucket, toKey, versionId }: ManyObject): number | undefined {
    return this.#states.get(this.#placeOf(toBucket, toKey, versionId));
  }

  #placeOf(bucket: string, key: string, versionId: string | undefined): string {
    return JSON.stringify([bucket, key, this.#ofVersions ? versionId : undefined]);
  }
}

/** Without an ETag, the date tells one state of the source from another; HEAD gives it in whole seconds. */
function stateOf(
  { bucket, key, versionId, etag, lastModified }: ReportLine['source'],
  size: number | undefined,
  hasSameEtag: boolean,
): number {
  const date = lastModified === undefined ? undefined : Math.floor(new Date(lastModified).getTime() / 1000);
  return valueOf(JSON.stringify([bucket, key, versionId, etag ?? date, size, hasSameEtag]));
}
