import { RequestCancellation } from '../store/request-cancellation.ts';
import { SlotList } from './slot-list.ts';

/** What can cancel a request: a signal, or the cheaper thing that a copy's parts have. */
export type CancelSource = AbortSignal | RequestCancellation;

/** Something that a signal cancels. */
export interface Cancellable {
  /** Where it is in the list of the signal; kept by the watch, absent or -1 outside of it. */
  abortSlot?: number;
  cancel(reason: unknown): void;
}

/** All that hangs on one signal, and its listener there. */
interface SignalGroup {
  readonly members: SlotList<Cancellable>;
  readonly onAbort: () => void;
}

function watchSignal(signal: AbortSignal): SignalGroup {
  const members = new SlotList<Cancellable>();
  const onAbort = (): void => {
    for (const member of members.values()) member.cancel(signal.reason);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  return { members, onAbort };
}

/**
 * Lets many requests share one listener on a signal: a copy of 10,000 parts adds a listener as often as it runs dry, not once a
 * part. The listener is gone as soon as no request hangs on the signal.
 */
export class AbortWatch {
  readonly #groups = new Map<AbortSignal, SignalGroup>();

  /** Calls `member.cancel(reason)` when the signal fires, unless it is removed before. */
  add(signal: CancelSource, member: Cancellable): void {
    if (signal instanceof RequestCancellation) {
      signal.listen(member);
      return;
    }
    let group = this.#groups.get(signal);
    if (group === undefined) {
      group = watchSignal(signal);
      this.#groups.set(signal, group);
    }
    member.abortSlot = group.members.add(member);
  }

  /** Forgets the member, if it is there. */
  remove(signal: CancelSource, member: Cancellable): void {
    if (signal instanceof RequestCancellation) {
      signal.leave(member);
      return;
    }
    const group = this.#groups.get(signal);
    if (group === undefined || member.abortSlot === undefined || member.abortSlot === -1) return;
    group.members.remove(member.abortSlot);
    member.abortSlot = -1;
    if (group.members.size > 0) return;
    signal.removeEventListener('abort', group.onAbort);
    this.#groups.delete(signal);
  }
}
