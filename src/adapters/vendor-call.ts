import type { StoreError } from '../store/store-error.ts';
import { DeadlineQueue } from '../wire/deadline-queue.ts';
import { redactor } from '../wire/redact.ts';
import type { Draft } from '../wire/request-draft.ts';
import { defaultTimeoutMs } from '../wire/request-timeout.ts';
import { type RequestSubject, errorOfTransport } from '../wire/response-error.ts';
import { explainClosed, type Port } from '../wire/speaks-tls.ts';
import { toMissingTls, TransportError } from '../wire/transport-error.ts';

/** Runs calls of a vendor's client so that each ends when its signal fires or its time is up, whatever the client does then. */
export class VendorCalls {
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
    try {
      return await this.#deadlines.waitFor(start(controller.signal), performance.now() + timeoutMs, signal);
    } catch (error) {
      const isTimeout = error instanceof TransportError;
      const failure = isTimeout
        ? await unanswered(draft, `no complete answer came within ${timeoutMs} ms`, 'TimeoutError')
        : error;
      controller.abort(failure);
      throw failure;
    }
  }
}

/**
 * The error for a request that got no whole answer.
 *
 * @param port - where it went, if that may be a port for https
 */
export async function unanswered(
  subject: RequestSubject,
  message: string,
  code: string,
  secrets: readonly string[] = [],
  cause?: unknown,
  port?: Port,
): Promise<StoreError> {
  const redact = redactor(secrets);
  const error = toMissingTls(code, message) ?? new TransportError(redact(message), redact(code), true, cause);
  return errorOfTransport(subject, port === undefined ? error : await explainClosed(error, port), 'its endpoint');
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
