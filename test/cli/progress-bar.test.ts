import { PassThrough } from 'node:stream';
import { EventEmitter } from 'eventemitter3';
import { describe, expect, test } from 'vitest';
import { formatRunProgress } from '../../src/cli/run-progress.ts';
import { showProgressBar } from '../../src/cli/progress-bar.ts';
import type { CopyProgress } from '../../src/events.ts';
import type { CopyTask } from '../../src/task.ts';

const GIB = 1024 ** 3;

class FakeTask extends EventEmitter {
  progress: CopyProgress = {
    phase: 'copying',
    bytesCopied: GIB,
    bytesTotal: 4 * GIB,
    partsCopied: 8,
    partsTotal: 32,
    partsInFlight: 8,
    concurrency: 8,
    retries: 0,
    bytesPerSecond: GIB,
    etaMs: 3000,
    elapsedMs: 1000,
  };
}

function openTerminal(columns: number): {
  readonly stream: PassThrough & { isTTY: boolean; columns: number };
  text(): string;
} {
  const stream = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY: true, columns, rows: 24 });
  // What node's own terminal streams have.
  const nothing = (): boolean => true;
  Object.assign(stream, { cursorTo: nothing, clearLine: nothing, moveCursor: nothing });
  return { stream, text: () => String(stream.read() ?? '') };
}

describe('showProgressBar', () => {
  test('draws nothing before the plan, then the bar, and at last the last state', () => {
    const task = new FakeTask();
    const { stream, text } = openTerminal(100);
    const stop = showProgressBar(task as unknown as CopyTask, stream);
    expect(text()).toBe('');
    task.emit('plan', { size: 4 * GIB });
    expect(text()).toMatch(/ 25\.0% +1 GiB of 4 GiB +1 GiB\/s {2}ETA 3\.0 s {3}8 in flight/);
    task.progress = { ...task.progress, phase: 'done', bytesCopied: 4 * GIB, elapsedMs: 4000 };
    stop();
    expect(text()).toMatch(/100\.0% +4 GiB of 4 GiB {2}in 4\.0 s/);
    stop();
    expect(text()).toBe('');
  });

  test('gives the cursor back', () => {
    const task = new FakeTask();
    const { stream, text } = openTerminal(60);
    const stop = showProgressBar(task as unknown as CopyTask, stream);
    task.emit('plan', { size: 4 * GIB });
    stop();
    const written = text();
    expect(written).toContain('\u001b[?25l');
    expect(written.lastIndexOf('\u001b[?25h')).toBeGreaterThan(written.lastIndexOf('\u001b[?25l'));
  });
});

test.each([
  [1999, '3/9+ objects · 1 KiB · 2/s · 512 B/s · 4 in flight · 1 failed'],
  [65_000, '3/9+ objects · 1 KiB · 2/s · 512 B/s · 4 in flight · 1 failed · t/\\u001bbig for 1m 05s'],
])('a run names an object that takes %i ms only if that is long', (elapsedMs, line) => {
  const counts = {
    listed: 9,
    isListed: false,
    copied: 2,
    unproved: 0,
    skipped: 1,
    failed: 1,
    gone: 0,
    deleted: 0,
    retries: 0,
  };
  const slowest = { bucket: 'src', key: 't/\u001bbig', elapsedMs };
  const bytes = { bytesCopied: 1024, bytesListed: 4096, bytesPerSecond: 512 };
  const pace = { inFlight: 4, concurrency: 8, objectsPerSecond: 2, etaMs: undefined, elapsedMs: 9 };
  expect(formatRunProgress({ ...counts, ...bytes, ...pace, slowest })).toBe(line);
});
