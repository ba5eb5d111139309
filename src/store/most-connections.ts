import type { CopyStore } from './copy-store.ts';

/** By the traits of a store, as the store itself may be wrapped. */
const seen = new WeakMap<object, number>();

export function noteMostConnections({ traits }: Pick<CopyStore, 'traits'>, most: number | undefined): void {
  if (traits !== undefined && most !== undefined) seen.set(traits, most);
}

/** Makes what warns, once, if more requests are in flight than the store's client opens connections. */
export function watchConnections(
  { name, traits }: Pick<CopyStore, 'name' | 'traits'>,
  warn: (code: 'CONNECTIONS_LIMITED', message: string) => void,
): (inFlight: number) => void {
  let hasWarned = false;
  return (inFlight) => {
    const most = hasWarned || traits === undefined ? undefined : seen.get(traits);
    if (most === undefined || inFlight <= most) return;
    hasWarned = true;
    warn(
      'CONNECTIONS_LIMITED',
      `The client of store '${name}' opens at most ${most} connections, so that requests in flight beyond these wait for one: ` +
        `give it more (maxSockets, see docs/clients.md), or set concurrency to ${most}`,
    );
  };
}
