import type { DeleteObjectsResult } from '../store/copy-store.ts';
import { type Dialect, formatDocument } from './dialect.ts';
import { type ReadBody, readBody } from './read-body.ts';
import { elementsOf, escapeXml, hasChild, textOf, wordOf } from './xml.ts';

export function formatDeleteBody(dialect: Dialect, keys: readonly string[]): string {
  const objects = keys.map((key) => `<Object><Key>${escapeXml(key)}</Key></Object>`);
  return formatDocument(dialect, 'Delete', objects.join(''));
}

export function readDeleteResult(body: string): ReadBody<DeleteObjectsResult> {
  return readBody(body, (element, root) => {
    const isResult = root === 'DeleteResult' || hasChild(element, 'Deleted') || hasChild(element, 'Error');
    if (!isResult) return undefined;
    const deleted = elementsOf(element, 'Deleted').map((each) => textOf(each, 'Key') ?? '');
    const errors = elementsOf(element, 'Error').map((each) => ({
      key: textOf(each, 'Key') ?? '',
      code: wordOf(each, 'Code'),
      message: wordOf(each, 'Message'),
    }));
    return { deleted, errors };
  });
}
