import type { StoreError } from '../store/store-error.ts';
import { AbortWatch } from '../wire/abort-watch.ts';
import { DeadlineQueue } from '../wire/deadline-queue.ts';
import { redactor } from '../wire/redact.ts';
import type { Draft } from '../wire/request-draft.ts';
import { defaultTimeoutMs } from '../wire/request-timeout.ts';
import { type RequestSubject, errorOfTransport } from '../wire/response-error.ts';
import { TransportError } from '../wire/send-request.ts';

/**
 * Runs calls of a vendor's client so that each ends when its signal fires or its time is up, whatever the client does then. All
 * calls share one timer, and all calls on one signal one listener.
 */
export class VendorCalls {
  readonly #watch = new AbortWatch();
  readonly #deadlines = new DeadlineQueue();
  readonly #requestTimeoutMs: number | undefined;

  constructor(requestTimeoutMs: number | undefined) {
    this.#requestTimeoutMs = requestTimeoutMs;
  }

  /**
   * Starts a call and waits for it. The vendors' clients have either no time limit, or one that knows nothing of how large a part is.
   *
   * @param start - is given a signal that says when to cut the request
   * @throws the signal's own reason; StoreError when the time is up; what the call rejects with
   */
  async run<T>(draft: Draft, start: (abort: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = draft;
    signal?.throwIfAborted();
    const timeoutMs = draft.timeoutMs ?? this.#requestTimeoutMs ?? defaultTimeoutMs(draft);
    const controller = new AbortController();
    let end: (() => void) | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        const member = {
          deadlineMs: performance.now() + timeoutMs,
          deadlineSlot: -1,
          abortSlot: -1,
          // The client may wait for something without a socket: credentials, a turn.
          holdsProcess: true,
          // Rejected first: what the vendor's client makes of the abort must not win. And it may not notice at all.
          cancel(reason: unknown): void {
            reject(reason);
            controller.abort(reason);
          },
          expire(): void {
            member.cancel(unanswered(draft, `no complete answer came within ${timeoutMs} ms`, 'TimeoutError'));
          },
        };
        if (signal !== undefined) this.#watch.add(signal, member);
        this.#deadlines.add(member);
        end = () => {
          if (signal !== undefined) this.#watch.remove(signal, member);
          this.#deadlines.remove(member);
        };
        start(controller.signal).then(resolve, reject);
      });
    } finally {
      end?.();
    }
  }
}

/** The error for a request that got no whole answer. */
export function unanswered(
  subject: RequestSubject,
  message: string,
  code: string,
  secrets: readonly string[] = [],
  cause?: unknown,
): StoreError {
  const redact = redactor(secrets);
  return errorOfTransport(subject, new TransportError(redact(message), redact(code), true, cause), 'its endpoint');
}

/** What must not be repeated from the answer to a request that a vendor's client signed: its session token, and its signature. */
export function secretsOfRequest(header: (name: string) => unknown): readonly string[] {
  const authorization = header('authorization');
  const signature = typeof authorization === 'string' ? /[:=]([^\s,:=]+=*)$/.exec(authorization)?.[1] : undefined;
  return ['x-amz-security-token', 'x-obs-security-token', 'x-amz-s3session-token']
    .map(header)
    .concat(signature)
    .filter((secret) => typeof secret === 'string');
}
