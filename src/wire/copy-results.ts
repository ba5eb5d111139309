import type { CopyPartResult, ObjectChecksums } from '../store/copy-store.ts';
import { readDate, unquoteEtag } from './object-headers.ts';
import { type XmlElement, parseXml, textOf } from './xml.ts';

/** Checksum algorithms by their element; the last two are OBS's. */
const CHECKSUM_ELEMENTS = {
  ChecksumCRC32: 'CRC32',
  ChecksumCRC32C: 'CRC32C',
  ChecksumCRC64NVME: 'CRC64NVME',
  ChecksumSHA1: 'SHA1',
  ChecksumSHA256: 'SHA256',
  CRC64: 'CRC64ECMA',
  CRC32C: 'CRC32C',
} as const;

/** The checksums in an element, or `undefined`. */
export function readChecksums(element: XmlElement): ObjectChecksums | undefined {
  let checksums: Record<string, string> | undefined;
  for (const [name, algorithm] of Object.entries(CHECKSUM_ELEMENTS)) {
    const value = textOf(element, name)?.trim();
    if (value !== undefined && value !== '') (checksums ??= {})[algorithm] = value;
  }
  return checksums;
}

/** What CopyObject, a part copy and Complete answer. */
export interface CopyAnswer {
  /** Without quotes; `undefined` where it is missing or empty. */
  readonly etag: string | undefined;
  /** Whether there is an ETag element at all. */
  readonly hasEtag: boolean;
  readonly lastModified: Date | undefined;
  readonly checksums: ObjectChecksums | undefined;
}

/** What a body is: the result, the store's error, or nothing that can be trusted. */
export type ReadBody<T> = { readonly result: T } | 'error' | 'unknown';

/**
 * Reads the answer to a request that has no result. Some stores send a document all the same; but what is no document, or a page of
 * HTML, isn't the store's answer to this request, or is an error that was cut off.
 */
export function readNoResult(body: string): ReadBody<true> {
  if (body.trim() === '') return { result: true };
  const root = parseXml(body)?.root;
  if (root === 'Error') return 'error';
  return root === undefined || root.toLowerCase() === 'html' ? 'unknown' : { result: true };
}

/** Reads the result of a copy out of an answer by the XML parser. `root` is the element that the result must be. */
export function parseCopyAnswer(body: string, root: string): ReadBody<CopyAnswer> {
  const document = parseXml(body);
  if (document?.root === 'Error') return 'error';
  if (document === undefined || document.root !== root) return 'unknown';
  const etagText = textOf(document.element, 'ETag');
  return {
    result: {
      etag: unquoteEtag(etagText),
      hasEtag: etagText !== undefined,
      lastModified: readDate(textOf(document.element, 'LastModified')?.trim()),
      checksums: readChecksums(document.element),
    },
  };
}

/**
 * The usual answer to a part copy, trimmed, from its first to its last character: an optional declaration, the one root without
 * anything but a namespace, an ETag of hexadecimal digits (quoted in any way, or not), and a date before or after it. No two
 * repetitions stand side by side, so that a hostile body costs no more than a look at every character.
 */
const USUAL_COPY_PART =
  /^(?:<\?xml version="1\.0"(?: encoding="[\w-]{1,20}")?(?: standalone="(?:yes|no)")?\?>\s*)?<CopyPartResult(?: xmlns="[\w:/.-]{0,200}")?>\s*(?:<LastModified>([\dTZ:.-]{20,30})<\/LastModified>\s*)?<ETag>(?:"|&quot;|&#34;)?([\da-f]{32}(?:-\d{1,5})?)(?:"|&quot;|&#34;)?<\/ETag>\s*(?:<LastModified>([\dTZ:.-]{20,30})<\/LastModified>\s*)?<\/CopyPartResult>$/;

/**
 * Reads the result of a part copy. The usual answer is taken apart by one regular expression, at a hundredth of the parser's
 * cost; anything else in it (checksums, another order, a comment …) goes to the parser.
 */
export function readCopyPartBody(body: string): ReadBody<CopyPartResult> {
  const usual = USUAL_COPY_PART.exec(body.trim());
  if (usual !== null && (usual[1] === undefined || usual[3] === undefined)) {
    return { result: { etag: usual[2] as string, lastModified: readDate(usual[1] ?? usual[3]) } };
  }
  const answer = parseCopyAnswer(body, 'CopyPartResult');
  if (typeof answer === 'string') return answer;
  const { etag, lastModified, checksums } = answer.result;
  if (etag === undefined) return 'unknown';
  return { result: { etag, lastModified, ...(checksums !== undefined && { checksums }) } };
}
