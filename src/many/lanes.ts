import { CopyError } from '../errors.ts';
import { copyWithCare } from './careful-copies.ts';
import type { ManyContext } from './many-context.ts';
import type { ManyObject } from './many-object.ts';
import { type Batch, Prover } from './prover.ts';
import { SmallCopies } from './small-copies.ts';

/** Copied and not yet proved: what a run that is killed may copy again. */
const MOST_UNPROVED = 2000;

/** Objects that wait for the engine, or for an earlier version, before the source is read on. */
const MOST_WAITING = 1000;

/**
 * Copies objects in two lanes that share one budget: small ones by one request each, proved by the destination's listing behind
 * them; the others by the engine. Large objects come first, so that the run doesn't end with one of them alone.
 */
export class Lanes {
  readonly #context: ManyContext;
  readonly #small: SmallCopies;
  readonly #prover: Prover | undefined;
  readonly #forEngine: ManyObject[] = [];
  /** Copied, to be proved by a HEAD each. */
  readonly #toProve: ManyObject[] = [];
  readonly #again: ManyObject[] = [];
  readonly #waiting: ManyObject[] = [];
  /** Objects that were added and have not ended. */
  #open = 0;
  /** Versions that wait for an earlier one. */
  #later = 0;
  #proofs = 0;
  readonly #batches = new Set<Batch>();
  #isStopped = false;
  #onChange: (() => void) | undefined;

  /** @param prefix - of all keys at the destination; undefined if no listing can prove them */
  constructor(context: ManyContext, prefix: string | undefined) {
    this.#context = context;
    const byListing = context.verify === 'listing' && prefix !== undefined;
    this.#prover = byListing
      ? new Prover(context, prefix, {
          proved: (object, etag) => this.#end(object, etag),
          unproved: (object) => this.#proveByHead(object),
        })
      : undefined;
    this.#small = new SmallCopies(context, {
      copied: (object) => this.#copied(object),
      again: (object) => {
        if (this.#isStopped) return this.#closed(object);
        this.#again.push(object);
        this.pump();
      },
      withCare: (object) => this.#withCare(object),
      dropped: (object) => this.#closed(object),
      failed: (object, error) => {
        context.outcomes.fail(object, error);
        this.#leaveBatch(object);
        this.#closed(object);
      },
    });
  }

  /** Takes an object; nothing is sent before `pump`. */
  add(object: ManyObject, batch: Batch): void {
    this.#open++;
    const { earlier } = object;
    object.earlier = undefined;
    if (earlier !== undefined && earlier.outcome === undefined) {
      earlier.later = object;
      this.#later++;
    } else if (earlier?.outcome === 'failed') this.#failLater(object);
    else this.#queue(object, batch);
  }

  #queue(object: ManyObject, batch?: Batch): void {
    if (!this.#small.takes(object)) {
      this.#forEngine.push(object);
      return;
    }
    if (this.#prover !== undefined && batch?.bucket === object.toBucket) {
      object.batch = batch;
      batch.pending++;
      this.#batches.add(batch);
    }
    this.#waiting.push(object);
  }

  /** No more objects come to a batch. */
  closeBatch(batch: Batch): void {
    batch.isOpen = false;
    this.#proveIfDone(batch);
  }

  /** Starts as much as there is room for. */
  readonly pump = (): void => {
    const { budget, signal, totals } = this.#context;
    if (signal.aborted) this.stop();
    while (budget.hasRoom()) {
      const careful = this.#toProve.shift() ?? this.#forEngine.shift();
      if (careful !== undefined) {
        void this.#copyWithCare(careful);
        continue;
      }
      const mayStart = totals.unproved + budget.inFlight < MOST_UNPROVED;
      const small = this.#again.shift() ?? (mayStart ? this.#waiting.shift() : undefined);
      if (small === undefined) break;
      this.#small.start(small);
    }
    this.#onChange?.();
  };

  /** Starts no copy any more. What is in flight ends, and is proved unless the caller is in a hurry. */
  stop(): void {
    this.#isStopped = true;
    const queues = [this.#forEngine, this.#again, this.#waiting];
    if (this.#context.signal.aborted) queues.push(this.#toProve);
    for (const queue of queues) {
      this.#open -= queue.length;
      queue.length = 0;
    }
    this.#open -= this.#later;
    this.#later = 0;
    this.#onChange?.();
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Waits until more objects are wanted: before those that wait are used up. */
  wantsMore(): Promise<void> {
    const { controller } = this.#context.budget;
    const others = (): number => this.#toProve.length + this.#forEngine.length + this.#later;
    return this.#until(() => this.#waiting.length <= controller.limit && others() <= MOST_WAITING);
  }

  /** Waits until every object has ended. */
  idle(): Promise<void> {
    return this.#until(() => this.#open === 0);
  }

  #until(condition: () => boolean): Promise<void> {
    if (this.#isDone(condition)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onChange = () => {
        if (!this.#isDone(condition)) return;
        this.#onChange = undefined;
        resolve();
      };
    });
  }

  #isDone(condition: () => boolean): boolean {
    if (condition()) return true;
    const { budget, signal } = this.#context;
    if (!this.#isStopped || budget.inFlight > 0 || this.#proofs > 0 || this.#toProve.length > 0) return false;
    // What was copied by then is proved, and written to the report.
    if (!signal.aborted) for (const batch of this.#batches) this.#prove(batch);
    return this.#proofs === 0 && this.#toProve.length === 0;
  }

  #copied(object: ManyObject): void {
    this.#context.totals.unproved++;
    this.#context.totals.bytesCopied += object.size ?? 0;
    if (object.batch !== undefined) {
      object.batch.copied.push(object);
      this.#leaveBatch(object);
    } else if (this.#context.verify === 'none') {
      this.#end(object, object.etag ?? '');
    } else {
      this.#proveByHead(object);
    }
    this.pump();
  }

  #end(object: ManyObject, etag: string): void {
    this.#context.totals.unproved--;
    this.#context.outcomes.end(object, 'copied', { etag });
    this.#closed(object);
  }

  /** What was counted as copied counts again once it is proved. */
  #proveByHead(object: ManyObject): void {
    this.#context.totals.unproved--;
    this.#context.totals.bytesCopied -= object.size ?? 0;
    if (this.#context.signal.aborted) return this.#closed(object);
    this.#toProve.push(object);
    this.pump();
  }

  #withCare(object: ManyObject): void {
    this.#leaveBatch(object);
    if (this.#isStopped) return this.#closed(object);
    this.#forEngine.push(object);
    this.pump();
  }

  async #copyWithCare(object: ManyObject): Promise<void> {
    await copyWithCare(this.#context, object);
    this.#closed(object);
  }

  #closed(object: ManyObject): void {
    let later = this.#takeLater(object);
    for (; later !== undefined && object.outcome === 'failed'; later = this.#takeLater(later)) this.#failLater(later);
    if (later !== undefined) this.#queue(later);
    this.#open--;
    if (this.#context.budget.inFlight < this.#context.budget.controller.limit || this.#open === 0) this.pump();
  }

  #takeLater(object: ManyObject): ManyObject | undefined {
    const { later } = object;
    object.later = undefined;
    if (later === undefined || this.#isStopped) return undefined;
    this.#later--;
    return later;
  }

  /** If it were copied, the version before it would stand above it once that is copied. */
  #failLater(object: ManyObject): void {
    const { bucket, key, versionId } = object;
    const text = `Cannot copy version ${versionId} of ${bucket}/${key} as an earlier version has failed, which must be copied first`;
    this.#context.outcomes.fail(object, new CopyError(text), 'EARLIER_VERSION_FAILED');
    this.#open--;
  }

  #leaveBatch(object: ManyObject): void {
    const { batch } = object;
    object.batch = undefined;
    if (batch === undefined) return;
    batch.pending--;
    this.#proveIfDone(batch);
  }

  #proveIfDone(batch: Batch): void {
    if (!batch.isOpen && batch.pending === 0) this.#prove(batch);
  }

  #prove(batch: Batch): void {
    this.#batches.delete(batch);
    if (this.#prover === undefined || batch.copied.length === 0) return;
    this.#proofs++;
    void this.#prover.prove(batch).then(() => {
      this.#proofs--;
      this.pump();
    });
  }
}
