const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

type SignalName = keyof typeof SIGNALS;

/** The user, or the system, asked the command to end. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  readonly signalName: SignalName;
  /** As a shell reports a process that the signal ended. */
  readonly exitCode: number;

  constructor(signalName: SignalName) {
    super(`Interrupted by ${signalName}`);
    this.signalName = signalName;
    this.exitCode = SIGNALS[signalName];
  }
}

/** Listens for Ctrl-C and the like while a command runs. */
export interface Interruption {
  /** Fires with an {@link InterruptedError} at the first one. */
  readonly signal: AbortSignal;
  stop(): void;
}

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP into an abort, so that the command can clean up; a second one ends the process at once.
 *
 * @param onFirst - says what is going on
 * @param onSecond - says what is left behind
 */
export function listenForInterruption(onFirst: () => void, onSecond?: () => void): Interruption {
  const controller = new AbortController();
  const listeners = (Object.keys(SIGNALS) as SignalName[]).map((name) => {
    const listener = (): void => {
      const error = new InterruptedError(name);
      if (controller.signal.aborted) {
        onSecond?.();
        process.exit(error.exitCode);
      }
      onFirst();
      controller.abort(error);
    };
    process.on(name, listener);
    return { name, listener };
  });
  const stop = (): void => {
    for (const { name, listener } of listeners) process.off(name, listener);
  };
  return { signal: controller.signal, stop };
}
