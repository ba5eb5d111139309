import { messageOf } from '../errors.ts';
import type { CopyTask } from '../task.ts';
import { drawPage } from './draw-page.ts';

/** A part, from its first attempt until it was in place. Times are in milliseconds since the recording began. */
export interface RecordedPart {
  readonly partNumber: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly bytes: number;
  readonly attempts: number;
}

/** Something that happened at one moment. */
export interface RecordedMark {
  readonly atMs: number;
  readonly kind: 'retry' | 'throttle' | 'hedge' | 'warning';
  readonly text: string;
}

/** How many parts were in flight, and might have been. */
export interface RecordedPace {
  readonly atMs: number;
  readonly inFlight: number;
  readonly concurrency: number;
}

/** What is known of a copy. */
export interface Recording {
  readonly parts: readonly RecordedPart[];
  readonly marks: readonly RecordedMark[];
  readonly pace: readonly RecordedPace[];
  readonly strategy: string;
  readonly bytes: number;
  readonly elapsedMs: number;
  /** How it ended; `running` if it hasn't. */
  readonly outcome: 'running' | 'done' | 'failed' | 'cancelled';
  readonly failure: string | undefined;
}

/** Records a copy from its events. */
export interface Timeline {
  /** What was recorded so far. */
  readonly recording: Recording;
  /** The same as a page of HTML that needs nothing else: parts by slot, marks, throughput and concurrency over time. */
  toHtml(): string;
}

/**
 * Records what a copy does over time, to be looked at when one is slow. Call it right after `copyLargeObject`: what happened before
 * isn't known. It takes about a hundred bytes for each part.
 *
 * @example
 * const copy = copyLargeObject(options);
 * const timeline = recordTimeline(copy);
 * await copy;
 * await writeFile('copy.html', timeline.toHtml());
 */
export function recordTimeline(copy: CopyTask): Timeline {
  const begunAt = Date.now();
  const startedAt = performance.now();
  const now = (): number => performance.now() - startedAt;
  const parts: RecordedPart[] = [];
  const marks: RecordedMark[] = [];
  const pace: RecordedPace[] = [];
  let strategy = '';
  let bytes = 0;
  let endedAt: number | undefined;
  let failure: string | undefined;
  const mark = (kind: RecordedMark['kind'], text: string): void => void marks.push({ atMs: now(), kind, text });

  copy.on('plan', (plan) => ({ strategy, size: bytes } = plan));
  copy.on('part', ({ partNumber, startedAt: partStartedAt, elapsedMs, size, attempts }) => {
    const fromMs = Math.max(0, partStartedAt - begunAt);
    parts.push({ partNumber, fromMs, toMs: fromMs + elapsedMs, bytes: size, attempts });
  });
  copy.on('progress', ({ partsInFlight, concurrency }) => {
    pace.push({ atMs: now(), inFlight: partsInFlight, concurrency });
  });
  copy.on('retry', ({ operation, partNumber, attempt, delayMs, error }) => {
    const what = partNumber === undefined ? operation : `part ${partNumber}`;
    mark('retry', `${what}, attempt ${attempt}, again in ${Math.round(delayMs)} ms: ${error.message}`);
  });
  copy.on('throttle', ({ concurrency, delayMs }) =>
    mark('throttle', `the store asks for fewer requests: ${concurrency} at a time, after ${delayMs} ms`),
  );
  copy.on('hedge', ({ partNumber, elapsedMs }) =>
    mark('hedge', `part ${partNumber} is sent a second time after ${elapsedMs} ms`),
  );
  copy.on('warning', ({ code, message }) => mark('warning', `${code}: ${message}`));
  copy.on('complete', () => (endedAt = now()));
  copy.on('failed', (error) => {
    endedAt = now();
    failure = messageOf(error);
  });

  const record = (): Recording => {
    const { phase } = copy.progress;
    const isEnded = phase === 'done' || phase === 'failed' || phase === 'cancelled';
    const elapsedMs = endedAt ?? now();
    return { parts, marks, pace, strategy, bytes, elapsedMs, outcome: isEnded ? phase : 'running', failure };
  };
  return {
    get recording() {
      return record();
    },
    toHtml: () => drawPage(record()),
  };
}
