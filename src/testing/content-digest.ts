import { createHash } from 'node:crypto';
import { createCrc32, createCrc32c, createCrc64Ecma, createCrc64Nvme } from './checksum-crc.ts';
import { xxhash128, xxhash3, xxhash64 } from './checksum-xxh.ts';
import type { Content } from './content.ts';

/** Checksums that an object can carry: those of S3, and OBS's own CRC64ECMA. */
export const checksumAlgorithms = [
  'CRC32',
  'CRC32C',
  'CRC64NVME',
  'CRC64ECMA',
  'SHA1',
  'SHA256',
  'SHA512',
  'MD5',
  'XXHASH64',
  'XXHASH3',
  'XXHASH128',
] as const;

export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

interface RunningDigest {
  update(bytes: Uint8Array): void;
  digest(): Buffer;
}

const algorithms: Readonly<Record<ChecksumAlgorithm, { readonly length: number; create(): RunningDigest }>> = {
  MD5: { length: 16, create: () => createHash('md5') },
  SHA1: { length: 20, create: () => createHash('sha1') },
  SHA256: { length: 32, create: () => createHash('sha256') },
  SHA512: { length: 64, create: () => createHash('sha512') },
  CRC32: { length: 4, create: createCrc32 },
  CRC32C: { length: 4, create: createCrc32c },
  CRC64NVME: { length: 8, create: createCrc64Nvme },
  CRC64ECMA: { length: 8, create: createCrc64Ecma },
  XXHASH64: { length: 8, create: () => atOnce(xxhash64) },
  XXHASH3: { length: 8, create: () => atOnce(xxhash3) },
  XXHASH128: { length: 16, create: () => atOnce(xxhash128) },
};

const PIECE_SIZE = 1024 * 1024;

/** A digest that needs all bytes at once: they are few enough to be kept, or they wouldn't be hashed. */
function atOnce(digest: (bytes: Uint8Array) => Buffer): RunningDigest {
  const pieces: Uint8Array[] = [];
  return { update: (bytes) => void pieces.push(bytes), digest: () => digest(Buffer.concat(pieces)) };
}

/** Digest of bytes at hand. */
export function digestBytes(bytes: Uint8Array, algorithm: ChecksumAlgorithm): Buffer {
  const running = algorithms[algorithm].create();
  running.update(bytes);
  return running.digest();
}

/**
 * Digest of a content: the real one where its bytes are few enough to be read, else one of the same shape derived from where the
 * bytes come from. Either way equal bytes from the same origin give equal digests, so the ETag of a part copy can be repeated.
 */
export function digestContent(content: Content, algorithm: ChecksumAlgorithm): Buffer {
  const [only] = content.extents;
  if (content.extents.length !== 1 || only === undefined) return computeDigest(content, algorithm);
  const cacheKey = `${algorithm} ${only.offset} ${only.length}`;
  let digest = only.origin.digests.get(cacheKey);
  if (digest === undefined) {
    digest = computeDigest(content, algorithm);
    // Identity digests are cheap to make again; keeping one per part of a huge object would only cost memory.
    if (only.origin.hashable) only.origin.digests.set(cacheKey, digest);
  }
  return digest;
}

function computeDigest(content: Content, algorithm: ChecksumAlgorithm): Buffer {
  if (content.extents.every(({ origin }) => origin.hashable)) {
    const running = algorithms[algorithm].create();
    for (const piece of content.pieces(PIECE_SIZE)) running.update(piece);
    return running.digest();
  }
  const identity = content.extents.map(({ origin, offset, length }) => `${origin.identity}\n${offset}+${length}`);
  const { length } = algorithms[algorithm];
  return createHash(length > 32 ? 'sha512' : 'sha256')
    .update(`${algorithm}\n${identity.join('\n')}`)
    .digest()
    .subarray(0, length);
}

/** ETag of an object made of parts: the MD5 of the parts' MD5s, a dash, and their number. Without quotes. */
export function multipartEtag(partEtags: readonly string[]): string {
  const hash = createHash('md5');
  for (const etag of partEtags) hash.update(etag, 'hex');
  return `${hash.digest('hex')}-${partEtags.length}`;
}
