import { tracingChannel } from 'node:diagnostics_channel';
import type { RequestOf, SourceLocation, StoreOperation } from './copy-store.ts';
import { isStoreError } from './store-error.ts';

/**
 * One request to a store, as subscribers of the tracing channel `copy-large-object:request` see it: first at `start`, and last at
 * `asyncEnd`, when everything about it is known. `docs/telemetry.md` has an example. It holds no key, token or signature.
 */
export interface RequestTrace {
  readonly operation: StoreOperation;
  /** The store's `name`. */
  readonly store: string;
  readonly bucket: string;
  readonly key: string | undefined;
  /** What a copy reads. */
  readonly source: SourceLocation | undefined;
  readonly uploadId: string | undefined;
  /** From 1; undefined unless the request copies a part. */
  readonly partNumber: number | undefined;
  /** Bytes that a copy is of, if they are known: of the part, or of the whole object. */
  readonly bytes: number | undefined;
  /** The attempt at this operation, from 1, as `retry` events count. */
  readonly attempt: number;
  /** Whether it is the second request for a part whose first one straggles. */
  readonly hedge: boolean;
  /** Milliseconds since 1970, with a fraction. */
  readonly startedAt: number;
  /** Milliseconds; undefined until the request has ended. */
  durationMs?: number;
  /** HTTP status of the answer; undefined if none came, or the store is one of yours. */
  status?: number | undefined;
  /** The store's own id of the request, if it gave one. It is a getter, which a spread of the message leaves out. */
  requestId?: string | undefined;
  /** What the operation of the port resolved with, if it did. */
  result?: unknown;
  /** What it rejected with: a `StoreError`, or a signal's reason. */
  error?: unknown;
}

/** Reads the id of a request only if somebody asks: that takes longer than all the rest of a trace. */
class LazyId {
  #read: (() => string | undefined) | undefined;
  #id: string | undefined;

  get requestId(): string | undefined {
    this.#id ??= this.#read?.();
    this.#read = undefined;
    return this.#id;
  }

  set requestId(id: string | undefined) {
    this.#id = id;
  }

  /** Not stripped from the declarations: `OpenTrace` there names it. */
  readIdBy(read: () => string | undefined): void {
    this.#read = read;
  }
}

export type OpenTrace = RequestTrace & Pick<LazyId, 'readIdBy'>;

const channel = tracingChannel<unknown, RequestTrace>('copy-large-object:request');

type AnyRequest = { readonly [Field in 'bucket' | 'key' | 'uploadId']?: string | undefined } & {
  readonly source?: SourceLocation | undefined;
  readonly [Field: string]: unknown;
};

/**
 * Sends a request, and tells subscribers of it. Without any, it costs one look.
 *
 * @param send - sends it; writes the answer's status and id to what it is given
 */
export function traceRequest<Result>(
  operation: StoreOperation,
  store: string,
  request: RequestOf<StoreOperation>,
  send: (trace: OpenTrace | undefined) => Promise<Result>,
): Promise<Result> {
  if (!channel.hasSubscribers) return send(undefined);
  const asked = request as unknown as AnyRequest;
  const trace = Object.assign(new LazyId(), {
    operation,
    store,
    bucket: request.bucket,
    key: asked.key,
    source: asked.source,
    uploadId: asked.uploadId,
    partNumber: operation === 'copyPart' ? (asked['partNumber'] as number) : undefined,
    bytes: bytesOf(asked),
    attempt: request.attempt ?? 1,
    hedge: request.hedge ?? false,
    startedAt: performance.timeOrigin + performance.now(),
  }) satisfies RequestTrace as OpenTrace;
  const sentAt = performance.now();
  const answered = async (): Promise<Result> => {
    try {
      return await send(trace);
    } catch (failure) {
      if (isStoreError(failure)) {
        trace.status ??= failure.statusCode;
        trace.requestId ??= failure.requestId;
      }
      throw failure;
    } finally {
      trace.durationMs = performance.now() - sentAt;
    }
  };
  return channel.tracePromise(answered, trace);
}

function bytesOf({ start, end, sourceSize }: AnyRequest): number | undefined {
  if (typeof start === 'number' && typeof end === 'number') return end - start + 1;
  return sourceSize as number | undefined;
}
