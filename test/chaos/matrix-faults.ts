import type { Fault } from '../../src/testing/index.ts';

/** A fault of the matrix. */
export interface MatrixFault {
  readonly name: string;
  readonly fault: Fault;
}

/** Longer than what a slow answer takes, and than a busy machine makes of a quick one. */
export const REQUEST_TIMEOUT_MS = 500;

const TOO_LONG_MS = 3 * REQUEST_TIMEOUT_MS;
const SLOW_MS = 150;
const MiB = 1024 * 1024;

/** What goes wrong. */
export const matrixFaults: readonly MatrixFault[] = [
  { name: '500', fault: { kind: 'error' } },
  { name: '503 SlowDown', fault: { kind: 'error', status: 503, code: 'SlowDown' } },
  {
    name: '429 with Retry-After',
    fault: { kind: 'error', status: 429, code: 'TooManyRequests', retryAfterSeconds: 1 },
  },
  { name: '502', fault: { kind: 'error', status: 502, code: 'BadGateway' } },
  { name: '403', fault: { kind: 'error', status: 403, code: 'AccessDenied' } },
  { name: '404', fault: { kind: 'error', status: 404, code: 'NoSuchThing' } },
  { name: '412', fault: { kind: 'error', status: 412, code: 'PreconditionFailed' } },
  { name: '500 after the work', fault: { kind: 'errorAfterWork' } },
  { name: '503 after the work', fault: { kind: 'errorAfterWork', status: 503, code: 'SlowDown' } },
  { name: '504 after the work', fault: { kind: 'errorAfterWork', status: 504, code: 'GatewayTimeout' } },
  {
    name: '504, and the work later',
    fault: { kind: 'errorBeforeWork', status: 504, code: 'GatewayTimeout', delayMs: SLOW_MS },
  },
  { name: 'a reset, and the work later', fault: { kind: 'resetBeforeWork', delayMs: SLOW_MS } },
  { name: 'a reset before the work', fault: { kind: 'reset' } },
  { name: 'a reset after the work', fault: { kind: 'resetAfterWork' } },
  { name: 'no answer', fault: { kind: 'stall' } },
  { name: 'no answer after the work', fault: { kind: 'stallAfterWork' } },
  { name: 'work that takes too long', fault: { kind: 'delay', delayMs: TOO_LONG_MS } },
  { name: 'a body cut short', fault: { kind: 'truncate' } },
  { name: '200 and an error', fault: { kind: 'errorIn200' } },
  { name: '200 and SlowDown', fault: { kind: 'errorIn200', code: 'SlowDown', suffix: '\n' } },
  { name: '200 and an error after the work', fault: { kind: 'errorIn200', afterWork: true } },
  { name: '200 and garbage', fault: { kind: 'garbageIn200' } },
  { name: '200 and garbage after the work', fault: { kind: 'garbageIn200', afterWork: true } },
  { name: '200 and nothing', fault: { kind: 'emptyIn200' } },
  { name: '200 and nothing after the work', fault: { kind: 'emptyIn200', afterWork: true } },
  { name: '200 without an ETag', fault: { kind: 'noEtagIn200' } },
  { name: '200 with a wrong ETag', fault: { kind: 'wrongEtag' } },
  { name: 'a body that drips', fault: { kind: 'slowDrip', delayMs: SLOW_MS } },
  { name: 'a body that drips too long', fault: { kind: 'slowDrip', delayMs: TOO_LONG_MS } },
  { name: 'blanks, then the result', fault: { kind: 'whitespace', delayMs: SLOW_MS } },
  { name: 'blanks, then an error', fault: { kind: 'whitespace', delayMs: SLOW_MS, code: 'InternalError' } },
  { name: 'a slow store', fault: { kind: 'qosDelay', delayMs: SLOW_MS } },
  { name: 'a clock an hour ahead', fault: { kind: 'skewedClock', skewMs: 3_600_000 } },
  { name: 'a clock an hour behind', fault: { kind: 'skewedClock', skewMs: -3_600_000 } },
  { name: 'an expired token', fault: { kind: 'expiredToken' } },
  { name: 'a redirect', fault: { kind: 'redirect', location: 'http://192.0.2.1/', endpoint: '192.0.2.1' } },
  { name: 'a huge body', fault: { kind: 'hugeBody', bytes: 16 * MiB } },
  { name: 'an XML bomb', fault: { kind: 'xmlBomb' } },
  { name: 'a deep document', fault: { kind: 'deepXml', afterWork: true } },
  { name: '200 and nothing stored', fault: { kind: 'nothingStored' } },
  { name: 'a lost upload', fault: { kind: 'loseUpload' } },
  {
    name: 'a replaced source',
    fault: { kind: 'replaceSource', source: { bucket: 'source', key: 'films/a film.mxf' } },
  },
];
