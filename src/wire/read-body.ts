import type { StoreOperation } from '../store/copy-store.ts';
import { readXml } from '../xml-tree.ts';
import type { XmlElement } from './xml.ts';

const MIB = 1024 * 1024;

/** An answer of more bytes is an error: all but lists are small, though Ceph RGW writes a line for each MiB that CopyObject copies. */
export function maxBodySize(operation: StoreOperation): number {
  if (operation === 'getObject') return 16 * MIB;
  return operation.startsWith('list') || operation === 'deleteObjects' ? 8 * MIB : MIB;
}

/** A body as text. The bytes of an object become a character each. */
export function decodeBody(operation: StoreOperation, statusCode: number, bytes: Buffer): string {
  return bytes.toString(operation === 'getObject' && statusCode < 300 ? 'latin1' : 'utf8');
}

/**
 * What a body is: the result; the store's error; `empty`, a whole answer that lacks the result, be it the store's, or a page, text or
 * JSON from something in between; or `unknown`, nothing that can be trusted: half a document.
 */
export type ReadBody<T> = { readonly result: T } | 'error' | 'empty' | 'unknown';

/**
 * Reads an answer for what it holds, whatever its root is called: S3Proxy answers a part with `CopyObjectResult`, rclone Create with
 * `InitiateMultipartUpload`, moto ListParts with `ListPartsResponse`.
 *
 * @param read - gives undefined if the document lacks what the result must have
 */
export function readBody<T>(body: string, read: (element: XmlElement, root: string) => T | undefined): ReadBody<T> {
  const document = readXml(body);
  if (document === undefined) return isCutOff(body) ? 'unknown' : 'empty';
  if (isHtml(document)) return 'empty';
  if (document.name === 'Error') return 'error';
  const result = read(document, document.name);
  return result === undefined ? 'empty' : { result };
}

/**
 * Reads the answer to a request that has no result. Some stores send a document all the same; but what is no document, or a page of
 * HTML, isn't the store's answer to this request, or is an error that was cut off.
 */
export function readNoResult(body: string): ReadBody<undefined> {
  if (body.trim() === '') return { result: undefined };
  const read = readBody(body, () => true);
  return typeof read === 'string' ? read : { result: undefined };
}

/** Whether a body that is no document was to be one. A page of HTML hardly ever is. */
function isCutOff(body: string): boolean {
  return body.trimStart().startsWith('<') && !/<(?:!doctype\s+)?html\b/i.test(body.slice(0, 1000));
}

function isHtml({ name }: { readonly name: string }): boolean {
  return name.toLowerCase() === 'html';
}
