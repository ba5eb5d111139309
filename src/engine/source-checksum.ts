import { VerificationError } from '../errors.ts';
import { CHECKSUM_ALGORITHMS, CHECKSUM_BYTES, joinsToWhole } from '../store/checksum-algorithms.ts';
import type { HeadObjectResult, ObjectChecksums } from '../store/copy-store.ts';
import { StoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';
import type { MultipartInput } from './multipart.ts';

/** The checksum of the source that the copy is to have, too. */
export interface SourceChecksum {
  readonly algorithm: string;
  /** What the copy's is made of. */
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
  readonly value: string;
  /** Whether the copy's must be the same. */
  readonly isComparable: boolean;
}

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
 * The checksum that the copy should have too, if the source has one. A copy in parts has it of the whole object if it is a CRC: then it
 * is the source's, unless that one is made of its parts' checksums. The copy's is made of those otherwise, and is the source's only with
 * the source's own parts.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
export function findSourceChecksum(
  { options }: CopyContext,
  source: HeadObjectResult,
  isInParts = true,
): SourceChecksum | undefined {
  const { checksums } = source;
  if (checksums === undefined || options.preserve.checksum === false) return undefined;
  const algorithm = CHECKSUM_ALGORITHMS.find((name) => hasItsLength(name, checksums[name]));
  const value = algorithm === undefined ? undefined : checksums[algorithm];
  if (algorithm === undefined || value === undefined) return undefined;
  const isComposite = source.checksumType === 'COMPOSITE' || value.includes('-');
  const keepsLayout = isInParts && isComposite && options.partSize === 'source';
  const isWhole = !keepsLayout && (!isInParts || joinsToWhole(algorithm));
  const isComparable = keepsLayout || (isWhole && !isComposite);
  return { algorithm, type: isWhole ? 'FULL_OBJECT' : 'COMPOSITE', value, isComparable };
}

/** Whether a value can be a checksum at all: moto's CRC64NVME has 4 bytes, and proves nothing. */
function hasItsLength(algorithm: string, value: string | undefined): boolean {
  if (value === undefined) return false;
  if (algorithm === 'CRC64ECMA') return /^\d{1,20}$/.test(value);
  return Buffer.from(value.replace(/-\d+$/, ''), 'base64').length === CHECKSUM_BYTES[algorithm];
}

/**
 * The checksums of a part that may be true, and so be named on Complete.
 *
 * @throws FalseChecksumError if one is that of the whole source, in an upload that was asked for it
 */
export function believeChecksums(
  { source, checksum, asksForChecksum }: Pick<MultipartInput, 'source' | 'checksum' | 'asksForChecksum'>,
  { partNumber, size }: { readonly partNumber: number; readonly size: number },
  found: ObjectChecksums | undefined,
): ObjectChecksums | undefined {
  if (checksum === undefined || found === undefined || size === source.size) return found;
  if (found[checksum.algorithm] !== checksum.value) return found;
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
  const actual = expected?.isComparable === true ? found?.[expected.algorithm] : undefined;
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
