import type { StoredObject } from './stored-object.ts';

/** A bucket: its settings, and all versions of its objects. */
export class Bucket {
  readonly name: string;
  readonly region: string;
  readonly createdMs: number;
  /** Class of objects whose own isn't named, where the server goes by the bucket. In S3's words. */
  readonly defaultStorageClass: string;
  versioning: 'off' | 'enabled' | 'suspended';
  readonly objectLock: boolean;
  readonly requesterPays: boolean;
  /** Versions of each key, oldest first. */
  readonly #versions = new Map<string, StoredObject[]>();
  #sortedKeys: string[] | undefined;

  constructor(
    name: string,
    settings: {
      readonly region: string;
      readonly createdMs: number;
      readonly defaultStorageClass?: string | undefined;
      readonly versioning?: 'off' | 'enabled' | 'suspended' | undefined;
      readonly objectLock?: boolean | undefined;
      readonly requesterPays?: boolean | undefined;
    },
  ) {
    this.name = name;
    this.region = settings.region;
    this.createdMs = settings.createdMs;
    this.defaultStorageClass = settings.defaultStorageClass ?? 'STANDARD';
    this.versioning = settings.versioning ?? 'off';
    this.objectLock = settings.objectLock ?? false;
    this.requesterPays = settings.requesterPays ?? false;
  }

  /** Whether it is one of S3 Express One Zone; its name says so. */
  get isDirectory(): boolean {
    return this.name.endsWith('--x-s3');
  }

  /** The current version, also when it is a delete marker. */
  current(key: string): StoredObject | undefined {
    return this.#versions.get(key)?.at(-1);
  }

  version(key: string, versionId: string): StoredObject | undefined {
    return this.#versions.get(key)?.find((candidate) => candidate.versionId === versionId);
  }

  /** All versions, newest first. */
  versions(key: string): readonly StoredObject[] {
    return this.#versions.get(key)?.toReversed() ?? [];
  }

  /** Adds a version; one with the same id, as every `null` has, is replaced. */
  put(object: StoredObject): void {
    const versions = this.#versions.get(object.key);
    if (versions === undefined) {
      this.#versions.set(object.key, [object]);
      this.#sortedKeys = undefined;
      return;
    }
    const replaced = versions.findIndex((candidate) => candidate.versionId === object.versionId);
    if (replaced !== -1) versions.splice(replaced, 1);
    versions.push(object);
  }

  /** Puts another state of a version in its place: tags, ACL or retention have changed. */
  amend(object: StoredObject): void {
    const versions = this.#versions.get(object.key) ?? [];
    const index = versions.findIndex((candidate) => candidate.versionId === object.versionId);
    if (index !== -1) versions[index] = object;
  }

  /** Removes one version for good. */
  remove(key: string, versionId: string): void {
    const versions = this.#versions.get(key);
    if (versions === undefined) return;
    const index = versions.findIndex((candidate) => candidate.versionId === versionId);
    if (index !== -1) versions.splice(index, 1);
    if (versions.length > 0) return;
    this.#versions.delete(key);
    this.#sortedKeys = undefined;
  }

  get isEmpty(): boolean {
    return this.#versions.size === 0;
  }

  /** All keys in the order in which they are listed: by their UTF-8 bytes. */
  keys(): readonly string[] {
    this.#sortedKeys ??= [...this.#versions.keys()].toSorted(compareKeys);
    return this.#sortedKeys;
  }
}

/** Orders keys by their UTF-8 bytes, as listings do; UTF-16 order differs beyond the basic plane. */
export function compareKeys(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
