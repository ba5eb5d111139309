import type { RetryOptions } from '../../src/index.ts';
import type {
  Fault,
  FaultRule,
  LatencyOption,
  OperationName,
  PersonalityName,
  ThrottleOptions,
} from '../../src/testing/index.ts';
import { createRandom } from '../simulator/random.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

export const REQUEST_TIMEOUT_MS = 400;

/** When a copy is cancelled: at the n-th event of a kind, or after a time. */
export type Cancellation =
  | { readonly event: 'plan' | 'upload' | 'part' | 'retry' | 'progress'; readonly count: number }
  | { readonly afterMs: number };

/** Everything that is random about one run. */
export interface RandomPlan {
  readonly vendor: 'obs' | 's3';
  readonly signature: 'obs' | 'v2' | 'v4';
  readonly personality: PersonalityName;
  readonly size: number;
  readonly sourcePartSize: number | undefined;
  readonly partSize: number | 'auto' | 'source';
  readonly multipartThreshold: number | undefined;
  readonly concurrency: number | 'auto';
  readonly hedge: boolean;
  readonly ifExists: 'overwrite' | 'fail';
  readonly olderObject: boolean;
  readonly versioning: 'off' | 'enabled';
  readonly latePartsLand: boolean;
  readonly encrypted: boolean;
  readonly retry: RetryOptions;
  readonly faults: readonly FaultRule[];
  readonly latency: LatencyOption | undefined;
  readonly throttle: ThrottleOptions | undefined;
  readonly cancellation: Cancellation | undefined;
  /** Runs before the last one are ended by cancelling, and leave a checkpoint to go on from. */
  readonly checkpoint: boolean;
}

const anyOperation: readonly OperationName[] = [
  'headObject',
  'getObjectTagging',
  'putObjectTagging',
  'createMultipartUpload',
  'copyPart',
  'copyPart',
  'copyPart',
  'listParts',
  'completeMultipartUpload',
  'completeMultipartUpload',
  'abortMultipartUpload',
  'listMultipartUploads',
  'copyObject',
];

const anyFault: readonly ((random: () => number) => Fault)[] = [
  () => ({ kind: 'error' }),
  () => ({ kind: 'error', status: 503, code: 'SlowDown' }),
  () => ({ kind: 'error', status: 502, code: 'BadGateway' }),
  () => ({ kind: 'error', status: 403, code: 'AccessDenied' }),
  () => ({ kind: 'error', status: 404, code: 'NoSuchThing' }),
  () => ({ kind: 'errorAfterWork' }),
  () => ({ kind: 'errorAfterWork', status: 503, code: 'SlowDown' }),
  () => ({ kind: 'errorAfterWork', status: 504, code: 'GatewayTimeout' }),
  () => ({ kind: 'reset' }),
  () => ({ kind: 'resetAfterWork' }),
  () => ({ kind: 'stall' }),
  () => ({ kind: 'stallAfterWork' }),
  () => ({ kind: 'truncate' }),
  (random) => ({ kind: 'errorIn200', afterWork: random() < 0.5 }),
  (random) => ({ kind: 'garbageIn200', afterWork: random() < 0.5 }),
  (random) => ({ kind: 'emptyIn200', afterWork: random() < 0.5 }),
  () => ({ kind: 'noEtagIn200' }),
  () => ({ kind: 'wrongEtag' }),
  (random) => ({ kind: 'slowDrip', delayMs: Math.round(random() * 2 * REQUEST_TIMEOUT_MS) }),
  () => ({ kind: 'whitespace', delayMs: 60 }),
  () => ({ kind: 'whitespace', delayMs: 60, code: 'InternalError' }),
  (random) => ({ kind: 'delay', delayMs: Math.round(random() * 2 * REQUEST_TIMEOUT_MS) }),
  (random) => ({ kind: 'qosDelay', delayMs: Math.round(random() * 100) }),
  (random) => ({ kind: 'skewedClock', skewMs: Math.round((random() - 0.5) * 7_200_000) }),
  () => ({ kind: 'expiredToken' }),
  () => ({ kind: 'loseUpload' }),
  () => ({ kind: 'replaceSource', source: { bucket: 'source', key: 'films/a film.mxf' } }),
];

const s3Personalities: readonly PersonalityName[] = ['aws', 'ceph-rgw', 'swift', 'cloudserver', 'moto', 'minio'];

/** Draws a run: the same seed and number give the same one. */
export function drawPlan(seed: number, run: number): RandomPlan {
  const random = createRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(run, 0x85ebca6b));
  const chance = (probability: number): boolean => random() < probability;
  const oneOf = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));

  const vendor = chance(0.5) ? 'obs' : 's3';
  const signature = vendor === 'obs' ? oneOf(['obs', 'obs', 'v2', 'v4'] as const) : oneOf(['v4', 'v4', 'v2'] as const);
  const personality = vendor === 'obs' ? 'obs' : oneOf(s3Personalities);
  const minPartSize = personality === 'obs' ? 100 * KiB : 5 * MiB;
  const parts = chance(0.1) ? between(30, 120) : between(1, 12);
  const partSize = minPartSize + between(0, minPartSize);
  // Real digests of real bytes are for small objects only: beyond 64 MiB the store makes them up.
  const size = drawSize();
  const isMultipart = chance(0.85);
  const sourcePartSize =
    size > minPartSize && chance(0.3) ? Math.max(minPartSize, Math.ceil(size / between(1, 9))) : undefined;

  function drawSize(): number {
    if (chance(0.05)) return between(0, 1);
    const drawn = partSize * parts - (chance(0.3) ? 0 : between(0, partSize - 1));
    return minPartSize < MiB || drawn > 64 * MiB ? drawn : drawn + 64 * MiB;
  }

  const checkpoint = isMultipart && chance(0.2);
  return {
    vendor,
    signature,
    personality,
    size,
    sourcePartSize,
    partSize: chance(0.1) ? 'auto' : partSize,
    multipartThreshold: isMultipart ? Math.min(size, 10) : undefined,
    concurrency: chance(0.3) ? 'auto' : between(1, 16),
    hedge: chance(0.5),
    ifExists: chance(0.15) ? 'fail' : 'overwrite',
    olderObject: chance(0.5),
    versioning: chance(0.2) ? 'enabled' : 'off',
    latePartsLand: chance(0.2),
    encrypted: chance(0.1) && !['swift', 'ceph-rgw', 'cloudserver'].includes(personality),
    retry: {
      maxAttempts: between(1, 8),
      minDelayMs: 1,
      maxDelayMs: 20,
      maxElapsedMs: between(500, 3000),
    },
    faults: withoutImpossible(Array.from({ length: between(0, 4) }, drawFault)),
    latency: chance(0.4) ? drawLatency() : undefined,
    throttle: chance(0.15) ? drawThrottle() : undefined,
    cancellation: checkpoint || chance(0.2) ? drawCancellation() : undefined,
    checkpoint,
  };

  function drawFault(): FaultRule {
    const fault = oneOf(anyFault)(random);
    const rule: FaultRule = expectable({ ...fault, operation: oneOf(anyOperation) });
    const strikes = random();
    if (strikes < 0.4) return { ...rule, times: between(1, 3), after: chance(0.3) ? between(1, 5) : 0 };
    if (strikes < 0.9) return { ...rule, probability: random() ** 2 };
    return rule;
  }

  function drawLatency(): LatencyOption {
    const medianMs = between(1, 15);
    return chance(0.5) ? { medianMs, sigma: random(), tailRatio: 0.05 } : { minMs: 0, maxMs: medianMs };
  }

  function drawThrottle(): ThrottleOptions {
    const status = chance(0.5) ? 503 : 429;
    return chance(0.5) ? { slots: between(1, 6), status } : { maxRequestsPerSecond: between(100, 500), status };
  }

  function drawCancellation(): Cancellation {
    if (chance(0.4)) return { afterMs: between(0, 150) };
    return { event: oneOf(['plan', 'upload', 'part', 'part', 'retry', 'progress'] as const), count: between(1, 8) };
  }
}

/** Nobody can wait for a part that lands later than after twice the time in which its request was given up. */
function expectable(rule: FaultRule): FaultRule {
  if (rule.operation !== 'copyPart' || rule.delayMs === undefined) return rule;
  return { ...rule, delayMs: Math.min(rule.delayMs, 1.5 * REQUEST_TIMEOUT_MS) };
}

/** Where HEAD doesn't tell the ETag, nothing tells two sources of the same second apart. */
function withoutImpossible(faults: readonly FaultRule[]): readonly FaultRule[] {
  const hidesEtags = faults.some(
    ({ kind, operation }) => operation === 'headObject' && (kind === 'noEtagIn200' || kind === 'wrongEtag'),
  );
  return hidesEtags ? faults.filter(({ kind }) => kind !== 'replaceSource') : faults;
}
