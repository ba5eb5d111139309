/**
 * How many bytes each checksum of an object has, those first that are most use to a copy: of the whole object, strong, cheap. The
 * stores compute them; nothing is computed here. CRC64ECMA is OBS's own, and comes as a decimal number.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
export const CHECKSUM_BYTES: Readonly<Record<string, number>> = {
  CRC64NVME: 8,
  CRC64ECMA: 8,
  CRC32C: 4,
  CRC32: 4,
  SHA512: 64,
  SHA256: 32,
  XXHASH128: 16,
  XXHASH3: 8,
  XXHASH64: 8,
  SHA1: 20,
  MD5: 16,
};

export const CHECKSUM_ALGORITHMS: readonly string[] = Object.keys(CHECKSUM_BYTES);

/** Whether an object in parts can have it of all its bytes: only a CRC follows from those of the parts. */
export function joinsToWhole(algorithm: string): boolean {
  return algorithm.startsWith('CRC');
}
