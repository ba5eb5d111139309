import { type Dialect, formatDocument } from './dialect.ts';
import { type ReadBody, readBody } from './read-body.ts';
import type { ResponseHeaders } from './response-headers.ts';
import { elementOf, elementsOf, escapeXml, hasChild, textOf } from './xml.ts';

/**
 * Reads the answer to GET ?tagging. Stores without tags answer with the object itself, or with nothing: whatever isn't a set of tags is
 * the store's own answer, and will be the same the next time.
 */
export function readTagging(body: string, headers?: ResponseHeaders): ReadBody<Readonly<Record<string, string>>> {
  if (body === '' && headers !== undefined && saysThatItIsEmpty(headers)) return { result: {} };
  const read = readBody(body, (element, root) => {
    if (root !== 'Tagging' && !hasChild(element, 'TagSet')) return undefined;
    const tags = elementsOf(elementOf(element, 'TagSet'), 'Tag').map(
      (tag) => [textOf(tag, 'Key'), textOf(tag, 'Value') ?? ''] as const,
    );
    // `fromEntries` makes own properties, also of a tag named `__proto__`.
    return tags.some(([name]) => name === undefined) ? undefined : (Object.fromEntries(tags) as Record<string, string>);
  });
  return read === 'unknown' ? 'empty' : read;
}

/**
 * Whether an empty body is the store's own whole answer, and so an object without tags. Adobe S3Mock answers with the object's ETag and
 * nothing else. Ceph RGW 16 answers XML of no length, after CopyObject with directive REPLACE or Complete without tags.
 */
function saysThatItIsEmpty(headers: ResponseHeaders): boolean {
  if (headers.get('content-length') !== '0') return false;
  const isXml = headers.get('content-type') === 'application/xml' && headers.get('x-amz-request-id') !== undefined;
  return isXml || headers.get('etag') !== undefined;
}

export function formatTaggingBody(dialect: Dialect, tags: Readonly<Record<string, string>>): string {
  const set = Object.entries(tags)
    .map(([name, value]) => `<Tag><Key>${escapeXml(name)}</Key><Value>${escapeXml(value)}</Value></Tag>`)
    .join('');
  return formatDocument(dialect, 'Tagging', `<TagSet>${set}</TagSet>`);
}
