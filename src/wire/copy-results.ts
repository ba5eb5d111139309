import type { CopyObjectResult, CopyPartResult } from '../store/copy-store.ts';
import { readChecksumElements } from './checksums.ts';
import { readDate, unquoteEtag } from './object-headers.ts';
import { type ReadBody, readBody } from './read-body.ts';
import { textOf } from './xml.ts';

/** What CopyObject and Complete answer in their document. */
export type CopyAnswer = Pick<CopyObjectResult, 'etag' | 'lastModified' | 'checksums'>;

/** Reads the result of CopyObject or Complete. An empty ETag is one that isn't known; no ETag element at all isn't a result. */
export function readCopyAnswer(body: string): ReadBody<CopyAnswer> {
  return readBody(body, (element, root) => {
    // A list has ETags of other things.
    if (root.startsWith('List')) return undefined;
    const etag = textOf(element, 'ETag');
    if (etag === undefined) return undefined;
    const lastModified = readDate(textOf(element, 'LastModified')?.trim());
    return { etag: unquoteEtag(etag), lastModified, checksums: readChecksumElements(element) };
  });
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
  const answer = readCopyAnswer(body);
  if (typeof answer === 'string') return answer;
  const { etag, ...facts } = answer.result;
  return etag === undefined ? 'empty' : { result: { etag, ...facts } };
}
