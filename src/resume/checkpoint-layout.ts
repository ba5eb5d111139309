import type { PartRange } from '../plan/part-range.ts';
import { layParts, tileParts } from '../plan/plan-parts.ts';
import type { Checkpoint } from './parse-checkpoint.ts';

/** The layout of planned parts: short if they are equal, as they nearly always are. */
export function describeLayout(parts: readonly PartRange[]): Checkpoint['layout'] {
  const partSize = parts[0]?.size ?? 0;
  const last = parts.at(-1);
  const isEven = parts.every((part) => part.size === partSize || (part === last && part.size < partSize));
  return isEven ? { partSize, count: parts.length } : { partSizes: parts.map((part) => part.size) };
}

/** The parts that a checkpoint stands for: those of the plan that its layout was taken from. Frozen. */
export function restoreParts({ source, layout }: Pick<Checkpoint, 'source' | 'layout'>): readonly PartRange[] {
  return 'partSizes' in layout ? layParts(layout.partSizes) : tileParts(source.size, layout.partSize);
}
