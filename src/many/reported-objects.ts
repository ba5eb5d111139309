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

  note({ source, destination, outcome, code, size }: ReportLine): void {
    // The second object at a place changed nothing there, and what is gone neither.
    if (destination === undefined || outcome === 'gone' || code === 'DESTINATION_COLLISION') return;
    const isDone = outcome === 'copied' || (outcome === 'skipped' && code !== 'EXISTS');
    const { bucket, key, versionId, etag } = source;
    const state = isDone ? stateOf(bucket, key, versionId, etag, size) : outcome === 'failed' ? FAILED : NOT_DONE;
    this.#states.set(this.#placeOf(destination.bucket, destination.key, versionId), state);
  }

  get isEmpty(): boolean {
    return this.#states.size === 0;
  }

  /** Whether the object is done, with the facts of its source that it lacks itself. */
  isDone(object: ManyObject, { etag, size }: Pick<ListedFacts, 'etag' | 'size'> = object): boolean {
    if (this.isEmpty) return false;
    const { bucket, key, versionId } = object;
    return this.#stateAt(object) === stateOf(bucket, key, versionId, object.etag ?? etag, object.size ?? size);
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

function stateOf(...facts: readonly (string | number | undefined)[]): number {
  return valueOf(JSON.stringify(facts));
}
