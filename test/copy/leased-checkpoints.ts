import { CheckpointError, type CheckpointStore } from '../../src/index.ts';

/** How long a lock holds if it isn't renewed, in milliseconds. */
export const LEASE_MS = 30_000;

/** What one process sees of checkpoints that several share. */
export interface ProcessView extends CheckpointStore {
  /** The process stands still: it renews nothing. */
  stop(): void;
  /** It comes back, and knows nothing of the time between. */
  goOn(): void;
}

/** Checkpoints in memory that several processes share, whose locks are leases with a fence. Time is that of `setTimeout` and `Date`. */
export function leasedCheckpoints(texts = new Map<string, string>()) {
  const leases = new Map<string, { readonly fence: number; endsAt: number }>();
  let fences = 0;

  function openView(): ProcessView {
    const held = new Map<string, { readonly fence: number; readonly lose: () => void }>();
    let isStopped = false;
    const assertHeld = (id: string): void => {
      const mine = held.get(id);
      if (mine === undefined || leases.get(id)?.fence === mine.fence) return;
      mine.lose();
      throw new CheckpointError('refused: the lock is lost');
    };
    return {
      load: (id) => Promise.resolve(texts.get(id)),
      save: async (id, text) => {
        assertHeld(id);
        texts.set(id, text);
      },
      delete: async (id) => {
        assertHeld(id);
        texts.delete(id);
      },
      lock: async (id, onLost) => {
        const current = leases.get(id);
        if (current !== undefined && current.endsAt > Date.now()) throw new CheckpointError('in use');
        const lease = { fence: ++fences, endsAt: Date.now() + LEASE_MS };
        leases.set(id, lease);
        held.set(id, { fence: lease.fence, lose: () => onLost?.() });
        const renewing = setInterval(() => {
          if (isStopped) return;
          if (leases.get(id)?.fence === lease.fence) lease.endsAt = Date.now() + LEASE_MS;
          else onLost?.();
        }, LEASE_MS / 3);
        return async () => {
          clearInterval(renewing);
          held.delete(id);
          if (leases.get(id)?.fence === lease.fence) leases.delete(id);
        };
      },
      stop: () => void (isStopped = true),
      goOn: () => void (isStopped = false),
    };
  }

  return {
    texts,
    openView,
    isHeld: (id: string): boolean => leases.has(id),
    /** The lock of an id can be taken. */
    expire: (id: string): void => {
      const lease = leases.get(id);
      if (lease !== undefined) lease.endsAt = 0;
    },
  };
}
