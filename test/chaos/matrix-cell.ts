import type { CopyOptions } from '../../src/index.ts';
import type { FaultRule } from '../../src/testing/index.ts';
import { beginUpload, destination, openScene, source } from './copy-scene.ts';
import { judgeCopy, type Violation } from './judge-copy.ts';
import { type MatrixFault, REQUEST_TIMEOUT_MS } from './matrix-faults.ts';
import type { MatrixTarget } from './matrix-targets.ts';
import { observeCopy, type ObservedCopy } from './observe-copy.ts';

const MiB = 1024 * 1024;
/** Large enough that the embedded store doesn't make up its bytes to hash them. */
const SIZE = 70 * MiB + 12_345;
const PART_SIZE = 12 * MiB;
const HANG_MS = 60_000;

/** How often a fault strikes: once, twice in a row, or whenever it can. */
export const attempts = { first: 1, repeated: 2, always: Infinity } as const;

/** One run of the matrix. */
export interface MatrixCell {
  readonly target: MatrixTarget;
  readonly fault: MatrixFault;
  readonly attempt: keyof typeof attempts;
  readonly vendor: 'obs' | 's3';
  readonly olderObject: boolean;
}

/** What came of it. */
export interface CellOutcome {
  readonly observed: ObservedCopy;
  readonly violations: readonly Violation[];
  /** Whether the fault struck at all. */
  readonly struck: boolean;
}

export async function runCell(cell: MatrixCell): Promise<CellOutcome> {
  const { target, fault, attempt, vendor, olderObject } = cell;
  const rule: FaultRule = { ...fault.fault, ...target.rule, times: attempts[attempt] };
  const scene = await openScene({
    vendor,
    personality: target.personality,
    size: SIZE,
    older: olderObject ? 'other' : undefined,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    faults: [rule, ...(target.besides ?? [])],
  });
  const { server, log } = scene;
  try {
    const resume = target.strategy === 'resumed' ? await beginUpload(scene, PART_SIZE) : undefined;
    const options: CopyOptions = {
      store: scene.store,
      source,
      destination: { ...destination, ...(target.strategy === 'encrypted' ? { sse: { type: 'SSE-KMS' } } : {}) },
      partSize: PART_SIZE,
      multipartThreshold: target.strategy === 'single' ? SIZE : MiB,
      concurrency: 3,
      retry: { maxAttempts: 5, minDelayMs: 1, maxDelayMs: 20, maxElapsedMs: 4000 },
      resume,
    };
    const others = [server.object(destination.bucket, destination.key)];
    const uploadsBefore = server.uploads(destination.bucket);
    const before = log.requests.length;
    const observed = await observeCopy(options, HANG_MS);
    // What was sent may still come through.
    if (!observed.hung) await server.idle();
    const violations = judgeCopy(scene, observed, {
      options,
      requests: log.requests.slice(before),
      throttled: false,
      isAlone: true,
      notOurs: [],
      isSecond: false,
      others,
      uploadsBefore,
      foreign: [],
      checkpoint: '',
      earlierWarnings: [],
      requestsBefore: [],
      sourceWasReplaced: false,
    });
    return { observed, violations, struck: log.hasStruck(rule) };
  } finally {
    await server.close();
  }
}
