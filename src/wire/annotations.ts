import type { ListAnnotationsResult } from '../store/copy-store.ts';
import { type ReadBody, readBody } from './read-body.ts';
import { elementOf, elementsOf, hasChild, textOf, wordOf } from './xml.ts';

/**
 * Reads one page of annotations. A store that knows none answers with the object itself: that says that it keeps none, and is the same the
 * next time.
 */
export function readAnnotations(body: string): ReadBody<ListAnnotationsResult> {
  const read = readBody(body, (element) => {
    if (!hasChild(element, 'Annotations') && !hasChild(element, 'AnnotationCount')) return undefined;
    const entries = elementsOf(elementOf(element, 'Annotations'), 'AnnotationEntry');
    const names = entries.map((entry) => textOf(entry, 'AnnotationName'));
    if (names.includes(undefined)) return undefined;
    return { names: names as string[], continuationToken: wordOf(element, 'NextContinuationToken') };
  });
  return read === 'unknown' ? 'empty' : read;
}
