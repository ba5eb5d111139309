import { getEventListeners } from 'node:events';
import {
  copyLargeObject,
  type CopyOptions,
  type CopyPlan,
  type CopyResult,
  type CopyTask,
  type CopyWarning,
  type PartEvent,
  type RetryEvent,
  type UploadEvent,
} from '../../src/index.ts';

/** How a copy went, and all that its events told. */
export interface ObservedCopy {
  readonly result: CopyResult | undefined;
  /** `undefined` unless it failed. */
  readonly failure: { readonly error: unknown } | undefined;
  /** It ended neither way in time. */
  readonly hung: boolean;
  /** It was given up by the run, as if its process had been killed. */
  readonly killed: boolean;
  /** Waits until nothing of it runs in this process any more. */
  readonly whenEnded: () => Promise<void>;
  readonly elapsedMs: number;
  readonly plan: CopyPlan | undefined;
  readonly uploads: readonly UploadEvent[];
  readonly parts: readonly PartEvent[];
  /** With the time at which each was told, on the clock of `performance.now()`. */
  readonly retries: readonly (RetryEvent & { readonly toldAt: number })[];
  readonly warnings: readonly CopyWarning[];
  /** What its events had that they must not have. */
  readonly oddities: readonly string[];
}

/** Runs a copy to its end, until it is killed, or until it has taken longer than any copy may. */
export async function observeCopy(
  options: CopyOptions,
  limitMs: number,
  start?: (copy: CopyTask) => Promise<void> | undefined,
): Promise<ObservedCopy> {
  const startedAt = performance.now();
  const oddities: string[] = [];
  const uploads: UploadEvent[] = [];
  const parts: PartEvent[] = [];
  const retries: (RetryEvent & { readonly toldAt: number })[] = [];
  const warnings: CopyWarning[] = [];
  const ends: string[] = [];
  let plan: CopyPlan | undefined;
  let bytesCopied = 0;
  let last: { readonly phase: string; readonly bytesCopied: number; readonly bytesTotal: number } | undefined;

  const copy = copyLargeObject(options);
  copy.on('plan', (planned) => {
    if (plan !== undefined) oddities.push('it told its plan twice');
    plan = planned;
  });
  copy.on('upload', (event) => uploads.push(event));
  copy.on('part', (event) => parts.push(event));
  copy.on('retry', (event) => retries.push({ ...event, toldAt: performance.now() }));
  copy.on('warning', (warning) => warnings.push(warning));
  copy.on('progress', (progress) => {
    if (progress.bytesCopied < bytesCopied) oddities.push(`progress went back to ${progress.bytesCopied} bytes`);
    if (progress.bytesCopied > progress.bytesTotal) oddities.push(`progress went to ${progress.bytesCopied} bytes`);
    bytesCopied = progress.bytesCopied;
    last = progress;
  });
  copy.on('complete', () => ends.push('complete'));
  copy.on('failed', () => ends.push('failed'));
  let killed = false;
  const killing = start?.(copy)?.then(() => {
    killed = true;
  });

  let result: CopyResult | undefined;
  let failure: { readonly error: unknown } | undefined;
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  const ended = copy.then(
    (value) => {
      result = value;
    },
    (error: unknown) => {
      failure = { error };
    },
  );
  await Promise.race(killing === undefined ? [ended, tooLong] : [ended, tooLong, killing]);
  clearTimeout(timer);
  const isOpen = result === undefined && failure === undefined;
  if (!isOpen) {
    killed = false;
    const wantedEnd = result === undefined ? 'failed' : 'complete';
    if (ends.join() !== wantedEnd) oddities.push(`it ended with the events '${ends.join()}'`);
    if (result !== undefined && (last?.phase !== 'done' || last.bytesCopied !== last.bytesTotal)) {
      oddities.push(`its last progress was ${last?.bytesCopied} of ${last?.bytesTotal} bytes, ${last?.phase}`);
    }
    const left = options.signal === undefined ? 0 : getEventListeners(options.signal, 'abort').length;
    if (left > 0) oddities.push(`it left ${left} listeners on the signal`);
  }
  return {
    result,
    failure,
    hung: isOpen && !killed,
    killed,
    whenEnded: () => ended,
    elapsedMs: performance.now() - startedAt,
    plan,
    uploads: [...uploads],
    parts: [...parts],
    retries: [...retries],
    warnings: [...warnings],
    oddities: [...oddities],
  };
}
