import type { CopyOptions, PreserveOptions, RetryOptions } from '../../src/index.ts';
import type {
  FaultRule,
  LatencyOption,
  OperationName,
  PersonalityName,
  ThrottleOptions,
} from '../../src/testing/index.ts';
import { createRandom } from '../simulator/random.ts';
import type { Slowness } from '../simulator/virtual-time.ts';
import type { SceneOptions } from './copy-scene.ts';
import { drawConstellation } from './random-constellations.ts';
import { drawFaults, type Draw } from './random-faults.ts';
import type { Way } from './ways-to-store.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

export const REQUEST_TIMEOUT_MS = 400;

/** A point in the course of a copy: the n-th event of a kind, the n-th request of an operation, or after a time. */
export type Moment =
  | { readonly event: 'plan' | 'upload' | 'part' | 'retry' | 'progress'; readonly count: number }
  | { readonly operation: OperationName; readonly count: number; readonly delayMs: number }
  | { readonly afterMs: number };

/** How a run ends before its time: by its own cleaning up, or by nothing more. */
export interface Interruption {
  readonly how: 'cancel' | 'kill';
  readonly at: Moment;
}

/** What comes after a first run that has failed or was killed. */
export interface SecondRun {
  /** What it goes on by. */
  readonly by: 'checkpoint' | 'uploadId';
  /** Whether it waits until nothing of the first run can come through any more. */
  readonly waits: boolean;
  readonly partSize: CopyOptions['partSize'];
  readonly sourceIsReplaced: boolean;
}

/** Everything that is random about one run. */
export interface RandomPlan extends Omit<SceneOptions, 'requestTimeoutMs' | 'seed'> {
  readonly way: Way;
  readonly personality: PersonalityName;
  readonly partSize: number | 'auto' | 'source';
  readonly multipartThreshold: number | undefined;
  readonly concurrency: number | 'auto';
  readonly hedge: boolean;
  readonly ifExists: 'overwrite' | 'fail' | 'skip';
  readonly verify: 'etag' | 'size' | 'none';
  readonly preserve: PreserveOptions | undefined;
  readonly onFailure: 'keep' | undefined;
  readonly encrypted: boolean;
  readonly retry: RetryOptions;
  readonly limiter: number | undefined;
  readonly faults: readonly FaultRule[];
  readonly latency: LatencyOption | undefined;
  readonly throttle: ThrottleOptions | undefined;
  readonly interruption: Interruption | undefined;
  readonly pause: { readonly at: Moment; readonly forMs: number } | undefined;
  readonly second: SecondRun | undefined;
  /** Somebody else's object comes to the destination meanwhile. */
  readonly intrusion: Moment | undefined;
  /** Another program is uploading to the same key, and has sent its first part, or hasn't. */
  readonly foreignUpload: 'withPart' | 'empty' | undefined;
  /** The same copy is made twice at the same time. */
  readonly twice: boolean;
  /** The machine has other work, so that time passes while requests and answers are on their way. */
  readonly slowness: Omit<Slowness, 'random'> | undefined;
}

const s3Personalities: readonly PersonalityName[] = ['aws', 'aws', 'ceph-rgw', 'swift', 'cloudserver', 'moto', 'minio'];
const withStorageClasses: readonly PersonalityName[] = ['obs', 'aws', 'moto', 'minio'];
const withoutKms: readonly PersonalityName[] = ['swift', 'ceph-rgw', 'cloudserver'];

/** Draws a run: the same seed and number give the same one. */
export function drawPlan(seed: number, run: number, ways: readonly Way[] = ['own']): RandomPlan {
  const draw = makeDraw(createRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(run, 0x85ebca6b)));
  const { chance, oneOf, between, random } = draw;

  const vendor = chance(0.5) ? 'obs' : 's3';
  const signature = vendor === 'obs' ? oneOf(['obs', 'obs', 'v2', 'v4'] as const) : oneOf(['v4', 'v4', 'v2'] as const);
  const personality = vendor === 'obs' ? 'obs' : oneOf(s3Personalities);
  const minPartSize = personality === 'obs' ? 100 * KiB : 5 * MiB;
  const parts = chance(0.08) ? between(30, 100) : between(1, 12);
  const partSize = minPartSize + between(0, minPartSize);
  // Real digests of real bytes are for small objects only: beyond 64 MiB the store makes them up.
  const size = drawSize();
  const isMultipart = chance(0.88);
  const sourcePartSize =
    size > minPartSize && chance(0.3) ? Math.max(minPartSize, Math.ceil(size / between(1, 9))) : undefined;

  function drawSize(): number {
    if (chance(0.04)) return between(0, 1);
    const drawn = partSize * parts - (chance(0.3) ? 0 : between(0, partSize - 1));
    return minPartSize < MiB || drawn > 64 * MiB ? drawn : drawn + 64 * MiB;
  }

  const second = isMultipart && size > 10 && chance(0.35) ? drawSecond() : undefined;
  const interruption = drawInterruption();
  const ifExists = oneOf(['overwrite', 'overwrite', 'overwrite', 'overwrite', 'fail', 'skip'] as const);
  // Where something is there already, a copy that minds it ends at once.
  const hasOlder = chance(ifExists === 'overwrite' ? 0.5 : 0.2);
  const isTwice = second === undefined && chance(0.08);
  const tagsLater = personality === 'ceph-rgw';
  const chosenPartSize = chance(0.1) ? 'auto' : chance(0.12) && personality === 'aws' ? 'source' : partSize;
  const sending = {
    strategy: isMultipart && size > 10 ? 'multipart' : 'single',
    looksFirst: ifExists !== 'overwrite',
    tagsLater,
    mayBeCancelled: interruption?.how === 'cancel' && second === undefined,
    resumes: second !== undefined,
  } as const;
  const plan: RandomPlan = {
    vendor,
    signature,
    personality,
    size,
    sourcePartSize,
    storageClass: chance(0.2) && withStorageClasses.includes(personality) ? 'STANDARD_IA' : undefined,
    partSize: chosenPartSize,
    multipartThreshold: isMultipart ? Math.min(size, 10) : undefined,
    concurrency: chance(0.3) ? 'auto' : between(1, 16),
    hedge: chance(0.5),
    ifExists,
    verify: chance(0.8) ? 'etag' : oneOf(['size', 'none'] as const),
    preserve: chance(0.3) ? drawPreserve() : undefined,
    onFailure: second?.by === 'uploadId' || chance(0.05) ? 'keep' : undefined,
    older: hasOlder ? (chance(0.4) && size > 10 ? { equalPartSize: partSize } : 'other') : undefined,
    isFresh: chance(0.3),
    versioning: chance(0.4) ? 'enabled' : 'off',
    latePartsLand: chance(0.25),
    encrypted: chance(0.12) && !withoutKms.includes(personality),
    retry: {
      maxAttempts: oneOf([1, 2, 3, 3, 4, 5, 6, 8]),
      minDelayMs: 1,
      maxDelayMs: 20,
      maxElapsedMs: between(500, 3000),
    },
    limiter: chance(0.12) ? between(1, 4) : undefined,
    faults: drawFaults(draw, sending, REQUEST_TIMEOUT_MS),
    latency: chance(0.4) ? drawLatency() : undefined,
    throttle: chance(0.1) ? drawThrottle() : undefined,
    interruption,
    pause: chance(0.1) ? { at: { event: 'part', count: between(1, 3) }, forMs: between(1, 60) } : undefined,
    second,
    intrusion: ifExists !== 'overwrite' && chance(0.4) ? drawIntrusion() : undefined,
    foreignUpload: sending.strategy === 'multipart' && chance(0.12) ? 'withPart' : undefined,
    twice: isTwice,
    way: oneOf(ways),
    slowness: chance(0.3) ? { probability: 0.4 * random(), maxMs: between(1, 100) } : undefined,
  };
  const isInParts = sending.strategy === 'multipart' && partSize < size;
  if (!isInParts || !chance(0.2)) return plan;
  return { ...plan, ...drawConstellation(draw, plan, minPartSize + between(0, minPartSize)) };

  function drawSecond(): SecondRun {
    const other = minPartSize + between(0, minPartSize);
    return {
      by: chance(0.75) ? 'checkpoint' : 'uploadId',
      waits: chance(0.5),
      partSize: chance(0.7) ? chosenOrSame() : other,
      sourceIsReplaced: chance(0.2),
    };
  }

  function chosenOrSame(): CopyOptions['partSize'] {
    return chance(0.15) ? 'auto' : partSize;
  }

  function drawInterruption(): Interruption | undefined {
    if (second !== undefined)
      return chance(0.85) ? { how: chance(0.5) ? 'kill' : 'cancel', at: drawMoment() } : undefined;
    return chance(0.18) ? { how: 'cancel', at: drawMoment() } : undefined;
  }

  function drawMoment(): Moment {
    const delayMs = chance(0.5) ? 0 : between(1, 20);
    if (chance(0.15)) return { afterMs: between(0, 150) };
    if (chance(0.4)) {
      const operation = isMultipart
        ? oneOf(['createMultipartUpload', 'completeMultipartUpload', 'completeMultipartUpload', 'copyPart'] as const)
        : 'copyObject';
      return { operation, count: operation === 'copyPart' ? between(1, 2 * parts) : 1, delayMs };
    }
    return {
      event: oneOf(['plan', 'upload', 'part', 'part', 'part', 'retry', 'progress'] as const),
      count: between(1, 6),
    };
  }

  function drawIntrusion(): Moment {
    const operation =
      isMultipart && size > 10 ? oneOf(['createMultipartUpload', 'copyPart'] as const) : 'getObjectTagging';
    return { operation, count: 1, delayMs: 0 };
  }

  function drawPreserve(): PreserveOptions {
    const may = [true, undefined, undefined, false] as const;
    // What can't be had makes a copy fail, as it should.
    return { metadata: oneOf(may), storageClass: oneOf(may), tags: personality === 'swift' ? undefined : oneOf(may) };
  }

  function drawLatency(): LatencyOption {
    const medianMs = between(1, 15);
    return chance(0.5) ? { medianMs, sigma: random(), tailRatio: 0.05 } : { minMs: 0, maxMs: medianMs };
  }

  function drawThrottle(): ThrottleOptions {
    const status = chance(0.5) ? 503 : 429;
    return chance(0.5) ? { slots: between(1, 6), status } : { maxRequestsPerSecond: between(100, 500), status };
  }
}

function makeDraw(random: () => number): Draw {
  return {
    random,
    chance: (probability) => random() < probability,
    oneOf: <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T,
    between: (low, high) => low + Math.floor(random() * (high - low + 1)),
  };
}
