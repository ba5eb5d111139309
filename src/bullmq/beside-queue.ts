import type { OnEngine } from './queue.ts';

/** Has something be opened once for each queue or worker. */
export function oncePerQueue<T>(open: (queue: OnEngine) => Promise<T>): (queue: OnEngine) => Promise<T> {
  const known = new WeakMap<OnEngine, Promise<T>>();
  return (queue) => {
    let opened = known.get(queue);
    if (opened === undefined) {
      opened = open(queue);
      known.set(queue, opened);
      // Tried again next time.
      opened.catch(() => known.delete(queue));
    }
    return opened;
  };
}
