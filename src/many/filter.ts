import type { ObjectsFilter, SourceObject } from './copy-objects-options.ts';
import { compileGlob } from './glob.ts';

/** Makes a filter one function. @throws CopyOptionsError for a pattern that is none */
export function compileFilter(
  filter: ObjectsFilter | ((object: SourceObject) => boolean) | undefined,
): ((object: SourceObject) => boolean) | undefined {
  if (filter === undefined || typeof filter === 'function') return filter;
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
