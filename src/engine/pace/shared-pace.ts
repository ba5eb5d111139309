import type { ConcurrencyRange, NormalizedCopyOptions } from '../../options/normalize-copy-options.ts';
import type { CopyStore } from '../../store/copy-store.ts';
import { ConcurrencyController, type Pace } from './concurrency-controller.ts';

interface Member {
  readonly inFlight: () => number;
  /** Whether it had as much in flight as it might when it last asked. */
  isFull: boolean;
}

/** What was learnt of a store that nobody has used for so long tells nothing of it. */
const FORGOTTEN_AFTER_MS = 60_000;

/** What one controller learns of a store, for runs beside each other and one after another: none of them begins to learn anew. */
export class SharedPace {
  readonly #options: ConcurrencyRange;
  readonly #members = new Set<Member>();
  #controller: ConcurrencyController;
  #leftAt = 0;

  constructor(options: ConcurrencyRange) {
    this.#options = options;
    this.#controller = new ConcurrencyController(options);
  }

  /**
   * Lets a run take part. All have as much in flight together as the store bears: one may have what others leave, but no more than an
   * equal part while another one waits for its own.
   */
  join(inFlight: () => number): { readonly pace: Pace; readonly leave: () => void } {
    const members = this.#members;
    if (members.size === 0 && performance.now() - this.#leftAt > FORGOTTEN_AFTER_MS) {
      this.#controller = new ConcurrencyController(this.#options);
    }
    const controller = this.#controller;
    const all = (): number => this.#inFlight();
    const me: Member = { inFlight, isFull: false };
    members.add(me);
    const pace: Pace = {
      get limit() {
        const own = inFlight();
        const fair = Math.floor(controller.limit / members.size);
        const room = controller.limit - (all() - own);
        const isAwaited = [...members].some((other) => other !== me && other.isFull && other.inFlight() < fair);
        const limit = Math.max(1, isAwaited ? Math.min(room, fair) : room);
        me.isFull = own >= limit;
        return limit;
      },
      get holdUntil() {
        return controller.holdUntil;
      },
      fix: () => undefined,
      onSuccess: (outcome) => controller.onSuccess({ ...outcome, inFlight: all() }),
      onThrottle: (outcome) => controller.onThrottle({ ...outcome, inFlight: all() }),
      onFailure: (outcome) => controller.onFailure({ ...outcome, inFlight: all() }),
    };
    const leave = (): void => {
      members.delete(me);
      this.#leftAt = performance.now();
    };
    return { pace, leave };
  }

  #inFlight(): number {
    let sum = 0;
    for (const { inFlight } of this.#members) sum += inFlight();
    return sum;
  }
}

/** By the bounds that were asked for. */
const pacesOf = new WeakMap<CopyStore, Map<string, SharedPace>>();

/** The pace of a store for all runs of this process that share it. @returns undefined for a fixed concurrency, which is each run's own */
export function sharedPaceOf({
  store,
  concurrency,
}: Pick<NormalizedCopyOptions, 'store' | 'concurrency'>): SharedPace | undefined {
  if (!concurrency.adaptive) return undefined;
  const paces = pacesOf.get(store) ?? new Map<string, SharedPace>();
  pacesOf.set(store, paces);
  const bounds = JSON.stringify(concurrency);
  const pace = paces.get(bounds) ?? new SharedPace(concurrency);
  paces.set(bounds, pace);
  return pace;
}
