import { checkCopyObjectsOptions } from './check-copy-objects-options.ts';
import type { CopyObjectsOptions, ObjectEntry, ObjectOutcome } from './copy-objects-options.ts';
import type { ManyObject } from './many-object.ts';
import { ObjectRun, type ObjectTaker } from './object-run.ts';
import { makeSilentContext } from './many-context.ts';

/** Objects that may wait to be read before the listing goes on. */
const MOST_WAITING = 2000;

/** What `copyObjects` with the same options would copy: for those who have it copied elsewhere. Lists, and writes nothing. */
export class ObjectSelection implements ObjectTaker {
  /** Objects that can't be copied: their places are taken, or their keys aren't UTF-8. */
  readonly failures: ObjectOutcome[] = [];
  /** Objects that the listings show to be there already. */
  skipped = 0;
  isStopped = false;
  /** The time by the clock of a store, once a page of its listing has told it: of the destination's, if that is listed. */
  readonly now: () => Date;
  readonly #waiting: ManyObject[] = [];
  readonly #run: () => Promise<void>;
  readonly #namesPlaces: boolean;
  #onChange: (() => void) | undefined;

  /** @throws CopyOptionsError as `copyObjects` */
  constructor(options: CopyObjectsOptions) {
    const checked = checkCopyObjectsOptions(options);
    const context = makeSilentContext(checked, (failure) => this.failures.push(failure));
    const run = new ObjectRun(context, checked.placing, () => this);
    this.#namesPlaces = 'objects' in options.source || typeof options.destination === 'function';
    const { from, to } = context;
    this.now = () => new Date((to.clock.isKnown ? to : from).clock.now());
    this.#run = async () => {
      await run.run();
      this.skipped = context.totals.skipped;
    };
  }

  /** Lists them, in the order of the source, as many at a time as are at hand. @throws StoreError if the source can't be listed */
  async *pages(): AsyncGenerator<readonly ObjectEntry[], void, undefined> {
    let isListed = false;
    const listing = this.#run().finally(() => {
      isListed = true;
      this.#onChange?.();
    });
    // It is thrown below.
    listing.catch(() => undefined);
    try {
      for (;;) {
        const page = this.#waiting.splice(0).map((object) => this.#entryOf(object));
        if (page.length > 0) {
          yield page;
          continue;
        }
        this.#onChange?.();
        if (isListed) break;
        await this.#change();
      }
    } finally {
      this.isStopped = !isListed;
      this.#onChange?.();
    }
    await listing;
  }

  #entryOf(object: ManyObject): ObjectEntry {
    if (!this.#namesPlaces) return object;
    const { bucket, key, versionId, size, etag, lastModified, toBucket, toKey, properties } = object;
    const destination = { ...properties, bucket: toBucket, key: toKey };
    return { bucket, key, versionId, size, etag, lastModified, destination };
  }

  add(object: ManyObject): void {
    this.#waiting.push(object);
  }

  pump(): void {
    this.#onChange?.();
  }

  async wantsMore(): Promise<void> {
    while (this.#waiting.length >= MOST_WAITING && !this.isStopped) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#onChange = resolve;
    });
  }
}
