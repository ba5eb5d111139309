import type { Personality } from './personality.ts';
import { ServiceError } from './service-error.ts';

/** Where a part copy begins in its source, and how many bytes it takes. */
export interface CopyRange {
  readonly start: number;
  readonly length: number;
}

const WRONG_FORM =
  'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy';

/**
 * Reads a copy range as the server at hand does: servers agree on `bytes=first-last` within the source, and on nothing else.
 *
 * @throws {ServiceError} InvalidArgument or InvalidRange
 */
export function readCopyRange(header: string | undefined, size: number, style: Personality['copyRange']): CopyRange {
  if (header === undefined) return { start: 0, length: size };
  return readers[style](header, size);
}

const readers: Readonly<Record<Personality['copyRange'], (header: string, size: number) => CopyRange>> = {
  aws(header, size) {
    const { first, last } = readExactRange(header);
    if (first > last) throw new ServiceError('InvalidArgument', WRONG_FORM);
    if (last >= size) throw beyondSource(size);
    return between(first, last);
  },
  // "If the end exceeds length - 1, it is length - 1": https://support.huaweicloud.com/intl/en-us/sdk-nodejs-devg-obs/obs_29_0617.html
  obs(header, size) {
    const { first, last } = readExactRange(header);
    if (first > last) throw new ServiceError('InvalidArgument', WRONG_FORM);
    if (first >= size) throw new ServiceError('InvalidRange');
    return between(first, Math.min(last, size - 1));
  },
  rgw(header, size) {
    const [, firstText, lastText] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? [];
    if (firstText === undefined || lastText === undefined) throw new ServiceError('InvalidArgument');
    if (lastText === '') throw new ServiceError('InvalidRange');
    // RGW takes a missing first offset for 0, so `bytes=-5` is six bytes.
    const first = Number(firstText);
    const last = Number(lastText);
    if (size === 0 && last === 0) return { start: 0, length: 0 };
    if (first > last || last >= size) throw new ServiceError('InvalidRange');
    return between(first, last);
  },
  s3proxy(header, size) {
    const [, last] = /^bytes=\d+-(\d+)$/.exec(header) ?? [];
    if (Number(last) >= size) throw new ServiceError('InvalidRange');
    return readLenientRange(header, size, 'InvalidRange');
  },
  swift: (header, size) => readLenientRange(header, size, 'InvalidArgument'),
  cloudserver: (header, size) => readLenientRange(header, size, 'InvalidRange'),
  moto(header, size) {
    const [, first, last] = /^(?:bytes=)?(\d+)-(\d+)$/.exec(header) ?? [];
    if (first === undefined || last === undefined) return { start: 0, length: size };
    const start = Math.min(Number(first), size);
    return { start, length: Math.max(0, Math.min(Number(last) + 1, size) - start) };
  },
  minio(header, size) {
    const { first, last } = readExactRange(header);
    if (first > last) throw new ServiceError('InvalidArgument', WRONG_FORM);
    if (first >= size) throw new ServiceError('InvalidRange');
    if (last >= size) throw beyondSource(size);
    return between(first, last);
  },
  s3rver(header, size) {
    const { first, last } = readExactRange(header);
    if (size === 0) return { start: 0, length: 0 };
    if (first > last || last >= size) throw beyondSource(size);
    return between(first, last);
  },
};

function readExactRange(header: string): { first: number; last: number } {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(header) ?? [];
  if (first === undefined || last === undefined) throw new ServiceError('InvalidArgument', WRONG_FORM);
  return { first: Number(first), last: Number(last) };
}

/** Reads a range as HTTP does: open ends and suffixes are good, and the end is the source's at most. */
function readLenientRange(header: string, size: number, beyond: 'InvalidArgument' | 'InvalidRange'): CopyRange {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? [];
  if (first === undefined || last === undefined || first + last === '') throw new ServiceError('InvalidArgument');
  if (first === '') {
    const start = Math.max(0, size - Number(last));
    return { start, length: size - start };
  }
  if (last !== '' && Number(first) > Number(last)) throw new ServiceError('InvalidArgument');
  if (Number(first) >= size) throw new ServiceError(beyond);
  return between(Number(first), last === '' ? size - 1 : Math.min(Number(last), size - 1));
}

function between(first: number, last: number): CopyRange {
  return { start: first, length: last - first + 1 };
}

function beyondSource(size: number): ServiceError {
  return new ServiceError('InvalidArgument', `Range specified is not valid for source object of size: ${size}`);
}
