import type { CopyPhase, CopyProgress } from './events.ts';
import { ProgressRate } from './progress-rate.ts';

const EMIT_INTERVAL_MS = 100;
/** Phases after which no time is left. */
const ENDED_BADLY: ReadonlySet<CopyPhase> = new Set(['failed', 'cancelled']);

/** What a snapshot says that isn't computed for it. */
type Told = {
  -readonly [Name in Exclude<keyof CopyProgress, 'bytesPerSecond' | 'etaMs' | 'elapsedMs'>]: CopyProgress[Name];
};

/** Keeps the figures of a running copy. `onProgress` gets the first and the last at once, and others ten times a second. */
export class CopyProgressTracker {
  readonly #onProgress: (progress: CopyProgress) => void;
  readonly #startedAt = performance.now();
  readonly #told: Told;
  #rate: ProgressRate | undefined;
  #emittedAt = Number.NEGATIVE_INFINITY;
  #bytesKept = 0;

  constructor(concurrency: number, onProgress: (progress: CopyProgress) => void) {
    const nothing = { bytesCopied: 0, bytesTotal: 0, partsCopied: 0, partsTotal: 0, partsInFlight: 0, retries: 0 };
    this.#told = { phase: 'planning', ...nothing, concurrency };
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
    const { phase, bytesCopied, bytesTotal } = this.#told;
    const bytesLeft = bytesTotal - bytesCopied;
    const known = phase === 'done' || (bytesPerSecond > 0 && !ENDED_BADLY.has(phase));
    return {
      ...this.#told,
      bytesPerSecond: Math.round(bytesPerSecond),
      etaMs: known ? (bytesLeft === 0 ? 0 : Math.round((bytesLeft / bytesPerSecond) * 1000)) : undefined,
      elapsedMs: Math.round(now - this.#startedAt),
    };
  }

  /** The plan is made: totals are known, nothing is copied yet. */
  planned(bytesTotal: number, partsTotal: number): void {
    this.#told.bytesTotal = bytesTotal;
    this.#told.partsTotal = partsTotal;
    this.#emit();
  }

  alreadyCopied(parts: number, bytes: number): void {
    this.#told.partsCopied += parts;
    this.#told.bytesCopied += bytes;
    this.#bytesKept += bytes;
    this.#rate = new ProgressRate(performance.now());
    if (parts > 0) this.#emit();
  }

  phase(phase: CopyPhase): void {
    this.#told.phase = phase;
    // Joining the parts can take minutes: this says that all of them are there.
    if (phase === 'completing') this.#emit();
    if (phase === 'copying') this.#rate ??= new ProgressRate(performance.now());
  }

  part(bytes: number): void {
    const now = performance.now();
    this.#told.partsCopied++;
    this.#told.bytesCopied += bytes;
    this.#rate?.add(bytes, now);
    this.#emitIfDue(now);
  }

  inFlight(parts: number, concurrency: number): void {
    this.#told.partsInFlight = parts;
    this.#told.concurrency = concurrency;
  }

  retried(): void {
    this.#told.retries++;
  }

  /** Everything is copied and verified; the last `progress` says so. */
  finished(): void {
    // A single copy has no parts that show its speed.
    if (this.#told.partsTotal === 0) this.#rate?.add(this.#told.bytesTotal - this.#told.bytesCopied, performance.now());
    this.#told.phase = 'done';
    this.#told.partsInFlight = 0;
    this.#told.partsCopied = this.#told.partsTotal;
    this.#told.bytesCopied = this.#told.bytesTotal;
    this.#emit();
  }

  /** The copy ended without a result. */
  ended(phase: 'failed' | 'cancelled'): void {
    this.#told.phase = phase;
    this.#told.partsInFlight = 0;
  }

  #emitIfDue(now: number): void {
    if (now - this.#emittedAt >= EMIT_INTERVAL_MS) this.#emit();
  }

  #emit(): void {
    this.#emittedAt = performance.now();
    this.#onProgress(this.snapshot());
  }
}
