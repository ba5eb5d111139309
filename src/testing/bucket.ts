import { compareKeys, findPlace, KeyList } from './key-order.ts';
import type { ObjectSeries } from './object-series.ts';
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
  /** Whether it is a parallel file system of OBS. */
  readonly isFileSystem: boolean;
  /** Versions of each key, oldest first. */
  readonly #versions = new Map<string, StoredObject[]>();
  readonly #keys = new KeyList();
  readonly #series: ObjectSeries[] = [];
  /** Keys of series that were removed. */
  readonly #removed = new Set<string>();

  constructor(
    name: string,
    settings: {
      readonly region: string;
      readonly createdMs: number;
      readonly defaultStorageClass?: string | undefined;
      readonly versioning?: 'off' | 'enabled' | 'suspended' | undefined;
      readonly objectLock?: boolean | undefined;
      readonly requesterPays?: boolean | undefined;
      readonly isFileSystem?: boolean | undefined;
    },
  ) {
    this.name = name;
    this.region = settings.region;
    this.createdMs = settings.createdMs;
    this.defaultStorageClass = settings.defaultStorageClass ?? 'STANDARD';
    this.versioning = settings.versioning ?? 'off';
    this.objectLock = settings.objectLock ?? false;
    this.requesterPays = settings.requesterPays ?? false;
    this.isFileSystem = settings.isFileSystem ?? false;
  }

  /** Whether it is one of S3 Express One Zone; its name says so. */
  get isDirectory(): boolean {
    return this.name.endsWith('--x-s3');
  }

  /** The current version, also when it is a delete marker. */
  current(key: string): StoredObject | undefined {
    return this.#versions.get(key)?.at(-1) ?? this.#findInSeries(key);
  }

  version(key: string, versionId: string): StoredObject | undefined {
    return this.versions(key).find((candidate) => candidate.versionId === versionId);
  }

  /** All versions, newest first. */
  versions(key: string): readonly StoredObject[] {
    const versions = this.#versions.get(key);
    if (versions !== undefined) return versions.toReversed();
    const made = this.#findInSeries(key);
    return made === undefined ? [] : [made];
  }

  /** Adds a version; one with the same id, as every `null` has, is replaced. */
  put(object: StoredObject): void {
    const versions = this.#versions.get(object.key);
    if (versions === undefined) {
      this.#versions.set(object.key, [object]);
      this.#keys.add(object.key);
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
    if (this.#series.length > 0) this.#removed.add(key);
    const versions = this.#versions.get(key);
    if (versions === undefined) return;
    const index = versions.findIndex((candidate) => candidate.versionId === versionId);
    if (index !== -1) versions.splice(index, 1);
    if (versions.length > 0) return;
    this.#versions.delete(key);
    this.#keys.delete(key);
  }

  get isEmpty(): boolean {
    return this.keysFrom('').next().done === true;
  }

  /** Adds objects that are made by a rule. */
  addSeries(series: ObjectSeries): void {
    this.#series.push(series);
  }

  /** All keys in the order in which they are listed: by their UTF-8 bytes. */
  keys(): readonly string[] {
    return this.#series.length === 0 ? this.#keys.sorted() : [...this.keysFrom('')];
  }

  /** The same from one key on, which need not exist. */
  *keysFrom(first: string): Generator<string> {
    const keys = this.#keys.sorted();
    let own = findPlace(keys.length, (index) => keys[index] ?? '', first);
    const places = this.#series.map((series) => series.placeOf(first));
    for (;;) {
      let least = keys[own];
      for (const [index, series] of this.#series.entries()) {
        const place = places[index] ?? 0;
        const key = place < series.count ? series.keyAt(place) : undefined;
        if (key !== undefined && (least === undefined || compareKeys(key, least) < 0)) least = key;
      }
      if (least === undefined) return;
      if (keys[own] === least) own++;
      for (const [index, series] of this.#series.entries()) {
        const place = places[index] ?? 0;
        if (place < series.count && series.keyAt(place) === least) places[index] = place + 1;
      }
      if (this.#versions.has(least) || !this.#removed.has(least)) yield least;
    }
  }

  #findInSeries(key: string): StoredObject | undefined {
    if (this.#series.length === 0 || this.#removed.has(key)) return undefined;
    for (const series of this.#series) {
      const found = series.find(key);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
