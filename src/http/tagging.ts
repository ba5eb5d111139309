import type { ReadBody } from './copy-results.ts';
import type { Dialect } from './dialect.ts';
import { elementOf, elementsOf, escapeXml, parseXml, textOf } from './xml.ts';

/**
 * Reads the answer to GET ?tagging. An empty body is an answer, too: Ceph RGW 16 gives it for an object that was made by a
 * CopyObject with directive REPLACE, and has no tags.
 */
export function readTagging(body: string): ReadBody<Readonly<Record<string, string>>> {
  if (body === '') return { result: {} };
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

/** The body of PUT ?tagging. */
export function formatTaggingBody(dialect: Dialect, tags: Readonly<Record<string, string>>): string {
  const set = Object.entries(tags)
    .map(([name, value]) => `<Tag><Key>${escapeXml(name)}</Key><Value>${escapeXml(value)}</Value></Tag>`)
    .join('');
  const namespace = dialect.xmlNamespace === '' ? '' : ` xmlns="${dialect.xmlNamespace}"`;
  return `<Tagging${namespace}><TagSet>${set}</TagSet></Tagging>`;
}
