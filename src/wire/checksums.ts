import { CHECKSUM_ALGORITHMS } from '../store/checksum-algorithms.ts';
import type { ObjectChecksums } from '../store/copy-store.ts';
import type { Dialect } from './dialect.ts';
import type { ResponseHeaders } from './response-headers.ts';
import { type XmlElement, textOf } from './xml.ts';

const OBS_ELEMENTS: Readonly<Record<string, string>> = { CRC64ECMA: 'CRC64', CRC32C: 'CRC32C' };

function collect(read: (algorithm: string) => string | undefined): ObjectChecksums | undefined {
  const found = CHECKSUM_ALGORITHMS.map((algorithm) => [algorithm, read(algorithm)?.trim() ?? '']);
  const checksums = Object.fromEntries(found.filter(([, value]) => value !== '')) as ObjectChecksums;
  return Object.keys(checksums).length === 0 ? undefined : checksums;
}

export function readChecksumElements(element: XmlElement): ObjectChecksums | undefined {
  if (element.children.length === 0) return undefined;
  return collect(
    (algorithm) => textOf(element, `Checksum${algorithm}`) ?? textOf(element, OBS_ELEMENTS[algorithm] ?? ''),
  );
}

export function readChecksumHeaders(headers: ResponseHeaders, { prefix }: Dialect): ObjectChecksums | undefined {
  return collect((algorithm) => headers.get(`${prefix}checksum-${algorithm.toLowerCase()}`));
}
