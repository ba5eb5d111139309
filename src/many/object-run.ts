import { CopyError, messageOf } from '../errors.ts';
import { isDirectoryBucket } from '../store/directory-bucket.ts';
import type { SourceObject } from './copy-objects-options.ts';
import { ExistingObjects } from './existing-objects.ts';
import { compileFilter } from './filter.ts';
import type { ManyContext } from './many-context.ts';
import { ManyObject } from './many-object.ts';
import { onePageAhead } from './object-pages.ts';
import type { Placing } from './placing.ts';
import type { Batch } from './prover.ts';
import { ENTRIES_AT_A_TIME, isListed, type SourceEntry, sourcePages } from './source-pages.ts';
import { requireVersioning } from './version-pages.ts';

/** Objects that are proved together: the listing of a page proves as many. */
const BATCH_SIZE = 1000;

/** Takes the objects that are to be copied: copies them, or, without most of its methods, counts them. */
export interface ObjectTaker {
  readonly isStopped?: boolean;
  add(object: ManyObject, batch: Batch): void;
  /** No more objects come to a batch. */
  closeBatch?(batch: Batch): void;
  /** Starts as much as there is room for. */
  pump?(): void;
  stop?(): void;
  wantsMore?(): Promise<void>;
  /** Waits until every object has ended. */
  idle?(): Promise<void>;
}

/** The story of a run: list, leave out what is done or the same, hand on the rest. */
export class ObjectRun {
  readonly #context: ManyContext;
  readonly #placing: Placing;
  readonly #filter: ((object: SourceObject) => boolean) | undefined;
  readonly #taker: ObjectTaker;
  readonly #isOrdered: boolean;
  readonly #copiesVersions: boolean;
  #existing: ExistingObjects | undefined;
  /** What was taken last, if all versions are copied. */
  #lastVersion: ManyObject | undefined;
  #batch: Batch;
  #batchSize = 0;
  /** The last key that the source has shown. */
  #lastKey = '';
  /** Ends the wait for the next page. */
  #leave: () => void = () => undefined;

  /** @param makeTaker - is given the prefix of all keys at the destination, if a listing can prove them */
  constructor(context: ManyContext, placing: Placing, makeTaker: (prefix: string | undefined) => ObjectTaker) {
    const { options } = context;
    const { source, destination } = options;
    this.#context = context;
    this.#placing = placing;
    this.#filter = compileFilter(options.filter);
    const to = typeof destination === 'function' ? undefined : destination;
    const isProvable = to !== undefined && !isDirectoryBucket(to.bucket);
    this.#copiesVersions = isListed(source) && source.versions === true;
    this.#isOrdered = isProvable && isListed(source) && !isDirectoryBucket(source.bucket) && !this.#copiesVersions;
    this.#taker = makeTaker(isProvable && (this.#isOrdered || !isListed(source)) ? (to.prefix ?? '') : undefined);
    const startAfter = isListed(source) ? source.startAfter : undefined;
    const after = startAfter === undefined ? undefined : placing.keyOf(startAfter);
    this.#batch = { bucket: to?.bucket ?? '', after, isOrdered: this.#isOrdered, copied: [], pending: 0, isOpen: true };
  }

  /** May be called when there is room for more requests. */
  readonly pump = (): void => this.#taker.pump?.();

  readonly stop = (): void => {
    this.#taker.stop?.();
    this.#leave();
  };

  /** Reads what earlier runs have done. */
  async readReport(): Promise<void> {
    const { options, reported, outcomes } = this.#context;
    await options.report?.read((line) => reported.note(line));
    const damage = options.report?.damage;
    if (damage !== undefined) outcomes.warn('REPORT_DAMAGED', damage);
  }

  /**
   * Takes everything.
   *
   * @param atEnd - is called once every object has ended, and before the report is closed
   * @throws what ends the run: the source can't be listed, the report can't be written, the signal's reason
   */
  async run(atEnd?: () => Promise<void>): Promise<void> {
    const { options, outcomes, signal, totals } = this.#context;
    const existing = new ExistingObjects(this.#context, this.#placing, this.#isOrdered, this.#batch.after);
    this.#existing = existing;
    try {
      if (this.#copiesVersions) await requireVersioning(this.#context, options.source.bucket ?? '', this.#batch.bucket);
      const pages = sourcePages(this.#context, options.source, (bucket) => this.#placing.guard(bucket));
      for await (const page of this.#untilStopped(onePageAhead(pages))) {
        signal.throwIfAborted();
        await existing.read(page);
        for (const entry of page) {
          if (this.#taker.isStopped === true) break;
          this.#take(entry, existing);
          this.#lastKey = entry.key;
        }
        // Nobody knows when the next ones come, and these are to be proved.
        if ('objects' in options.source && page.length < ENTRIES_AT_A_TIME) this.#nextBatch();
        this.#taker.pump?.();
        outcomes.progressIfDue();
        await outcomes.keepUp();
        await this.#taker.wantsMore?.();
        if (this.#taker.isStopped === true) break;
      }
      totals.isListed = this.#taker.isStopped !== true;
      this.#taker.closeBatch?.(this.#batch);
      await this.#taker.idle?.();
      signal.throwIfAborted();
      if (this.#taker.isStopped !== true) await atEnd?.();
    } catch (error) {
      this.#taker.stop?.();
      await this.#taker.idle?.();
      await this.#close().catch(() => undefined);
      signal.throwIfAborted();
      throw error;
    }
    await this.#close();
    if (this.#taker.isStopped === true) throw this.#stopped();
  }

  /** Pages up to where the run stops: the next one may never come. */
  async *#untilStopped<T>(pages: AsyncGenerator<T>): AsyncGenerator<T, void, undefined> {
    try {
      for (;;) {
        const { done, value } = await new Promise<IteratorResult<T, unknown>>((resolve, reject) => {
          this.#leave = () => resolve({ done: true, value: undefined });
          if (this.#taker.isStopped === true) this.#leave();
          pages.next().then(resolve, reject);
        });
        if (done === true) return;
        yield value;
      }
    } finally {
      this.#leave = () => undefined;
      pages.return(undefined).catch(() => undefined);
    }
  }

  async #close(): Promise<void> {
    await this.#existing?.close();
    try {
      await this.#context.outcomes.flush();
    } finally {
      await this.#context.options.report?.close();
    }
  }

  #stopped(): CopyError {
    const { outcomes, totals } = this.#context;
    const failed = `${totals.failed} ${totals.failed === 1 ? 'object has' : 'objects have'} failed`;
    return new CopyError(`The run was stopped as ${failed}; the first: ${messageOf(outcomes.firstError)}`, {
      cause: outcomes.firstError,
    });
  }

  #take(entry: SourceEntry, existing: ExistingObjects): void {
    const { options, outcomes, reported, totals } = this.#context;
    const { source } = options;
    const { ownPrefix } = this.#placing;
    if (ownPrefix !== undefined && entry.key.startsWith(ownPrefix)) {
      outcomes.warnOnce('DESTINATION_IN_SOURCE', `Keys under ${ownPrefix} are not copied as the copies go there`);
      return;
    }
    const object = new ManyObject(entry.bucket ?? source.bucket ?? '', entry, this.#placing.nameOf(entry.key));
    if (this.#filter?.(object) === false) return;
    const isPlaced = entry.unreadable === true || this.#placing.place(object, entry);
    if (!isPlaced) return;
    totals.listed++;
    totals.bytesListed += entry.size ?? 0;
    if (entry.unreadable === true) {
      const text = `Cannot copy ${object.bucket}/${entry.key} as its key isn't valid UTF-8, so that it can't be asked for`;
      return outcomes.fail(object, new CopyError(text), 'KEY_NOT_READABLE');
    }
    if (this.#copiesVersions) {
      const last = this.#lastVersion;
      if (last?.key === object.key) object.earlier = last;
      this.#lastVersion = object;
    }
    const misplaced = this.#placing.take(object);
    if (misplaced !== undefined) return outcomes.fail(object, misplaced.error, misplaced.code);
    if (reported.isDone(object) && existing.mayStillStand(object)) {
      outcomes.doneBefore(object);
      return;
    }
    if (entry.isDeleteMarker === true) {
      const text =
        'Delete markers are not copied: what is deleted at the source stands at the destination with its last version';
      outcomes.warnOnce('DELETE_MARKERS', text);
      return outcomes.end(object, 'skipped', { code: 'DELETE_MARKER' });
    }
    // Of two versions with the same bytes nothing tells which one stands there.
    if (!this.#copiesVersions && existing.settles(object)) return;
    if (this.#batchSize >= BATCH_SIZE) this.#nextBatch();
    // What was left out in between is not to be listed.
    if (this.#batchSize === 0 && this.#lastKey !== '') this.#batch.after = this.#placing.keyOf(this.#lastKey);
    this.#batchSize++;
    this.#taker.add(object, this.#batch);
  }

  #nextBatch(): void {
    const previous = this.#batch;
    this.#batch = { ...previous, after: undefined, copied: [], pending: 0, isOpen: true };
    this.#batchSize = 0;
    this.#taker.closeBatch?.(previous);
  }
}
