/**
 * Waits for a checkpoint store's answer, but no longer than until the copy is cancelled; then it rejects with the signal's reason.
 * What was asked for may still be done.
 *
 * @param graceMs how long to go on waiting after the signal
 */
export function untilCancelled<T>(answer: Promise<T>, signal: AbortSignal, graceMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const cancel = (): void => {
      timer = setTimeout(() => reject(signal.reason), graceMs);
    };
    const stop = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
    };
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
    answer.then(resolve, reject).finally(stop);
  });
}

/** Waits for a checkpoint store's answer for so long, and then rejects. */
export function withinTime<T>(answer: Promise<T>, limitMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`its store has not answered for ${limitMs / 1000} s`));
    }, limitMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
