import type { Fault, FaultRule, OperationName } from '../../src/testing/index.ts';
import { destination, source } from './copy-scene.ts';
import { makesADifference } from './effective-faults.ts';

/** What decides which requests a copy sends. */
export interface Sending {
  readonly strategy: 'single' | 'multipart';
  /** Whether it looks at the destination first. */
  readonly looksFirst: boolean;
  /** Whether the store's own way of tagging is used after the copy. */
  readonly tagsLater: boolean;
  /** Whether it may end early, so that it cleans up. */
  readonly mayBeCancelled: boolean;
  /** Whether it goes on with an upload. */
  readonly resumes: boolean;
}

/** Draws at random. */
export interface Draw {
  random(): number;
  chance(probability: number): boolean;
  oneOf<T>(values: readonly T[]): T;
  between(low: number, high: number): number;
}

type Target = Pick<FaultRule, 'operation' | 'bucket'> & { readonly operation: OperationName };

const inSource = { bucket: source.bucket };
const inDestination = { bucket: destination.bucket };

/** Makes an answer to Complete be looked for. */
const lostEnds: readonly Fault[] = [
  { kind: 'reset' },
  { kind: 'resetAfterWork' },
  { kind: 'errorAfterWork' },
  { kind: 'stall' },
];

const anyFault: readonly ((draw: Draw, timeoutMs: number) => Fault)[] = [
  () => ({ kind: 'error' }),
  () => ({ kind: 'error', status: 503, code: 'SlowDown' }),
  () => ({ kind: 'error', status: 502, code: 'BadGateway' }),
  () => ({ kind: 'error', status: 403, code: 'AccessDenied' }),
  () => ({ kind: 'error', status: 404, code: 'NoSuchThing' }),
  () => ({ kind: 'errorAfterWork' }),
  () => ({ kind: 'errorAfterWork', status: 503, code: 'SlowDown' }),
  () => ({ kind: 'errorAfterWork', status: 504, code: 'GatewayTimeout' }),
  ({ between }) => ({ kind: 'errorBeforeWork', status: 504, code: 'GatewayTimeout', delayMs: between(1, 600) }),
  ({ between }) => ({ kind: 'resetBeforeWork', delayMs: between(1, 600) }),
  () => ({ kind: 'reset' }),
  () => ({ kind: 'resetAfterWork' }),
  () => ({ kind: 'stall' }),
  () => ({ kind: 'stallAfterWork' }),
  () => ({ kind: 'truncate' }),
  ({ chance }) => ({ kind: 'errorIn200', afterWork: chance(0.5) }),
  ({ chance }) => ({ kind: 'garbageIn200', afterWork: chance(0.5) }),
  ({ chance }) => ({ kind: 'emptyIn200', afterWork: chance(0.5) }),
  () => ({ kind: 'noEtagIn200' }),
  () => ({ kind: 'wrongEtag' }),
  ({ between }, timeoutMs) => ({ kind: 'slowDrip', delayMs: between(0, 2 * timeoutMs) }),
  () => ({ kind: 'whitespace', delayMs: 60 }),
  () => ({ kind: 'whitespace', delayMs: 60, code: 'InternalError' }),
  ({ between }, timeoutMs) => ({ kind: 'delay', delayMs: between(0, 2 * timeoutMs) }),
  ({ between }) => ({ kind: 'qosDelay', delayMs: between(0, 100) }),
  ({ between }) => ({ kind: 'skewedClock', skewMs: between(-3_600_000, 3_600_000) }),
  () => ({ kind: 'expiredToken' }),
  () => ({ kind: 'nothingStored' }),
  () => ({ kind: 'loseUpload' }),
  () => ({ kind: 'replaceSource', source }),
];

/** Draws what goes wrong, among what the copy sends; with each request that is sent after a failure only, that failure. */
export function drawFaults(draw: Draw, sending: Sending, timeoutMs: number): readonly FaultRule[] {
  const rules: FaultRule[] = [];
  const count = draw.oneOf([0, 1, 1, 1, 1, 2, 2, 3]);
  for (let number = 0; number < count; number++) {
    const target = draw.oneOf(listTargets(sending));
    rules.push(drawRule(draw, target, timeoutMs), ...drawCause(draw, target, sending));
  }
  return rules;
}

/** The requests that are sent, those at the ends of an upload more than once. */
function listTargets({ strategy, looksFirst, tagsLater }: Sending): readonly Target[] {
  const common: Target[] = [
    { operation: 'headObject', ...inSource },
    { operation: 'headObject', ...inDestination },
    { operation: 'getObjectTagging' },
    ...(looksFirst ? ([{ operation: 'headObject', ...inDestination }] as const) : []),
    ...(tagsLater ? ([{ operation: 'putObjectTagging' }] as const) : []),
  ];
  const own: OperationName[] =
    strategy === 'single'
      ? ['copyObject', 'copyObject', 'copyObject', 'copyObject']
      : [
          ...Array<OperationName>(4).fill('createMultipartUpload'),
          ...Array<OperationName>(5).fill('copyPart'),
          ...Array<OperationName>(6).fill('completeMultipartUpload'),
          ...Array<OperationName>(3).fill('abortMultipartUpload'),
          ...Array<OperationName>(3).fill('listParts'),
          'listMultipartUploads',
        ];
  return [...common, ...own.map((operation) => ({ operation }))];
}

function drawRule(draw: Draw, target: Target, timeoutMs: number): FaultRule {
  const { chance, between, random } = draw;
  let fault: Fault;
  do {
    fault = draw.oneOf(anyFault)(draw, timeoutMs);
  } while (!makesADifference(fault.kind, target.operation));
  const rule = expectable({ ...fault, ...target }, timeoutMs);
  const isPart = target.operation === 'copyPart';
  const strikes = random();
  if (strikes < 0.65) return { ...rule, times: between(1, 3), after: isPart && chance(0.5) ? between(1, 5) : 0 };
  if (strikes < 0.85) return { ...rule, probability: isPart ? 0.05 + random() * 0.5 : 0.4 + random() * 0.6 };
  return rule;
}

/** What makes a copy send a request that it doesn't send when all goes well. */
function drawCause(draw: Draw, { operation }: Target, { mayBeCancelled, resumes }: Sending): readonly FaultRule[] {
  const refusedPart: FaultRule = { operation: 'copyPart', kind: 'error', status: 403, code: 'AccessDenied', after: 1 };
  const lostEnd: FaultRule = { operation: 'completeMultipartUpload', ...draw.oneOf(lostEnds), times: 1 };
  if (operation === 'listMultipartUploads') {
    return [{ operation: 'createMultipartUpload', kind: draw.oneOf(['reset', 'resetAfterWork'] as const), times: 1 }];
  }
  if (operation === 'abortMultipartUpload' && !mayBeCancelled) return [{ ...refusedPart, after: draw.between(0, 1) }];
  if (operation === 'listParts' && !resumes) return [draw.chance(0.5) ? lostEnd : refusedPart];
  return [];
}

/** Nobody can wait for a part that lands later than after twice the time in which its request was given up. */
function expectable(rule: FaultRule, timeoutMs: number): FaultRule {
  if (rule.operation !== 'copyPart' || rule.delayMs === undefined) return rule;
  return { ...rule, delayMs: Math.min(rule.delayMs, 1.5 * timeoutMs) };
}
