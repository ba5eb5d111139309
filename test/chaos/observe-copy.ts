import { getEventListeners } from 'node:events';
import { copyLargeObject, type CopyOptions, type CopyResult, type CopyTask } from '../../src/index.ts';

/** How a copy went. */
export interface ObservedCopy {
  readonly result: CopyResult | undefined;
  /** `undefined` unless it failed. */
  readonly failure: { readonly error: unknown } | undefined;
  /** It ended neither way in time. */
  readonly hung: boolean;
  readonly elapsedMs: number;
  /** ETag of the source that was planned for. */
  readonly plannedEtag: string | undefined;
  readonly warnings: readonly string[];
  /** What its events had that they must not have. */
  readonly oddities: readonly string[];
}

/** Runs a copy to its end, or until it has taken longer than any copy may. */
export async function observeCopy(
  options: CopyOptions,
  limitMs: number,
  start?: (copy: CopyTask) => void,
): Promise<ObservedCopy> {
  const startedAt = performance.now();
  const oddities: string[] = [];
  const warnings: string[] = [];
  const ends: string[] = [];
  let plannedEtag: string | undefined;
  let bytesCopied = 0;
  let last: { readonly phase: string; readonly bytesCopied: number; readonly bytesTotal: number } | undefined;

  const copy = copyLargeObject(options);
  copy.on('plan', ({ etag }) => {
    plannedEtag = etag;
  });
  copy.on('warning', ({ code, message }) => warnings.push(`${code}: ${message}`));
  copy.on('progress', (progress) => {
    if (progress.bytesCopied < bytesCopied) oddities.push(`progress went back to ${progress.bytesCopied} bytes`);
    if (progress.bytesCopied > progress.bytesTotal) oddities.push(`progress went to ${progress.bytesCopied} bytes`);
    bytesCopied = progress.bytesCopied;
    last = progress;
  });
  copy.on('complete', () => ends.push('complete'));
  copy.on('failed', () => ends.push('failed'));
  start?.(copy);

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
  await Promise.race([ended, tooLong]);
  clearTimeout(timer);
  const hung = result === undefined && failure === undefined;
  const wantedEnd = result === undefined ? 'failed' : 'complete';
  if (!hung && ends.join() !== wantedEnd) oddities.push(`it ended with the events '${ends.join()}'`);
  if (result !== undefined && (last?.phase !== 'done' || last.bytesCopied !== last.bytesTotal)) {
    oddities.push(`its last progress was ${last?.bytesCopied} of ${last?.bytesTotal} bytes, ${last?.phase}`);
  }
  if (!hung && options.signal !== undefined) {
    const left = getEventListeners(options.signal, 'abort').length;
    if (left > 0) oddities.push(`it left ${left} listeners on the signal`);
  }
  return { result, failure, hung, elapsedMs: performance.now() - startedAt, plannedEtag, warnings, oddities };
}
