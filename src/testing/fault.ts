import type { OperationName } from './operation-name.ts';
import type { RequestInfo } from './request-info.ts';

/** Every {@link FaultKind}. */
export const faultKinds = [
  'error',
  'errorBeforeWork',
  'errorAfterWork',
  'reset',
  'resetBeforeWork',
  'resetAfterWork',
  'stall',
  'stallAfterWork',
  'truncate',
  'errorIn200',
  'garbageIn200',
  'emptyIn200',
  'noEtagIn200',
  'wrongEtag',
  'slowDrip',
  'whitespace',
  'delay',
  'qosDelay',
  'skewedClock',
  'expiredToken',
  'redirect',
  'hugeBody',
  'xmlBomb',
  'deepXml',
  'loseUpload',
  'replaceSource',
  'nothingStored',
  'wrongBytes',
] as const;

/**
 * What can go wrong:
 *
 * - `error`: any `status` and `code`, and nothing is done; `errorAfterWork`: when everything is done; `errorBeforeWork`: at once, and
 *   everything is done all the same, `delayMs` later, as behind a gateway that doesn't wait for its store.
 * - `reset`, `resetAfterWork`, `resetBeforeWork`: so too, but the connection is cut without an answer.
 * - `stall`, `stallAfterWork`: no answer ever comes.
 * - `truncate`: the connection is cut in the middle of the answer's body, after the work.
 * - `errorIn200`: 200 with an `<Error>` document; `garbageIn200`: with a page of HTML; `emptyIn200`: with nothing.
 *   Nothing is done unless `afterWork` says so.
 * - `noEtagIn200`, `wrongEtag`: the work is done, its answer lacks the ETag or names another.
 * - `slowDrip`: the body comes byte by byte, over `delayMs`; `whitespace`: 200 and blanks for `delayMs`, then the result, or an
 *   `<Error>` where `code` is given.
 * - `delay`: the work takes `delayMs` longer; `qosDelay`: so too, and `x-obs-qos-delay-time` says it.
 * - `skewedClock`: the store's clock is `skewMs` off from now on.
 * - `expiredToken`: the credentials expire now; only those of `rotateCredentials()` are good then.
 * - `redirect`: 307 (or `status`) with `location`, `endpoint`, `region`.
 * - `hugeBody`: `bytes` of blanks; `xmlBomb`: entities that grow when expanded; `deepXml`: elements within elements.
 * - `loseUpload`: the upload is gone before the work begins.
 * - `replaceSource`: the source is overwritten by another object of the same size before the work begins.
 * - `nothingStored`: a write is answered as if it had worked, ETag included, and stores nothing: what stood at the key stays. The
 *   upload of a Complete is gone.
 * - `wrongBytes`: a write stores other bytes of the same size. Its ETag and checksums are those of the other bytes, and
 *   `provenance` names the written object itself as their origin.
 */
export type FaultKind = (typeof faultKinds)[number];

/** One thing that goes wrong with one request. */
export interface Fault {
  readonly kind: FaultKind;
  /** @default 500 for errors, 200 for bodies, 307 for `redirect` */
  readonly status?: number | undefined;
  /** Vendor code. @default 'InternalError' */
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  /** Sent as `Retry-After`. */
  readonly retryAfterSeconds?: number | undefined;
  /** @default 1000 */
  readonly delayMs?: number | undefined;
  /** Of `skewedClock`. @default one hour */
  readonly skewMs?: number | undefined;
  /** Do the work before answering with an odd body. @default false */
  readonly afterWork?: boolean | undefined;
  /** Sent after the document of `errorIn200`, e.g. a line end, at which some clients fail to see it. */
  readonly suffix?: string | undefined;
  /** Of `redirect`: the `Location` header. */
  readonly location?: string | undefined;
  /** Of `redirect`: the `Endpoint` element. */
  readonly endpoint?: string | undefined;
  /** Of `redirect`: the bucket's region. */
  readonly region?: string | undefined;
  /** Of `hugeBody`. @default 1 GiB */
  readonly bytes?: number | undefined;
  /** Of `replaceSource`, where the request doesn't name one. */
  readonly source?: { readonly bucket: string; readonly key: string } | undefined;
}

/** A fault, and when it strikes. Without any condition it strikes every request. */
export interface FaultRule extends Fault {
  readonly operation?: OperationName | readonly OperationName[] | undefined;
  readonly bucket?: string | undefined;
  readonly key?: string | undefined;
  readonly partNumber?: number | undefined;
  /** Only this attempt at the same thing; see `RequestInfo.attempt`. */
  readonly attempt?: number | undefined;
  /** Attempts at the same thing up to this one. */
  readonly maxAttempt?: number | undefined;
  /** Share of the requests, drawn by the store's seed. @default 1 */
  readonly probability?: number | undefined;
  /** Strike so many times at most. */
  readonly times?: number | undefined;
  /** Let so many matching requests pass first. @default 0 */
  readonly after?: number | undefined;
}

/** Decides about each request by itself. */
export type FaultHook = (request: RequestInfo) => Fault | undefined;
