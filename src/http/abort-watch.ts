/** Something that a signal cancels. */
export interface Cancellable {
  cancel(reason: unknown): void;
}

/** All that hangs on one signal. */
class SignalGroup {
  readonly members = new Set<Cancellable>();
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => {
    const members = [...this.members];
    this.members.clear();
    for (const member of members) member.cancel(this.#signal.reason);
  };

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  stop(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}

/**
 * Lets many requests share one listener on a signal: a copy of 10,000 parts adds a listener as often as it runs dry, not once a
 * part. The listener is gone as soon as no request hangs on the signal.
 */
export class AbortWatch {
  readonly #groups = new Map<AbortSignal, SignalGroup>();

  add(signal: AbortSignal, member: Cancellable): void {
    let group = this.#groups.get(signal);
    if (group === undefined) {
      group = new SignalGroup(signal);
      this.#groups.set(signal, group);
    }
    group.members.add(member);
  }

  remove(signal: AbortSignal, member: Cancellable): void {
    const group = this.#groups.get(signal);
    if (group === undefined) return;
    group.members.delete(member);
    if (group.members.size > 0) return;
    group.stop();
    this.#groups.delete(signal);
  }
}
