import { copyLargeObject } from '../copy.ts';
import type { CopyResult } from '../events.ts';
import { VerificationError } from '../errors.ts';
import { s3Store } from '../wire/http-store.ts';
import { formatBytes, GIB } from '../plan/byte-size.ts';
import { startTestStore, type TestStore } from '../testing/index.ts';
import { formatDuration } from './duration.ts';
import { EXIT_CODES } from './exit-code.ts';
import { findMisplacedBytes } from './find-misplaced-bytes.ts';
import { listenForInterruption } from './interruption.ts';
import { type Output, writeLine } from './output.ts';
import { showProgressBar } from './progress-bar.ts';

export interface DemoFlags {
  readonly size?: number;
  readonly concurrency?: number | 'auto';
  /** Of a part, in milliseconds. */
  readonly latency?: number;
}

const SOURCE = { bucket: 'media', key: 'raw/film.mxf' } as const;
const DESTINATION = { bucket: 'archive', key: '2026/film.mxf' } as const;
const DEFAULT_SIZE = 1024 * GIB;
const DEFAULT_LATENCY_MS = 150;
/** Shares of the parts that take far longer than the others, and that are refused. */
const TAIL_RATIO = 0.002;
const FAULT_RATIO = 0.002;

/**
 * Runs `demo`: copies a made-up object inside the embedded store, with the latency and the mishaps of a real one, and asks that store
 * where every byte of the copy came from. Gives the exit code.
 */
export async function runDemoCommand(flags: DemoFlags, output: Output): Promise<number> {
  const size = flags.size ?? DEFAULT_SIZE;
  const latencyMs = flags.latency ?? DEFAULT_LATENCY_MS;
  const testStore = await startTestStore({
    buckets: [DESTINATION.bucket],
    objects: [{ ...SOURCE, size }],
    latency: {
      copyPart: { medianMs: latencyMs, sigma: 0.3, tailRatio: TAIL_RATIO, tailFactor: 20 },
      default: latencyMs / 4,
    },
    faults: [
      { kind: 'error', status: 500, code: 'InternalError', operation: 'copyPart', probability: FAULT_RATIO },
      { kind: 'resetAfterWork', operation: 'copyPart', probability: FAULT_RATIO },
    ],
  });
  try {
    writeLine(output.stdout, describeScene(testStore.endpoint, size, latencyMs));
    const result = await copyWithBar(testStore, flags, output);
    writeLine(output.stdout, describeOutcome(testStore, result));
    return EXIT_CODES.done;
  } finally {
    await testStore.close();
  }
}

async function copyWithBar(testStore: TestStore, flags: DemoFlags, output: Output): Promise<CopyResult> {
  const { endpoint, region, credentials } = testStore;
  let stopBar = (): void => undefined;
  const interruption = listenForInterruption(() => stopBar());
  try {
    const task = copyLargeObject({
      store: s3Store({ endpoint, region, credentials }),
      source: SOURCE,
      destination: DESTINATION,
      concurrency: flags.concurrency,
      signal: interruption.signal,
    });
    if (output.stderr.isTTY === true) stopBar = showProgressBar(task, output.stderr);
    return await task;
  } finally {
    stopBar();
    interruption.stop();
  }
}

function describeScene(endpoint: string, size: number, latencyMs: number): string {
  const promille = (share: number): string => `${share * 1000} in 1000`;
  return [
    `An object store on this machine: ${endpoint}`,
    `  it takes about ${latencyMs} ms for a part, 20 times that for ${promille(TAIL_RATIO)}; ${promille(2 * FAULT_RATIO)} fail`,
    `Copying s3://${SOURCE.bucket}/${SOURCE.key} (${formatBytes(size)}, made up) to s3://${DESTINATION.bucket}/${DESTINATION.key}`,
    '',
  ].join('\n');
}

/** @throws VerificationError if a byte isn't in its place, or an upload is left */
function describeOutcome(testStore: TestStore, result: CopyResult): string {
  const ranges = testStore.provenance(DESTINATION.bucket, DESTINATION.key);
  const misplaced = findMisplacedBytes(ranges, SOURCE, result.size);
  if (misplaced !== undefined) {
    throw new VerificationError(`The copy is wrong: ${misplaced}`, { expected: result.size, actual: undefined });
  }
  const open = testStore.uploads(DESTINATION.bucket).length;
  if (open > 0) throw new VerificationError(`${open} uploads were left behind`, { expected: 0, actual: open });

  const stats = testStore.stats();
  const count = (value: number): string => value.toLocaleString('en');
  return [
    '',
    `Copied ${formatBytes(result.size)} in ${formatDuration(result.elapsedMs)}: ${count(result.parts)} parts of ${formatBytes(result.partSize)}, up to ${stats.maxPartsInFlight} in flight`,
    `Overcome ${count(result.retries)} failed requests tried again, ${count(result.hedges)} stragglers sent twice`,
    `Checked  all ${count(result.size)} bytes came from their own place in the source`,
    `         ETag ${result.etag} is the one that the parts make; no upload is left`,
    `Cost     ${count(stats.requests)} requests; the bytes never left the store`,
  ].join('\n');
}
