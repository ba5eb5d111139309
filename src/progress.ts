import type { CopyPhase, CopyProgress } from './events.ts';
import { ProgressRate } from './progress-rate.ts';

const EMIT_INTERVAL_MS = 100;
/** Phases after which no time is left. */
const ENDED_BADLY: ReadonlySet<CopyPhase> = new Set(['failed', 'cancelled']);

/** Keeps the figures of a running copy. `onProgress` gets the first and the last at once, and others ten times a second. */
export class CopyProgressTracker {
  readonly #onProgress: (progress: CopyProgress) => void;
  readonly #startedAt = performance.now();
  #rate: ProgressRate | undefined;
  #emittedAt = Number.NEGATIVE_INFINITY;
  #phase: CopyPhase = 'planning';
  #bytesCopied = 0;
  #bytesTotal = 0;
  #partsCopied = 0;
  #partsTotal = 0;
  #partsInFlight = 0;
  #concurrency: number;
  #retries = 0;
  #bytesKept = 0;

  constructor(concurrency: number, onProgress: (progress: CopyProgress) => void) {
    this.#concurrency = concurrency;
    this.#onProgress = onProgress;
  }

  /** Milliseconds since the copy began. */
  get elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** Bytes that an earlier run had copied. */
  get bytesKept(): number {
    return this.#bytesKept;
  }

  snapshot(): CopyProgress {
    const now = performance.now();
    const bytesPerSecond = this.#rate?.bytesPerSecond(now) ?? 0;
    const bytesLeft = this.#bytesTotal - this.#bytesCopied;
    const known = this.#phase === 'done' || (bytesPerSecond > 0 && !ENDED_BADLY.has(this.#phase));
    return {
      phase: this.#phase,
      bytesCopied: this.#bytesCopied,
      bytesTotal: this.#bytesTotal,
      partsCopied: this.#partsCopied,
      partsTotal: this.#partsTotal,
      partsInFlight: this.#partsInFlight,
      concurrency: this.#concurrency,
      retries: this.#retries,
      bytesPerSecond: Math.round(bytesPerSecond),
      etaMs: known ? (bytesLeft === 0 ? 0 : Math.round((bytesLeft / bytesPerSecond) * 1000)) : undefined,
      elapsedMs: Math.round(now - this.#startedAt),
    };
  }

  /** The plan is made: totals are known, nothing is copied yet. */
  planned(bytesTotal: number, partsTotal: number): void {
    this.#bytesTotal = bytesTotal;
    this.#partsTotal = partsTotal;
    this.#emit();
  }

  alreadyCopied(parts: number, bytes: number): void {
    this.#partsCopied += parts;
    this.#bytesCopied += bytes;
    this.#bytesKept += bytes;
    this.#rate = new ProgressRate(performance.now());
    if (parts > 0) this.#emit();
  }

  phase(phase: CopyPhase): void {
    this.#phase = phase;
    // Joining the parts can take minutes: this says that all of them are there.
    if (phase === 'completing') this.#emit();
    if (phase === 'copying') this.#rate ??= new ProgressRate(performance.now());
  }

  part(bytes: number): void {
    const now = performance.now();
    this.#partsCopied++;
    this.#bytesCopied += bytes;
    this.#rate?.add(bytes, now);
    this.#emitIfDue(now);
  }

  inFlight(parts: number, concurrency: number): void {
    this.#partsInFlight = parts;
    this.#concurrency = concurrency;
  }

  retried(): void {
    this.#retries++;
  }

  /** Everything is copied and verified; the last `progress` says so. */
  finished(): void {
    // A single copy has no parts that show its speed.
    if (this.#partsTotal === 0) this.#rate?.add(this.#bytesTotal - this.#bytesCopied, performance.now());
    this.#phase = 'done';
    this.#partsInFlight = 0;
    this.#partsCopied = this.#partsTotal;
    this.#bytesCopied = this.#bytesTotal;
    this.#emit();
  }

  /** The copy ended without a result. */
  ended(phase: 'failed' | 'cancelled'): void {
    this.#phase = phase;
    this.#partsInFlight = 0;
  }

  #emitIfDue(now: number): void {
    if (now - this.#emittedAt >= EMIT_INTERVAL_MS) this.#emit();
  }

  #emit(): void {
    this.#emittedAt = performance.now();
    this.#onProgress(this.snapshot());
  }
}
