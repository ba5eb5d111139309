import { fail, integer, optional, record, type Rule, text } from '../check-options.ts';
import { CopyOptionsError } from '../errors.ts';
import type { SourceLocation, SseCustomerKey } from '../store/copy-store.ts';
import { sourceEncryption } from './encryption-rules.ts';

/** What a caller knows of the source beforehand. */
export interface KnownSource {
  readonly size: number;
  readonly etag: string;
}

const LONGEST_KEY_BYTES = 1024;

export const objectKey: Rule<string> = (value, place) => {
  const key = text(value, place);
  const bytes = Buffer.byteLength(key);
  if (bytes > LONGEST_KEY_BYTES) fail(place, `must have at most ${LONGEST_KEY_BYTES} bytes in UTF-8: it has ${bytes}`);
  return /\p{Surrogate}/u.test(key)
    ? fail(place, 'must be well-formed Unicode: it holds half of a surrogate pair')
    : key;
};

/** ETags go without quotes here, as everywhere. */
export const etag: Rule<string> = (value, place) => text(value, place).replace(/^"(.+)"$/, '$1');

export interface CheckedSource extends SourceLocation {
  readonly size?: number | undefined;
  readonly etag?: string | undefined;
  readonly sse?: SseCustomerKey | undefined;
}

export const copySource: Rule<CheckedSource> = record({
  bucket: text,
  key: objectKey,
  versionId: optional(text),
  size: optional(integer(0)),
  etag: optional(etag),
  sse: optional(sourceEncryption),
});

/** One of them without the other would save nothing. @throws CopyOptionsError */
export function readKnown(size: number | undefined, knownEtag: string | undefined): KnownSource | undefined {
  if (size !== undefined && knownEtag !== undefined) return Object.freeze({ size, etag: knownEtag });
  if (size === undefined && knownEtag === undefined) return undefined;
  const given = knownEtag === undefined ? `${size} bytes` : `ETag '${knownEtag}'`;
  throw new CopyOptionsError(`Options 'source.size' and 'source.etag' go together: only ${given} is given`);
}
