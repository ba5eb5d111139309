import { describe, expect, it } from 'vitest';
import { copyLargeObject, recordTimeline } from '../../src/index.ts';
import { drawPage } from '../../src/timeline/draw-page.ts';
import { assignSlots, throughput } from '../../src/timeline/slots.ts';
import { failure } from '../copy/fake-store.ts';
import { endOf, openPromise, setUpCopy } from '../copy/set-up-copy.ts';

describe('a timeline', () => {
  it('holds every part, and what was repeated', async () => {
    const { promise: never } = openPromise();
    const { options } = setUpCopy(
      {
        hook: ({ operation, request, count }) => {
          if (operation !== 'copyPart' || request['attempt'] !== 1) return undefined;
          if (request['partNumber'] === 7) throw failure('copyPart', 'throttled', 503, 'SlowDown');
          return request['partNumber'] === 3 && count < 10 ? never : undefined;
        },
      },
      { hedge: { minDelayMs: 1, maxRatio: 1 } },
    );
    const copy = copyLargeObject(options);
    const timeline = recordTimeline(copy);
    await copy;
    const { parts, marks, pace, outcome, bytes, elapsedMs } = timeline.recording;
    expect(parts).toHaveLength(20);
    for (const { fromMs, toMs } of parts) {
      expect(fromMs).toBeGreaterThanOrEqual(0);
      expect(toMs).toBeGreaterThanOrEqual(fromMs);
      expect(toMs).toBeLessThanOrEqual(elapsedMs + 50);
    }
    expect(parts.find(({ partNumber }) => partNumber === 7)?.attempts).toBe(2);
    const kinds = new Set(marks.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['retry', 'throttle', 'hedge']));
    expect(marks.find(({ kind }) => kind === 'hedge')?.text).toMatch(/^part 3 is sent a second time after \d+ ms$/);
    expect({ outcome, bytes, last: pace.at(-1)?.inFlight }).toEqual({ outcome: 'done', bytes: 200, last: 0 });
    const html = timeline.toHtml();
    expect(html.match(/<rect class="(?:part|again)"/g)).toHaveLength(20);
    expect(html.match(/<rect class="again"/g)).toHaveLength(1);
    expect(html).not.toMatch(/<script|<link|<img|src=|href=|url\(|https?:/);
  });

  it('says what a copy failed with, as text', async () => {
    const { fake, options } = setUpCopy({}, { source: { bucket: 'src', key: '<b>"&' } });
    fake.objects.clear();
    const copy = copyLargeObject(options);
    const timeline = recordTimeline(copy);
    await endOf(copy);
    expect(timeline.recording.outcome).toBe('failed');
    expect(timeline.toHtml()).toContain('Cannot copy src/&lt;b&gt;&quot;&amp; as it does not exist');
    expect(timeline.toHtml()).not.toContain('<b>"&');
  });

  it('of one request has no parts', async () => {
    const copy = copyLargeObject(setUpCopy({}, { multipartThreshold: 1000 }).options);
    const timeline = recordTimeline(copy);
    expect(timeline.recording.outcome).toBe('running');
    await copy;
    expect(timeline.toHtml()).toContain('One CopyObject: there are no parts to show.');
  });
});

const part = (fromMs: number, toMs: number, bytes = 10) => ({ partNumber: 1, fromMs, toMs, bytes, attempts: 1 });

describe('what a timeline is drawn from', () => {
  it('is drawn of a copy of any length', () => {
    const pace = Array.from({ length: 200_000 }, (_, atMs) => ({ atMs, inFlight: 3, concurrency: 8 }));
    const recording = { parts: [part(0, 10)], marks: [], pace, strategy: 'multipart', bytes: 10, elapsedMs: 200_000 };
    expect(drawPage({ ...recording, outcome: 'done', failure: undefined })).toContain('>8</text>');
  });

  it('puts parts into the first row that is free', () => {
    const parts = [part(0, 10), part(0, 5), part(5, 20), part(6, 7), part(10, 12)];
    expect(assignSlots(parts)).toEqual({ slots: [0, 1, 1, 2, 0], rows: 3 });
  });

  it("spreads a part's bytes over its time", () => {
    expect(throughput([part(0, 20, 100), part(10, 20, 50)], 40, 4)).toEqual([5000, 10_000, 0, 0]);
    expect(throughput([part(40, 40, 100)], 40, 4).every((rate) => Number.isFinite(rate))).toBe(true);
  });
});
