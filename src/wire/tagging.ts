import type { ReadBody } from './copy-results.ts';
import type { Dialect } from './dialect.ts';
import type { ResponseHeaders } from './response-headers.ts';
import { elementOf, elementsOf, escapeXml, parseXml, textOf } from './xml.ts';

/** Reads the answer to GET ?tagging. */
export function readTagging(body: string, headers?: ResponseHeaders): ReadBody<Readonly<Record<string, string>>> {
  if (body === '' && headers !== undefined && saysThatItIsEmpty(headers)) return { result: {} };
  const document = parseXml(body);
  if (document?.root === 'Error') return 'error';
  if (document?.root !== 'Tagging') return 'unknown';
  const tags: [string, string][] = [];
  for (const element of elementsOf(elementOf(document.element, 'TagSet'), 'Tag')) {
    const name = textOf(element, 'Key');
    if (name === undefined) return 'unknown';
    tags.push([name, textOf(element, 'Value') ?? '']);
  }
  // `fromEntries` makes own properties, also of a tag named `__proto__`.
  return { result: Object.fromEntries(tags) };
}

/**
 * Ceph RGW 16 answers XML of no length at all for an object that was made without tags by CopyObject with directive REPLACE, or
 * by Complete. An empty body is taken for that only where the headers say that it is the store's own and whole.
 */
function saysThatItIsEmpty(headers: ResponseHeaders): boolean {
  return (
    headers.get('content-length') === '0' &&
    headers.get('content-type') === 'application/xml' &&
    headers.get('x-amz-request-id') !== undefined
  );
}

/** The body of PUT ?tagging. */
export function formatTaggingBody(dialect: Dialect, tags: Readonly<Record<string, string>>): string {
  const set = Object.entries(tags)
    .map(([name, value]) => `<Tag><Key>${escapeXml(name)}</Key><Value>${escapeXml(value)}</Value></Tag>`)
    .join('');
  const namespace = dialect.xmlNamespace === '' ? '' : ` xmlns="${dialect.xmlNamespace}"`;
  return `<Tagging${namespace}><TagSet>${set}</TagSet></Tagging>`;
}
