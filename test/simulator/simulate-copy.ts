import type { ConcurrencyController } from '../../src/engine/pace/concurrency-controller.ts';
import type { StragglerDetector } from '../../src/engine/pace/straggler-detector.ts';
import { createRandom } from './random.ts';
import type { Outcome, StoreModel, Surroundings } from './store-models.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A copy to be simulated. */
export interface SimulatedCopy {
  readonly store: (surroundings: Surroundings) => StoreModel;
  readonly parts: number;
  /** A fixed number: a plain pool that never changes. */
  readonly concurrency: ConcurrencyController | number;
  /** Sends duplicates of parts that straggle. */
  readonly stragglers?: Pick<StragglerDetector, 'observe' | 'thresholdMs' | 'hedgesAllowed'>;
  readonly seed?: number;
  readonly partBytes?: number;
  /** Called whenever the number of parts in flight changes. */
  readonly onInFlight?: (now: number, inFlight: number, limit: number) => void;
}

/** What it cost. */
export interface SimulatedResult {
  readonly isFinished: boolean;
  readonly wallMs: number;
  /** Requests that were sent. */
  readonly requests: number;
  readonly rejected: number;
  /** Rejected requests as a share of the parts. */
  readonly wasted: number;
  readonly cuts: number;
  readonly hedges: number;
  readonly peakInFlight: number;
  readonly averageInFlight: number;
  /** Most attempts that any part needed. */
  readonly mostAttempts: number;
}

interface Part {
  attempts: number;
  isCopied: boolean;
  inFlight: Set<{ readonly startedAt: number; hedged: boolean }>;
}

const DEADLINE_MS = 3_600_000;
const SCAN_MS = 20;

/** Runs a copy against a model of a store: a pool that takes the next part as soon as there is room, and retries with full jitter. */
export function simulateCopy(copy: SimulatedCopy): SimulatedResult {
  return new Simulation(copy).run();
}

class Simulation {
  readonly #copy: SimulatedCopy;
  readonly #clock = new VirtualClock();
  readonly #random: () => number;
  readonly #store: StoreModel;
  readonly #controller: ConcurrencyController | undefined;
  readonly #ready: Part[] = [];
  #next = 0;
  #waiting = 0;
  #copied = 0;
  #inFlight = 0;
  #isHolding = false;
  #requests = 0;
  #rejected = 0;
  #cuts = 0;
  #hedges = 0;
  #lastThrottleAt = -Infinity;
  #peakInFlight = 0;
  #peakLimit = 0;
  #busyMs = 0;
  #busySince = 0;
  #mostAttempts = 0;
  readonly #racing = new Set<Part>();

  constructor(copy: SimulatedCopy) {
    this.#copy = copy;
    this.#random = createRandom(copy.seed ?? 1);
    this.#store = copy.store({ clock: this.#clock, random: createRandom((copy.seed ?? 1) + 1) });
    this.#controller = typeof copy.concurrency === 'number' ? undefined : copy.concurrency;
  }

  run(): SimulatedResult {
    const { parts, stragglers } = this.#copy;
    this.#pump();
    if (stragglers !== undefined) this.#clock.at(SCAN_MS, () => this.#scan(stragglers));
    const isFinished = this.#clock.run(() => this.#copied === parts, DEADLINE_MS);
    this.#countBusy();
    const wallMs = this.#clock.now;
    return {
      isFinished,
      wallMs,
      requests: this.#requests,
      rejected: this.#rejected,
      wasted: this.#rejected / parts,
      cuts: this.#cuts,
      hedges: this.#hedges,
      peakInFlight: this.#peakInFlight,
      averageInFlight: this.#busyMs / wallMs,
      mostAttempts: this.#mostAttempts,
    };
  }

  get #limit(): number {
    return this.#controller?.limit ?? (this.#copy.concurrency as number);
  }

  #pump(): void {
    this.#peakLimit = Math.max(this.#peakLimit, this.#limit);
    while (this.#inFlight < this.#limit) {
      const holdUntil = this.#controller?.holdUntil ?? 0;
      if (holdUntil > this.#clock.now) {
        this.#pumpAt(holdUntil);
        return;
      }
      const part = this.#ready.shift() ?? this.#takeNext();
      if (part === undefined) return;
      part.attempts++;
      this.#mostAttempts = Math.max(this.#mostAttempts, part.attempts);
      this.#send(part);
    }
  }

  #takeNext(): Part | undefined {
    // Parts that wait for their next attempt hold no place, but don't pile up without bounds either.
    if (this.#next >= this.#copy.parts || this.#waiting + this.#inFlight >= 2 * this.#peakLimit) return undefined;
    this.#next++;
    return { attempts: 0, isCopied: false, inFlight: new Set() };
  }

  #pumpAt(time: number): void {
    if (this.#isHolding) return;
    this.#isHolding = true;
    this.#clock.at(Math.ceil(time), () => {
      this.#isHolding = false;
      this.#pump();
    });
  }

  #countBusy(): void {
    this.#busyMs += (this.#clock.now - this.#busySince) * this.#inFlight;
    this.#busySince = this.#clock.now;
  }

  #changeInFlight(by: number): void {
    this.#countBusy();
    this.#inFlight += by;
    this.#peakInFlight = Math.max(this.#peakInFlight, this.#inFlight);
    this.#copy.onInFlight?.(this.#clock.now, this.#inFlight, this.#limit);
  }

  #send(part: Part): void {
    const request = { startedAt: this.#clock.now, hedged: part.inFlight.size > 0 };
    part.inFlight.add(request);
    this.#racing.add(part);
    this.#requests++;
    this.#changeInFlight(1);
    this.#store(this.#copy.partBytes ?? 1, (outcome) => {
      if (!part.inFlight.delete(request)) return; // cancelled: another one was first
      this.#changeInFlight(-1);
      this.#settle(part, request.startedAt, outcome);
      this.#pump();
    });
  }

  #settle(part: Part, startedAt: number, outcome: Outcome): void {
    const now = this.#clock.now;
    if (outcome.kind === 'copied') {
      this.#copied++;
      part.isCopied = true;
      this.#racing.delete(part);
      if (part.inFlight.size > 0) this.#changeInFlight(-part.inFlight.size);
      part.inFlight.clear();
      const bytes = this.#copy.partBytes ?? 1;
      this.#copy.stragglers?.observe({ elapsedMs: now - startedAt, bytes });
      const { qosDelayMs } = outcome;
      this.#controller?.onSuccess({ now, startedAt, bytes, inFlight: this.#inFlight, qosDelayMs });
      return;
    }
    if (outcome.kind === 'throttled') {
      this.#rejected++;
      this.#lastThrottleAt = now;
      const { retryAfterMs } = outcome;
      if (this.#controller?.onThrottle({ now, startedAt, inFlight: this.#inFlight, retryAfterMs }) === true)
        this.#cuts++;
    } else {
      this.#controller?.onFailure({ now, startedAt, inFlight: this.#inFlight });
    }
    if (part.inFlight.size > 0) return;
    this.#racing.delete(part);
    const delayMs = this.#random() * Math.min(20_000, 100 * 2 ** (part.attempts - 1));
    this.#waiting++;
    this.#clock.at(now + delayMs, () => {
      this.#waiting--;
      this.#ready.push(part);
      this.#pump();
    });
  }

  /** Looks for stragglers, as often as the executor does. */
  #scan(stragglers: NonNullable<SimulatedCopy['stragglers']>): void {
    const { now } = this.#clock;
    const thresholdMs = stragglers.thresholdMs(this.#copy.partBytes ?? 1) ?? Infinity;
    for (const part of this.#racing) {
      const [request] = part.inFlight;
      if (request === undefined || part.inFlight.size > 1 || now - request.startedAt <= thresholdMs) continue;
      if (now - this.#lastThrottleAt < 1000 || !stragglers.hedgesAllowed(this.#hedges)) break;
      this.#hedges++;
      this.#send(part);
    }
    this.#clock.at(now + SCAN_MS, () => this.#scan(stragglers));
  }
}
