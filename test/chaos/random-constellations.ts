import type { FaultRule } from '../../src/testing/index.ts';
import type { Draw } from './random-faults.ts';
import type { RandomPlan } from './random-plan.ts';

/** Makes a plan another one, in which certain things come together. Only for copies in parts. */
type Constellation = (draw: Draw, plan: RandomPlan, otherPartSize: number) => Partial<RandomPlan>;

const withoutKms = ['swift', 'ceph-rgw', 'cloudserver'];

function enoughAttempts({ between }: Draw, { retry }: RandomPlan): Partial<RandomPlan> {
  return { retry: { ...retry, maxAttempts: between(5, 8), maxElapsedMs: 3000 } };
}

/** What hardly ever comes together by chance, though copies have failed by it. */
const constellations: readonly Constellation[] = [
  function lostUploadBesideAnEqualObject({ oneOf }, { partSize, size }) {
    const equal = { equalPartSize: typeof partSize === 'number' ? partSize : size };
    return {
      ifExists: 'overwrite',
      older: oneOf(['other', equal] as const),
      isFresh: false,
      faults: [{ operation: 'completeMultipartUpload', kind: 'loseUpload', times: 1 }],
    };
  },
  function completeThatComesThroughLate({ oneOf, between }, { retry }) {
    const kind = oneOf(['errorBeforeWork', 'resetBeforeWork'] as const);
    return {
      faults: [{ operation: 'completeMultipartUpload', kind, status: 504, delayMs: between(1, 30) }],
      retry: { ...retry, maxAttempts: between(1, 3) },
    };
  },
  function partsInFlightWhenOneIsRefused({ between, oneOf }) {
    return {
      latePartsLand: true,
      concurrency: between(4, 8),
      faults: [
        { operation: 'copyPart', kind: 'error', status: 403, code: 'AccessDenied', after: between(1, 3), times: 1 },
        // In time, or when their requests have been given up.
        { operation: 'copyPart', kind: 'delay', delayMs: oneOf([between(30, 300), between(430, 590)]) },
      ],
    };
  },
  function encryptedPartsSentAgain(draw, plan) {
    if (withoutKms.includes(plan.personality)) return {};
    // The first request lands on top of what the second one has stored.
    const faults: FaultRule[] = [
      { operation: 'copyPart', kind: 'resetBeforeWork', delayMs: draw.between(15, 40), times: draw.between(1, 2) },
    ];
    const latency = { copyPart: { minMs: 20, maxMs: 60 } };
    return { ...enoughAttempts(draw, plan), encrypted: true, latency, concurrency: 3, faults };
  },
  function lostCreateBesideAnotherUpload(draw, plan) {
    return {
      ...enoughAttempts(draw, plan),
      foreignUpload: 'empty',
      faults: [{ operation: 'createMultipartUpload', kind: 'resetAfterWork', times: 1 }],
    };
  },
  function sourceThatIsReplacedMeanwhile({ between }) {
    return { faults: [{ operation: 'copyPart', kind: 'replaceSource', after: between(0, 3), times: 1 }] };
  },
  function uploadOfAnotherLayout({ between, oneOf }, _plan, otherPartSize) {
    return {
      isFresh: false,
      onFailure: 'keep',
      interruption: { how: oneOf(['kill', 'cancel'] as const), at: { event: 'part', count: between(1, 4) } },
      second: { by: 'uploadId', waits: true, partSize: otherPartSize, sourceIsReplaced: false },
      faults: [],
    };
  },
];

/** Draws what comes together. */
export function drawConstellation(draw: Draw, plan: RandomPlan, otherPartSize: number): Partial<RandomPlan> {
  const alone = {
    interruption: undefined,
    second: undefined,
    throttle: undefined,
    twice: false,
    verify: 'etag',
  } as const;
  const unkept = { onFailure: undefined, intrusion: undefined, pause: undefined } as const;
  return { ...alone, ...unkept, ...draw.oneOf(constellations)(draw, plan, otherPartSize) };
}
