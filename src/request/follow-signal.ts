/** Who follows which signal. A signal has one listener of ours however many follow it: Node takes more than ten for a leak. */
const followed = new WeakMap<AbortSignal, { readonly followers: Set<AbortController>; readonly relay: () => void }>();

/**
 * Has a controller abort when a signal fires, for the same reason. Unlike `AbortSignal.any` it can be ended, so that nothing is left
 * on a signal that lives as long as its process.
 *
 * @returns what ends it
 */
export function followSignal(signal: AbortSignal, controller: AbortController): () => void {
  if (signal.aborted) {
    controller.abort(signal.reason);
    return () => undefined;
  }
  const { followers, relay } = followed.get(signal) ?? startRelay(signal);
  followers.add(controller);
  return () => {
    followers.delete(controller);
    if (followers.size > 0) return;
    followed.delete(signal);
    signal.removeEventListener('abort', relay);
  };
}

function startRelay(signal: AbortSignal): { readonly followers: Set<AbortController>; readonly relay: () => void } {
  const followers = new Set<AbortController>();
  const relay = (): void => {
    for (const controller of followers) controller.abort(signal.reason);
  };
  signal.addEventListener('abort', relay, { once: true });
  followed.set(signal, { followers, relay });
  return { followers, relay };
}
