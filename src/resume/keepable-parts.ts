import type { PartRange } from '../plan/part-range.ts';
import type { ListedPart } from '../store/copy-store.ts';

/** A listed part has the bytes that the plan has for it, as far as its size and its time tell. */
function fits(listed: ListedPart, planned: PartRange | undefined, sourceModified: Date | undefined): boolean {
  const isOlder =
    sourceModified !== undefined &&
    listed.lastModified !== undefined &&
    listed.lastModified.getTime() < sourceModified.getTime();
  return listed.size === planned?.size && listed.etag !== '' && !isOlder;
}

/** The part that the plan doesn't have, where there is one: it makes an upload useless (Ceph RGW joins only complete lists). */
export function findPartBeyond(listed: readonly ListedPart[], planned: readonly PartRange[]): ListedPart | undefined {
  return listed.find(({ partNumber }) => planned[partNumber - 1] === undefined);
}

/**
 * Parts that can be kept: of the right number and size, with an ETag, and not older than the source. The others are copied
 * again. A part that the store lists twice is one part.
 */
export function findKeepable(
  listed: readonly ListedPart[],
  planned: readonly PartRange[],
  sourceModified: Date | undefined,
): readonly ListedPart[] {
  const parts = [...new Map(listed.map((part) => [part.partNumber, part])).values()];
  return parts.filter((part) => fits(part, planned[part.partNumber - 1], sourceModified));
}

/**
 * Of parts in a layout that was guessed from their sizes: those from the first on without a hole. Beyond a hole of parts that nobody
 * knows the size of, a part may begin elsewhere than in the guessed layout.
 */
export function withoutHoles(parts: readonly ListedPart[]): readonly ListedPart[] {
  const inOrder = parts.toSorted((a, b) => a.partNumber - b.partNumber);
  return inOrder.filter(({ partNumber }, index) => partNumber === index + 1);
}

/**
 * Guesses the part size of an upload that nothing else is known of, or undefined where its parts don't show it: a single part with
 * a number above 1 may as well be the shorter last one of larger parts.
 */
export function guessPartSize(listed: readonly ListedPart[]): number | undefined {
  const largest = listed.reduce((most, { size }) => Math.max(most, size), 0);
  const numbers = new Set(listed.filter(({ size }) => size === largest).map(({ partNumber }) => partNumber));
  return numbers.has(1) || numbers.size > 1 ? largest : undefined;
}

/**
 * Whether the parts of an upload that nothing else is known of lie where a plan has them. A size that happens to fit proves
 * nothing: in another layout, a part of the same number begins elsewhere. All of them must fit, and the first, or two that aren't
 * the last, must be among them.
 */
export function showsLayout(listed: readonly ListedPart[], parts: readonly PartRange[]): boolean {
  if (!listed.every(({ partNumber, size }) => parts[partNumber - 1]?.size === size)) return false;
  const numbers = new Set(listed.map(({ partNumber }) => partNumber).filter((number) => number < parts.length));
  return numbers.has(1) || numbers.size > 1;
}
