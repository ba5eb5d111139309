import type { CheckpointStore, CopyOptions, CopyTask } from '../../src/index.ts';
import type { FaultRule } from '../../src/testing/index.ts';
import { destination, openScene, source, type Scene } from './copy-scene.ts';
import { judgeCopy, type Violation } from './judge-copy.ts';
import { observeCopy, type ObservedCopy } from './observe-copy.ts';
import { drawPlan, REQUEST_TIMEOUT_MS, type Cancellation, type RandomPlan } from './random-plan.ts';

const HANG_MS = 60_000;

/** What came of a run. */
export interface RandomOutcome {
  readonly plan: RandomPlan;
  /** One, or two where the first left a checkpoint that the second went on from. */
  readonly observed: readonly ObservedCopy[];
  readonly violations: readonly Violation[];
  /** Uploads that stayed because cleaning up failed, each of them told of. */
  readonly toldOrphans: number;
}

/** Runs one random copy and judges it. */
export async function runRandomly(seed: number, run: number): Promise<RandomOutcome> {
  const plan = drawPlan(seed, run);
  const scene = await openScene({
    ...plan,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    seed: (seed * 1_000_003 + run) >>> 0,
  });
  try {
    const checkpoint = plan.checkpoint ? memoryCheckpointStore() : undefined;
    const observed: ObservedCopy[] = [];
    const violations: Violation[] = [];
    const first = await runOnce(scene, plan, checkpoint, plan.cancellation, []);
    observed.push(first.observed);
    violations.push(...first.violations);
    if (checkpoint !== undefined && first.observed.failure !== undefined && violations.length === 0) {
      const second = await runOnce(scene, plan, checkpoint, undefined, first.observed.warnings);
      observed.push(second.observed);
      violations.push(...second.violations);
    }
    const kept = checkpoint?.text() ?? '';
    const left = scene.server.uploads(destination.bucket).filter(({ uploadId }) => !kept.includes(uploadId));
    const toldOrphans = violations.length > 0 ? 0 : left.length;
    return { plan, observed, violations, toldOrphans };
  } finally {
    await scene.server.close();
  }
}

async function runOnce(
  scene: Scene,
  plan: RandomPlan,
  checkpoint: ReturnType<typeof memoryCheckpointStore> | undefined,
  cancellation: Cancellation | undefined,
  earlierWarnings: readonly string[],
): Promise<{ readonly observed: ObservedCopy; readonly violations: readonly Violation[] }> {
  const controller = new AbortController();
  const options: CopyOptions = {
    store: scene.store,
    source,
    destination: { ...destination, ...(plan.encrypted ? { sse: { type: 'SSE-KMS' } } : {}) },
    partSize: plan.partSize,
    multipartThreshold: plan.multipartThreshold,
    concurrency: plan.concurrency,
    hedge: plan.hedge,
    ifExists: plan.ifExists,
    retry: plan.retry,
    checkpoint,
    signal: controller.signal,
  };
  // What was there before a second run is what the first one left.
  const before = scene.server.object(destination.bucket, destination.key);
  let timer: NodeJS.Timeout | undefined;
  const observed = await observeCopy(options, HANG_MS, (copy) => {
    if (cancellation !== undefined) timer = cancelLater(copy, controller, cancellation);
  });
  clearTimeout(timer);
  // What was sent may still come through.
  if (!observed.hung) await scene.server.idle();
  const violations = judgeCopy({ ...scene, older: before }, observed, {
    uploadMayStay: plan.faults.some(spoilsCleaning),
    storeLies: plan.faults.some(liesAboutObjects),
    checkpoints: checkpoint?.text() ?? '',
    earlierWarnings,
    options,
  });
  return { observed, violations };
}

function cancelLater(
  copy: CopyTask,
  controller: AbortController,
  cancellation: Cancellation,
): NodeJS.Timeout | undefined {
  const cancel = (): void => controller.abort(new Error('the run was cancelled'));
  if ('afterMs' in cancellation) return setTimeout(cancel, cancellation.afterMs);
  let left = cancellation.count;
  copy.on(cancellation.event, () => {
    if (--left === 0) cancel();
  });
  return undefined;
}

/** Whether an upload may stay because of a fault, though only with a word about it. */
function spoilsCleaning({ kind, operation }: FaultRule): boolean {
  if (operation === 'abortMultipartUpload' || operation === 'listParts' || operation === 'listMultipartUploads')
    return true;
  // Begun after everybody has gone.
  return operation === 'createMultipartUpload' && kind === 'delay';
}

/** Whether the store says of objects what isn't so. */
function liesAboutObjects({ kind, operation, status }: FaultRule): boolean {
  if (kind === 'wrongEtag' || kind === 'noEtagIn200') return true;
  return kind === 'error' && status === 404 && operation === 'headObject';
}

/** Checkpoints in memory, to be looked at. */
function memoryCheckpointStore(): CheckpointStore & { readonly text: () => string } {
  const texts = new Map<string, string>();
  return {
    text: () => [...texts.values()].join(),
    load: (id) => Promise.resolve(texts.get(id)),
    save: (id, text) => {
      texts.set(id, text);
      return Promise.resolve();
    },
    delete: (id) => {
      texts.delete(id);
      return Promise.resolve();
    },
  };
}
