import type { XmlNode } from '../xml-tree.ts';
import { childOf, childText } from './request-xml.ts';
import { percentDecodeForm } from './percent-encoding.ts';
import { ServiceError } from './service-error.ts';

const MAX_TAGS = 10;

/** Reads tags from a header: `key=value&key=value`, form-encoded. */
export function readTagHeader(header: string, isDecoded: boolean): Readonly<Record<string, string>> {
  const decode = isDecoded ? percentDecodeForm : (text: string): string => text;
  const pairs = header
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair): [string, string] => {
      const equals = pair.indexOf('=');
      if (equals === -1) return [decode(pair), ''];
      return [decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))];
    });
  return isDecoded ? checkTags(pairs) : Object.fromEntries(pairs);
}

/** Reads tags from a `<Tagging>` document. */
export function readTagDocument(root: XmlNode | undefined): Readonly<Record<string, string>> {
  const tagSet = childOf(root, 'TagSet');
  if (root?.name !== 'Tagging' || tagSet === undefined) throw new ServiceError('MalformedXML');
  return checkTags(tagSet.children.map((tag) => [childText(tag, 'Key') ?? '', childText(tag, 'Value') ?? '']));
}

function checkTags(pairs: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  if (pairs.length > MAX_TAGS) throw new ServiceError('BadRequest', 'Object tags cannot be greater than 10');
  const tags: Record<string, string> = {};
  for (const [key, value] of pairs) {
    if (key === '' || key.length > 128) throw new ServiceError('InvalidTag', 'The TagKey you have provided is invalid');
    if (value.length > 256) throw new ServiceError('InvalidTag', 'The TagValue you have provided is invalid');
    if (Object.hasOwn(tags, key))
      throw new ServiceError('InvalidTag', 'Cannot provide multiple Tags with the same key');
    tags[key] = value;
  }
  return tags;
}
