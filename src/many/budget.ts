import type { Pace } from '../engine/pace/concurrency-controller.ts';
import type { PartsControl } from '../engine/parts/copy-parts.ts';

/** What a copy in parts holds of the budget. */
export interface Share {
  /** What the engine's parts are steered by. */
  readonly control: PartsControl;
  /** Requests for parts that it has in flight now. */
  inFlight: number;
  /** Gives everything back. */
  leave(): void;
}

/**
 * The requests of a run: small objects and parts of large ones hold places of one budget, whose size one controller decides. A large
 * copy holds one place at least, as it sends other requests than those for parts.
 */
export class RequestBudget {
  readonly controller: Pace;
  readonly #shares = new Set<Share>();
  #small = 0;
  #paused = false;
  #holdTimer: NodeJS.Timeout | undefined;
  readonly #onRoom: () => void;

  /** @param onRoom - called when there may be room again */
  constructor(controller: Pace, onRoom: () => void) {
    this.controller = controller;
    this.#onRoom = onRoom;
  }

  /** Requests in flight, one at least for each copy that isn't a small one. */
  get inFlight(): number {
    let inFlight = this.#small;
    for (const share of this.#shares) inFlight += Math.max(1, share.inFlight);
    return inFlight;
  }

  hasRoom(): boolean {
    if (this.#paused || this.inFlight >= this.controller.limit) return false;
    const { holdUntil } = this.controller;
    const holdMs = holdUntil === 0 ? 0 : holdUntil - performance.now();
    if (holdMs <= 0) return true;
    this.#holdTimer ??= setTimeout(() => {
      this.#holdTimer = undefined;
      this.#onRoom();
    }, Math.ceil(holdMs));
    return false;
  }

  enter(): void {
    this.#small++;
  }

  leave(): void {
    this.#small--;
    if (this.#shares.size > 0) this.#nudge();
  }

  /** A share has fewer requests in flight than before. */
  changed(): void {
    if (this.#shares.size > 1) this.#nudge();
    this.#onRoom();
  }

  /** Takes a share for a copy that the engine makes. */
  share(): Share {
    const { controller } = this;
    const others = (): number => this.inFlight - Math.max(1, share.inFlight);
    const view: Pace = {
      get limit() {
        return Math.max(1, controller.limit - others());
      },
      get holdUntil() {
        return controller.holdUntil;
      },
      fix: () => undefined,
      onSuccess: (outcome) => controller.onSuccess({ ...outcome, inFlight: this.inFlight }),
      onThrottle: (outcome) => controller.onThrottle({ ...outcome, inFlight: this.inFlight }),
      onFailure: (outcome) => controller.onFailure({ ...outcome, inFlight: this.inFlight }),
    };
    const share: Share = {
      control: { controller: view, executor: undefined, paused: this.#paused },
      inFlight: 0,
      leave: () => {
        this.#shares.delete(share);
        this.#nudge();
        this.#onRoom();
      },
    };
    this.#shares.add(share);
    return share;
  }

  pause(): void {
    this.#paused = true;
    for (const { control } of this.#shares) {
      control.paused = true;
      control.executor?.pause();
    }
  }

  resume(): void {
    this.#paused = false;
    for (const { control } of this.#shares) {
      control.paused = false;
      control.executor?.resume();
    }
    this.#onRoom();
  }

  setLimit(limit: number): void {
    this.controller.fix(limit);
    this.#nudge();
    this.#onRoom();
  }

  close(): void {
    clearTimeout(this.#holdTimer);
  }

  /** Parts come before small objects, so that a run doesn't end with one large object alone. */
  #nudge(): void {
    for (const { control } of this.#shares) control.executor?.applyLimit();
  }
}
