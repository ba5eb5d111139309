import { obsStore, s3Store, type CopyOptions } from '../../src/index.ts';
import type { FaultRule } from '../../src/testing/index.ts';
import { destination, openScene, source, type Scene } from './copy-scene.ts';
import { judgeCopy, type Violation } from './judge-copy.ts';
import type { MatrixFault } from './matrix-faults.ts';
import { REQUEST_TIMEOUT_MS } from './matrix-faults.ts';
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
    olderObject,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  try {
    const resume = target.strategy === 'resumed' ? await beginUpload(scene) : undefined;
    scene.server.setFaults([rule, ...(target.besides ?? [])]);
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
    const observed = await observeCopy(options, HANG_MS);
    // What was sent may still come through.
    if (!observed.hung) await scene.server.idle();
    const violations = judgeCopy(scene, observed, {
      uploadMayStay: target.cleansUp === true || attempt === 'always' || fault.fault.kind === 'delay',
      storeLies: ['wrongEtag', 'noEtagIn200'].includes(fault.fault.kind) || fault.fault.status === 404,
      checkpoints: '',
      earlierWarnings: [],
      options,
    });
    const struck = (scene.server.stats().faults[fault.fault.kind] ?? 0) > 0;
    return { observed, violations, struck };
  } finally {
    await scene.server.close();
  }
}

/** Leaves an upload of which one part is there. */
async function beginUpload({ server, options: { vendor } }: Scene): Promise<string> {
  const object = server.object(source.bucket, source.key);
  const connection = { endpoint: server.endpoint, region: server.region, credentials: server.credentials };
  const store = vendor === 'obs' ? obsStore(connection) : s3Store(connection);
  const { uploadId } = await store.createMultipartUpload({
    ...destination,
    properties: { contentType: 'application/mxf', metadata: { reel: '7' }, tags: { project: 'archive' } },
  });
  await store.copyPart({
    ...destination,
    uploadId,
    partNumber: 1,
    source,
    start: 0,
    end: PART_SIZE - 1,
    sourceIfMatch: object?.etag,
  });
  return uploadId;
}
