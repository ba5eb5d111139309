/** A callback as the vendor's client takes it: `err` is null if there is a result, also one with an HTTP error. */
export type ObsCallback<Result> = (err: Error | null, result: Result | null) => void;

/** Gives a promise, or calls back if there is a callback. */
export function settle<Result>(
  run: () => Promise<Result>,
  callback: ObsCallback<Result> | undefined,
): Promise<Result> | undefined {
  const promise = run();
  if (callback === undefined) return promise;
  promise.then(
    // Outside of the promise: what the callback throws is the caller's, and must not become an unhandled rejection.
    (result) => process.nextTick(callback, null, result),
    (error: unknown) => process.nextTick(callback, error instanceof Error ? error : new Error(String(error)), null),
  );
  return undefined;
}
