import { isCopyError, messageOf } from '../errors.ts';
import type { ThrottleEvent } from '../events.ts';
import { isStoreError } from '../store/store-error.ts';
import type { StartingTask } from '../task.ts';
import type { ListedFacts, ObjectOutcome } from './copy-objects-options.ts';
import type { ManyObject } from './many-object.ts';
import type { ObjectReport } from './report.ts';
import type { CopyObjectsEvents, CopyObjectsWarning } from './run-events.ts';
import type { Totals } from './totals.ts';

/** What an outcome says beside its object. */
interface OutcomeFacts {
  readonly etag?: string | undefined;
  readonly size?: number | undefined;
  /** What the source was, if it was looked at. */
  readonly source?: Pick<ListedFacts, 'etag' | 'lastModified'>;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
}

const PROGRESS_INTERVAL_MS = 100;

/** Lines that may wait to be written before the run waits for them. */
const MOST_UNWRITTEN = 5000;

/** Who hears how the outcomes go. */
export interface OutcomesListener {
  /** Progress is to be told. */
  progress(): void;
  /** One more object has failed. */
  failed(code: string): void;
  /** The report can't be written any more. */
  broken(): void;
}

/** Takes how objects ended: counts them, writes them to the report, and emits them. */
export class Outcomes {
  readonly #totals: Totals;
  readonly #report: ObjectReport | undefined;
  readonly #task: StartingTask<CopyObjectsEvents>;
  readonly #listener: OutcomesListener;
  readonly #warnings = new Map<string, CopyObjectsWarning>();
  /** Why objects were skipped, or failed, by code. */
  readonly reasons: Map<string, number> = new Map();
  #unwritten: ObjectOutcome[] = [];
  #writing: Promise<void> | undefined;
  #writeError: { readonly error: unknown } | undefined;
  #emittedAt = Number.NEGATIVE_INFINITY;
  #firstError: unknown;

  constructor(
    totals: Totals,
    report: ObjectReport | undefined,
    task: StartingTask<CopyObjectsEvents>,
    listener: OutcomesListener,
  ) {
    this.#totals = totals;
    this.#report = report;
    this.#task = task;
    this.#listener = listener;
  }

  /** The error of the first object that failed. */
  get firstError(): unknown {
    return this.#firstError;
  }

  get warnings(): readonly CopyObjectsWarning[] {
    return [...this.#warnings.values()];
  }

  end(object: ManyObject, outcome: 'copied' | 'skipped' | 'gone', facts: OutcomeFacts = {}): void {
    object.outcome = outcome;
    this.#totals[outcome]++;
    if (facts.code !== undefined) this.#count(facts.code);
    if (this.#report === undefined && !this.#task.hasListeners('object')) return this.progressIfDue();
    const told = tell(object, outcome, facts);
    this.#write(told);
    this.#task.emit('object', told);
    this.progressIfDue();
  }

  /** An object that the report has already. */
  doneBefore(object: ManyObject): void {
    object.outcome = 'skipped';
    this.#totals.skipped++;
    this.#count('REPORTED');
    this.#totals.bytesListed -= object.size ?? 0;
  }

  fail(object: ManyObject, error: unknown, code: string = codeOf(error)): void {
    object.outcome = 'failed';
    this.#totals.failed++;
    this.#count(code);
    this.#firstError ??= error;
    const told = tell(object, 'failed', { code, message: messageOf(error), size: object.size });
    this.#write(told);
    this.#task.emit('objectFailed', { ...told, error });
    this.progressIfDue();
    this.#listener.failed(code);
  }

  /** An object at the destination that is none of the source's. */
  deleted(bucket: string, key: string): void {
    this.#totals.deleted++;
    const place = { bucket, key };
    const told: ObjectOutcome = {
      source: place,
      destination: place,
      outcome: 'deleted',
      attempts: 1,
      elapsedMs: 0,
      at: new Date(),
    };
    this.#write(told);
    this.#task.emit('object', told);
  }

  warn(code: CopyObjectsWarning['code'], message: string): void {
    const warning: CopyObjectsWarning = Object.freeze({ code, message });
    if (!this.#warnings.has(code)) this.#warnings.set(code, warning);
    this.#task.emit('warning', warning);
  }

  warnOnce(code: CopyObjectsWarning['code'], message: string): void {
    if (!this.#warnings.has(code)) this.warn(code, message);
  }

  throttled(event: ThrottleEvent): void {
    this.#task.emit('throttle', event);
  }

  progressIfDue(): void {
    const now = performance.now();
    if (now - this.#emittedAt < PROGRESS_INTERVAL_MS) return;
    this.#emittedAt = now;
    this.#listener.progress();
  }

  /** Waits until few enough lines are unwritten. @throws what the report failed with */
  async keepUp(): Promise<void> {
    if (this.#unwritten.length > MOST_UNWRITTEN) await this.#writing;
    if (this.#writeError !== undefined) throw this.#writeError.error;
  }

  /** Waits until all lines are written. @throws what the report failed with */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    if (this.#writeError !== undefined) throw this.#writeError.error;
  }

  #count(code: string): void {
    this.reasons.set(code, (this.reasons.get(code) ?? 0) + 1);
  }

  #write(outcome: ObjectOutcome): void {
    if (this.#report === undefined || this.#writeError !== undefined) return;
    this.#unwritten.push(outcome);
    this.#writing ??= this.#writeAll(this.#report);
  }

  /** Writes what there is, together, until nothing is left. */
  async #writeAll(report: ObjectReport): Promise<void> {
    await Promise.resolve();
    try {
      while (this.#unwritten.length > 0) await report.append(this.#unwritten.splice(0));
    } catch (error) {
      this.#writeError = { error };
      this.#listener.broken();
    }
    this.#writing = undefined;
  }
}

function tell(object: ManyObject, outcome: ObjectOutcome['outcome'], facts: OutcomeFacts): ObjectOutcome {
  const { bucket, key, versionId, toBucket, toKey, attempts, startedAt } = object;
  const { etag, lastModified } = facts.source ?? object;
  return {
    source: { bucket, key, versionId, etag, ...(etag === undefined && { lastModified }) },
    destination: toKey === '' ? undefined : { bucket: toBucket, key: toKey },
    outcome,
    etag: facts.etag,
    size: facts.size ?? object.size,
    code: facts.code,
    message: facts.message,
    attempts,
    elapsedMs: startedAt === 0 ? 0 : Math.round(performance.now() - startedAt),
    at: new Date(),
  };
}

function codeOf(error: unknown): string {
  if (isStoreError(error)) return error.vendorCode ?? String(error.statusCode ?? error.code);
  return isCopyError(error) ? error.code : 'ERR_COPY';
}
