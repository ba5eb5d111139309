import { checksumAlgorithms, digestBytes, digestContent, type ChecksumAlgorithm } from './content-digest.ts';
import type { Call } from './call.ts';
import type { Content } from './content.ts';
import type { Dialect } from './dialect.ts';
import type { Personality } from './personality.ts';
import { ServiceError } from './service-error.ts';
import { dialectHeader, plainHeader } from './store-request.ts';
import type { StoredChecksums, StoredObject, StoredPart } from './stored-object.ts';

/** Those that S3 computes since 2026. */
const newAlgorithms: ReadonlySet<ChecksumAlgorithm> = new Set(['SHA512', 'MD5', 'XXHASH64', 'XXHASH3', 'XXHASH128']);

/** The element of an algorithm in answers. */
export function checksumElement(algorithm: ChecksumAlgorithm): string {
  return algorithm === 'CRC64ECMA' ? 'CRC64' : `Checksum${algorithm}`;
}

/** A checksum as it is written: Base64, and decimal for OBS's CRC64ECMA. */
function formatChecksum(digest: Buffer, algorithm: ChecksumAlgorithm): string {
  return algorithm === 'CRC64ECMA' ? digest.readBigUInt64BE().toString() : digest.toString('base64');
}

/** The checksum of a content, by its algorithm. */
export function checksumOf(content: Content, algorithm: ChecksumAlgorithm | undefined): StoredChecksums {
  return algorithm === undefined ? {} : { [algorithm]: formatChecksum(digestContent(content, algorithm), algorithm) };
}

/** Whether the answer to a part copy names the part's checksum. */
export function namesPartChecksums({ checksums }: Personality): boolean {
  return checksums !== 'object-only' && checksums !== 'short';
}

/** The checksum of a part's bytes, as the server at hand computes it. */
export function partChecksum(
  { personality }: Call,
  content: Content,
  algorithm: ChecksumAlgorithm | undefined,
  source?: StoredObject,
): StoredChecksums {
  const ofWhole = algorithm === undefined ? undefined : source?.checksums[algorithm];
  if (personality.checksums === 'of-whole-source' && algorithm !== undefined && ofWhole !== undefined) {
    return { [algorithm]: ofWhole };
  }
  return checksumOf(content, algorithm);
}

/** The checksum over the checksums of the parts, with their number. */
export function compositeChecksum(parts: readonly StoredPart[], algorithm: ChecksumAlgorithm): StoredChecksums {
  const digests = parts.map((part) => Buffer.from(part.checksums[algorithm] ?? '', 'base64'));
  return {
    [algorithm]: `${formatChecksum(digestBytes(Buffer.concat(digests), algorithm), algorithm)}-${parts.length}`,
  };
}

/** Algorithm that a request asks for, by `checksum-algorithm`. */
export function readChecksumAlgorithm({ request, personality }: Call): ChecksumAlgorithm | undefined {
  const asked = dialectHeader(request, 'checksum-algorithm')?.toUpperCase();
  if (asked === undefined || personality.checksums === 'ignored') return undefined;
  const algorithm = checksumAlgorithms.find((name) => name === asked);
  if (algorithm === undefined || (newAlgorithms.has(algorithm) && !personality.knowsNews))
    throw new ServiceError('InvalidRequest', `Checksum algorithm ${asked} is not valid`);
  return algorithm;
}

/** What Create says of how the parts' checksums make the object's. */
export function readChecksumType(
  { request }: Call,
  algorithm: ChecksumAlgorithm | undefined,
): 'FULL_OBJECT' | 'COMPOSITE' | undefined {
  if (algorithm === undefined) return undefined;
  const isCrc64 = algorithm.startsWith('CRC64');
  const asked = dialectHeader(request, 'checksum-type') ?? (isCrc64 ? 'FULL_OBJECT' : 'COMPOSITE');
  const fits = asked === 'FULL_OBJECT' ? algorithm.startsWith('CRC') : asked === 'COMPOSITE' && !isCrc64;
  if (fits) return asked === 'FULL_OBJECT' ? 'FULL_OBJECT' : 'COMPOSITE';
  throw new ServiceError(
    'InvalidRequest',
    `The ${asked} checksum type cannot be used with the ${algorithm} checksum algorithm`,
  );
}

/**
 * Verifies the checksums that came with a body, in headers or trailers.
 *
 * @returns those that were right
 * @throws {ServiceError} BadDigest
 */
export function verifyBodyChecksums({ request, personality, body, trailers }: Call): StoredChecksums {
  const checksums: Partial<Record<ChecksumAlgorithm, string>> = {};
  for (const algorithm of checksumAlgorithms) {
    const name = `${request.dialect.prefix}checksum-${algorithm.toLowerCase()}`;
    const given = plainHeader(request, name) ?? trailers[name];
    if (given === undefined) continue;
    if (formatChecksum(digestBytes(body, algorithm), algorithm) !== given) {
      throw new ServiceError('BadDigest', `The ${algorithm} you specified did not match the calculated checksum`);
    }
    checksums[algorithm] = given;
  }
  return personality.checksums === 'ignored' ? {} : checksums;
}

/** Elements of an answer with checksums. */
export function checksumFields(checksums: StoredChecksums): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {};
  for (const algorithm of checksumAlgorithms) {
    const value = checksums[algorithm];
    if (value !== undefined) fields[checksumElement(algorithm)] = value;
  }
  return fields;
}

/** Headers of an answer with checksums. */
export function checksumHeaders(
  checksums: StoredChecksums,
  type: 'FULL_OBJECT' | 'COMPOSITE' | undefined,
  { prefix }: Dialect,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [algorithm, value] of Object.entries(checksums))
    headers[`${prefix}checksum-${algorithm.toLowerCase()}`] = value;
  if (type !== undefined && Object.keys(headers).length > 0) headers[`${prefix}checksum-type`] = type;
  return headers;
}
