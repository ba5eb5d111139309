import { VerificationError } from '../errors.ts';
import type { HeadObjectResult, ObjectChecksums } from '../store/copy-store.ts';

/** A checksum over the whole source that a copy can be held to, whatever its parts are. */
export interface SourceChecksum {
  readonly algorithm: string;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
  readonly value: string;
}

/** Strongest and cheapest first. The store computes them; nothing is computed here. OBS gives CRC64ECMA without being asked. */
const ALGORITHMS = ['CRC64NVME', 'CRC64ECMA', 'CRC32C', 'CRC32', 'SHA256', 'SHA1'];

/**
 * The checksum that the copy should have too, if the source has one: of the whole object, or, with the source's own part
 * layout, one made of its parts' checksums.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
export function findSourceChecksum(source: HeadObjectResult, keepsLayout: boolean): SourceChecksum | undefined {
  const { checksums } = source;
  if (checksums === undefined) return undefined;
  const algorithm = ALGORITHMS.find((name) => checksums[name] !== undefined);
  const value = algorithm === undefined ? undefined : checksums[algorithm];
  if (algorithm === undefined || value === undefined) return undefined;
  const isComposite = source.checksumType === 'COMPOSITE' || value.includes('-');
  if (isComposite && !keepsLayout) return undefined;
  return { algorithm, type: isComposite ? 'COMPOSITE' : 'FULL_OBJECT', value };
}

/**
 * Compares the copy's checksum with the source's, if the store gave one.
 *
 * @throws VerificationError if they differ
 */
export function compareChecksum(
  expected: SourceChecksum | undefined,
  found: ObjectChecksums | undefined,
  destination: string,
  foundType?: string,
): void {
  const actual = expected === undefined ? undefined : found?.[expected.algorithm];
  if (expected === undefined || actual === undefined || actual === expected.value) return;
  // One over the whole object and one made of its parts' are no comparison.
  const isComposite = foundType === 'COMPOSITE' || actual.includes('-');
  if (isComposite !== (expected.type === 'COMPOSITE')) return;
  throw new VerificationError(
    `${destination} has ${expected.algorithm} ${actual}, but its source has ${expected.value}`,
    { expected: expected.value, actual },
  );
}
