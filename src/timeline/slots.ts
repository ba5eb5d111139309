import type { RecordedPart } from './record-timeline.ts';

/** Puts each part into the first row that is free when it begins. @returns the row of each part, in the order of `parts` */
export function assignSlots(parts: readonly RecordedPart[]): {
  readonly slots: readonly number[];
  readonly rows: number;
} {
  const order = parts.map((_, index) => index).toSorted((a, b) => fromOf(parts, a) - fromOf(parts, b));
  const freeAt: number[] = [];
  const slots: number[] = Array.from({ length: parts.length }, () => 0);
  for (const index of order) {
    const { fromMs, toMs } = parts[index] as RecordedPart;
    const free = freeAt.findIndex((at) => at <= fromMs);
    const slot = free === -1 ? freeAt.length : free;
    freeAt[slot] = toMs;
    slots[index] = slot;
  }
  return { slots, rows: freeAt.length };
}

function fromOf(parts: readonly RecordedPart[], index: number): number {
  return (parts[index] as RecordedPart).fromMs;
}

/** Bytes a second over time, in so many equal steps: a part's bytes count evenly over the time that it took. */
export function throughput(parts: readonly RecordedPart[], elapsedMs: number, steps: number): readonly number[] {
  const stepMs = elapsedMs / steps;
  const bytes: number[] = Array.from({ length: steps }, () => 0);
  for (const { fromMs, toMs, bytes: size } of parts) {
    const lengthMs = Math.max(toMs - fromMs, 1);
    const first = Math.min(steps - 1, Math.floor(fromMs / stepMs));
    const last = Math.min(steps - 1, Math.floor((fromMs + lengthMs) / stepMs));
    for (let step = first; step <= last; step++) {
      const overlapMs = Math.min(fromMs + lengthMs, (step + 1) * stepMs) - Math.max(fromMs, step * stepMs);
      bytes[step] = (bytes[step] as number) + (size * Math.max(0, overlapMs)) / lengthMs;
    }
  }
  return bytes.map((sum) => (sum / stepMs) * 1000);
}
