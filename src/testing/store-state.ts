import { createHash } from 'node:crypto';
import type { Bucket } from './bucket.ts';
import type { OperationName } from './operation-name.ts';
import { Policy } from './policy.ts';
import { permissionFor, type Subject } from './policy-actions.ts';
import type { Personality } from './personality.ts';
import { personalities } from './personalities.ts';
import type { Dialect } from './dialect.ts';
import type { StatsCounter } from './store-stats.ts';
import { ServiceError } from './service-error.ts';
import type { StoredEncryption, StoredObject, StoredUpload } from './stored-object.ts';
import type { TestStoreOptions } from './test-store-options.ts';

/** Synthetic objects up to this size have real digests; beyond, reading the bytes would take too long. */
export const MAX_HASHED_SIZE: number = 64 * 1024 * 1024;

/** Everything that the store holds and knows. */
export class StoreState {
  readonly buckets: Map<string, Bucket> = new Map();
  /** By upload id, also those that have ended. */
  readonly uploads: Map<string, StoredUpload> = new Map();
  readonly region: string;
  readonly ownerId: string;
  readonly latePartsLand: boolean;
  readonly stats: StatsCounter;
  /** Added to the machine's clock. */
  clockOffsetMs = 0;
  denied: ReadonlySet<OperationName>;
  readonly #policy: Policy | undefined;
  readonly #personality: Personality | undefined;
  readonly #limits: TestStoreOptions['limits'];
  readonly #byDialect: Readonly<Record<Dialect['name'], Personality>>;
  readonly #seed: number;
  #serial = 0;

  constructor(options: TestStoreOptions, stats: StatsCounter) {
    this.region = options.region ?? 'us-east-1';
    this.ownerId = options.ownerId ?? '123456789012';
    this.latePartsLand = options.latePartsLand ?? false;
    this.denied = new Set(options.denied);
    this.#policy = options.policy === undefined ? undefined : new Policy(options.policy);
    this.stats = stats;
    this.#seed = options.seed ?? 1;
    this.#limits = options.limits;
    this.#personality = options.personality === undefined ? undefined : this.#withLimits(options.personality);
    this.#byDialect = { s3: this.#withLimits('aws'), obs: this.#withLimits('obs') };
  }

  /** How to behave towards a request. */
  personalityFor(dialect: Dialect): Personality {
    return this.#personality ?? this.#byDialect[dialect.name];
  }

  now(): number {
    return Date.now() + this.clockOffsetMs;
  }

  /** 32 hexadecimal digits that never come again. */
  newId(kind: string): string {
    this.#serial += 1;
    return createHash('md5').update(`${kind} ${this.#seed} ${this.#serial}`).digest('hex');
  }

  /** @throws {ServiceError} NoSuchBucket */
  bucket(name: string): Bucket {
    const bucket = this.buckets.get(name);
    if (bucket === undefined) throw new ServiceError('NoSuchBucket', undefined, { details: { BucketName: name } });
    return bucket;
  }

  /** Version id of an object about to be written. */
  newVersionId(bucket: Bucket): string {
    return bucket.versioning === 'enabled' ? this.newId('version') : 'null';
  }

  /** Puts an object, and makes it the owner of those of its bytes that belong to nobody yet. */
  putObject(object: StoredObject): void {
    let offset = 0;
    for (const { origin, offset: offsetInOrigin, length } of object.content.extents) {
      if (origin.owner === undefined) {
        origin.owner = { bucket: object.bucket, key: object.key, versionId: object.versionId, etag: object.etag };
        origin.offsetInOwner = offset - offsetInOrigin;
      }
      offset += length;
    }
    this.bucket(object.bucket).put(object);
  }

  /** @throws {ServiceError} AccessDenied where the operation is among the denied, or the policy doesn't allow its action */
  requirePermission(operation: OperationName, subject: Subject): void {
    if (this.denied.has(operation)) throw new ServiceError('AccessDenied');
    if (this.#policy === undefined) return;
    const permission = permissionFor(operation, subject);
    if (permission !== undefined) this.#policy.require(permission.action, permission.resource, this.ownerId);
  }

  /** Whether the policy allows an operation. */
  permits(operation: OperationName, subject: Subject): boolean {
    const permission = this.#policy === undefined ? undefined : permissionFor(operation, subject);
    return permission === undefined || this.#policy?.permits(permission.action, permission.resource) === true;
  }

  /** @throws {ServiceError} AccessDenied where something is encrypted by a key of the KMS, and the policy doesn't allow to use it so */
  requireKey({ type, kmsKeyId = '' }: StoredEncryption, action: 'kms:Decrypt' | 'kms:GenerateDataKey'): void {
    if (type !== 'SSE-KMS') return;
    const arn = kmsKeyId.startsWith('arn:') ? kmsKeyId : `arn:aws:kms:${this.region}:${this.ownerId}:key/${kmsKeyId}`;
    this.#policy?.require(action, arn, this.ownerId);
  }

  #withLimits(name: Personality['name']): Personality {
    const personality = personalities[name];
    return { ...personality, limits: { ...personality.limits, ...this.#limits } };
  }
}
