import { VerificationError } from '../errors.ts';
import type { HeadObjectResult, ObjectChecksums } from '../store/copy-store.ts';
import { StoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';

/** A checksum over the whole source that a copy can be held to, whatever its parts are. */
export interface SourceChecksum {
  readonly algorithm: string;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
  readonly value: string;
}

/** Strongest and cheapest first. The store computes them; nothing is computed here. OBS gives CRC64ECMA without being asked. */
const ALGORITHMS = ['CRC64NVME', 'CRC64ECMA', 'CRC32C', 'CRC32', 'SHA256', 'SHA1'];

/** How many bytes a checksum has. CRC64ECMA comes as a decimal number. */
const BYTES: Readonly<Record<string, number>> = { CRC64NVME: 8, CRC32C: 4, CRC32: 4, SHA256: 32, SHA1: 20 };

/** A part was answered with the checksum of the whole source (versitygw): the store would keep a wrong one of the copy. */
export class FalseChecksumError extends StoreError {
  constructor({ algorithm, value }: SourceChecksum, partNumber: number) {
    super(`part ${partNumber} has ${algorithm} ${value}, which is that of the whole source`, {
      operation: 'copyPart',
      kind: 'permanent',
      statusCode: 200,
    });
  }
}

/**
 * The checksum that the copy should have too, if the source has one: of the whole object, or, with the source's own part
 * layout, one made of its parts' checksums.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
export function findSourceChecksum(
  { options }: CopyContext,
  source: HeadObjectResult,
  keepsLayout: boolean = options.partSize === 'source',
): SourceChecksum | undefined {
  const { checksums } = source;
  if (checksums === undefined || options.preserve.checksum === false) return undefined;
  const algorithm = ALGORITHMS.find((name) => hasItsLength(name, checksums[name]));
  const value = algorithm === undefined ? undefined : checksums[algorithm];
  if (algorithm === undefined || value === undefined) return undefined;
  const isComposite = source.checksumType === 'COMPOSITE' || value.includes('-');
  if (isComposite && !keepsLayout) return undefined;
  return { algorithm, type: isComposite ? 'COMPOSITE' : 'FULL_OBJECT', value };
}

/** Whether a value can be a checksum at all: moto's CRC64NVME has 4 bytes, and proves nothing. */
function hasItsLength(algorithm: string, value: string | undefined): boolean {
  if (value === undefined) return false;
  if (algorithm === 'CRC64ECMA') return /^\d{1,20}$/.test(value);
  return Buffer.from(value.replace(/-\d+$/, ''), 'base64').length === BYTES[algorithm];
}

/** Parts of a source, and the checksum that the copy should have. */
export interface CheckedParts {
  readonly source: Pick<HeadObjectResult, 'size'>;
  readonly checksum: SourceChecksum | undefined;
  /** Whether the store was asked for that checksum. */
  readonly asksForChecksum: boolean;
}

/**
 * The checksums of a part that may be true, and so be named on Complete.
 *
 * @throws FalseChecksumError if one is that of the whole source, in an upload that was asked for it
 */
export function believeChecksums(
  { source, checksum, asksForChecksum }: CheckedParts,
  { partNumber, size }: { readonly partNumber: number; readonly size: number },
  found: ObjectChecksums | undefined,
): ObjectChecksums | undefined {
  if (checksum === undefined || found === undefined || size === source.size) return found;
  if (checksum.type === 'COMPOSITE' || found[checksum.algorithm] !== checksum.value) return found;
  if (asksForChecksum) throw new FalseChecksumError(checksum, partNumber);
  return undefined;
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
  if (!hasItsLength(expected.algorithm, actual)) return;
  // One over the whole object and one made of its parts' are no comparison.
  const isComposite = foundType === 'COMPOSITE' || actual.includes('-');
  if (isComposite !== (expected.type === 'COMPOSITE')) return;
  throw new VerificationError(
    `${destination} has ${expected.algorithm} ${actual}, but its source has ${expected.value}`,
    { expected: expected.value, actual },
  );
}
