import type { PreserveOptions } from '../options/copy-options.ts';
import { CONTENT_PROPERTIES } from '../store/content-properties.ts';
import type { ObjectGrants, ObjectLock, ObjectProperties } from '../store/copy-store.ts';

export interface SourceExtras {
  /** Its tags, if they are to be carried over. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** Its grants, if they are to be carried over. */
  readonly grants?: ObjectGrants | undefined;
  /** The canned ACL that says the same as its grants, if the store can't be given those. */
  readonly acl?: string | undefined;
}

/**
 * The properties of the new object: what is carried over from the source, with what the caller sets on top, field by field
 * (`metadata`, `tags`, `grants` and `objectLock` are one field each). Pure. Values are passed on exactly as the store gave them.
 */
export function carryProperties(
  source: ObjectProperties,
  extras: SourceExtras,
  overrides: ObjectProperties,
  preserve: PreserveOptions,
  now: Date,
): ObjectProperties {
  const names = [...CONTENT_PROPERTIES, 'metadata', 'websiteRedirectLocation'] as const;
  const carried: ObjectProperties =
    preserve.metadata === false ? {} : Object.fromEntries(names.map((name) => [name, source[name]]));
  // A canned ACL that the caller sets takes the place of the source's grants, and the other way round.
  const setsAcl = overrides.acl !== undefined || overrides.grants !== undefined;
  return withoutUndefined({
    ...carried,
    // HEAD names only classes other than STANDARD, while leaving the class out on OBS means the bucket's default.
    storageClass: preserve.storageClass === true ? (source.storageClass ?? 'STANDARD') : undefined,
    objectLock: preserve.objectLock === true ? withoutEndedRetention(source.objectLock, now) : undefined,
    tags: extras.tags,
    ...(setsAcl ? {} : { acl: extras.acl, grants: extras.grants }),
    ...withoutUndefined(overrides),
  });
}

/** A retention that has ended protects nothing, and a store refuses to write it: its end must be in the future. */
function withoutEndedRetention(lock: ObjectLock | undefined, now: Date): ObjectLock | undefined {
  if (lock?.retainUntil === undefined || lock.retainUntil > now) return lock;
  const { legalHold, eventHold } = lock;
  return legalHold === undefined && eventHold === undefined ? undefined : { legalHold, eventHold };
}

function withoutUndefined(properties: ObjectProperties): ObjectProperties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
}
