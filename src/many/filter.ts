import { refuse } from '../check-options.ts';
import type { ObjectsFilter, SourceObject } from './copy-objects-options.ts';
import { compileGlob } from './glob.ts';

/** Makes a filter one function. @throws CopyOptionsError for a pattern that is none; so does the function if the caller's gives a promise */
export function compileFilter(
  filter: ObjectsFilter | ((object: SourceObject) => boolean) | undefined,
): ((object: SourceObject) => boolean) | undefined {
  if (filter === undefined) return undefined;
  if (typeof filter === 'function') {
    return (object) => {
      return Boolean(atOnce(filter(object), 'filter', 'true or false'));
    };
  }
  const { minSize, maxSize, modifiedAfter, modifiedBefore, storageClass } = filter;
  const include = filter.include?.map((pattern) => compileGlob(pattern));
  const exclude = filter.exclude?.map((pattern) => compileGlob(pattern));
  const classes = typeof storageClass === 'string' ? [storageClass] : storageClass;
  return ({ name, size, lastModified, storageClass: found = 'STANDARD' }) =>
    (include === undefined || include.some((pattern) => pattern.test(name))) &&
    exclude?.some((pattern) => pattern.test(name)) !== true &&
    (minSize === undefined || (size !== undefined && size >= minSize)) &&
    (maxSize === undefined || (size !== undefined && size <= maxSize)) &&
    (modifiedAfter === undefined || (lastModified !== undefined && lastModified > modifiedAfter)) &&
    (modifiedBefore === undefined || (lastModified !== undefined && lastModified < modifiedBefore)) &&
    classes?.includes(found) !== false;
}

/** What a caller's function gives. @throws CopyOptionsError if it is a promise, which may fail, too */
export function atOnce<T>(answer: T, option: string, rule: string): T {
  if (!(answer instanceof Promise)) return answer;
  answer.catch(() => undefined);
  return refuse({ path: `${option}()` }, `${rule}, at once`, answer, 'a promise');
}
