import type { CopyObjectResult, CopyPartResult } from '../store/copy-store.ts';
import { readChecksumElements } from './checksums.ts';
import type { Dialect } from './dialect.ts';
import { readDate, unquoteEtag } from './object-headers.ts';
import { type ReadBody, readBody } from './read-body.ts';
import type { WireResponse } from './send-request.ts';
import { readEncryption } from './sse-headers.ts';
import { textOf, wordOf } from './xml.ts';

type CopyAnswer = Pick<CopyObjectResult, 'etag' | 'lastModified' | 'checksums'>;

/**
 * The usual answer to a copy, trimmed, from its first to its last character: an optional declaration, the one root without
 * anything but a namespace, an ETag of hexadecimal digits (quoted in any way, or not), and a date before or after it. No two
 * repetitions stand side by side, so that a hostile body costs no more than a look at every character.
 */
const USUAL_COPY =
  /^(?:<\?xml version="1\.0"(?: encoding="[\w-]{1,20}")?(?: standalone="(?:yes|no)")?\?>\s*)?<(CopyPartResult|CopyObjectResult)(?: xmlns="[\w:/.-]{0,200}")?>\s*(?:<LastModified>([\dTZ:.-]{20,30})<\/LastModified>\s*)?<ETag>(?:"|&quot;|&#34;)?([\da-f]{32}(?:-\d{1,5})?)(?:"|&quot;|&#34;)?<\/ETag>\s*(?:<LastModified>([\dTZ:.-]{20,30})<\/LastModified>\s*)?<\/\1>$/;

/**
 * Reads the result of CopyObject or Complete. An empty ETag is one that isn't known; no ETag element at all isn't a result. The usual
 * answer is taken apart by one regular expression, at a hundredth of the parser's cost; anything else in it (checksums, another
 * order, a comment …) goes to the parser.
 */
export function readCopyAnswer(body: string): ReadBody<CopyAnswer> {
  const usual = USUAL_COPY.exec(body.trim());
  if (usual !== null && (usual[2] === undefined || usual[4] === undefined)) {
    return { result: { etag: usual[3], lastModified: readDate(usual[2] ?? usual[4]) } };
  }
  return readBody(body, (element, root) => {
    // A list has ETags of other things.
    if (root.startsWith('List')) return undefined;
    const etag = textOf(element, 'ETag');
    if (etag === undefined) return undefined;
    const lastModified = readDate(wordOf(element, 'LastModified'));
    return { etag: unquoteEtag(etag), lastModified, checksums: readChecksumElements(element) };
  });
}

/** Reads the result of a part copy, and how long OBS held the request back. */
export function readCopiedPart({ body, headers }: WireResponse): ReadBody<CopyPartResult> {
  const answer = readCopyAnswer(body);
  if (typeof answer === 'string') return answer;
  if (answer.result.etag === undefined) return 'empty';
  const result = answer.result as CopyPartResult;
  const qosDelay = headers.get('x-obs-qos-delay-time');
  if (qosDelay === undefined || !/^\d{1,9}$/.test(qosDelay)) return { result };
  return { result: { ...result, qosDelayMs: Number(qosDelay) } };
}

export function readMadeObject({ body, headers }: WireResponse, dialect: Dialect): ReadBody<CopyObjectResult> {
  const answer = readCopyAnswer(body);
  if (typeof answer === 'string') return answer;
  const versionId = headers.get(`${dialect.prefix}version-id`);
  return { result: { ...answer.result, versionId, encryption: readEncryption(headers, dialect) } };
}
