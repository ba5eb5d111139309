import type { Fault, FaultRule } from './fault.ts';
import type { LogNormalLatency, UniformLatency } from './latency.ts';
import { operationNames } from './operation-name.ts';
import type { TestStoreLimits } from './test-store-limits.ts';
import type { TestBucket, TestCredentials, TestObject, TestStoreOptions } from './test-store-options.ts';
import type { ThrottleOptions } from './throttle.ts';

type KeysOfUnion<T> = T extends unknown ? keyof T : never;
/** All names of a type; the compiler misses one that isn't there. */
type Names<T> = Readonly<Record<KeysOfUnion<T>, true>>;

const options: Names<TestStoreOptions> = {
  port: true,
  credentials: true,
  region: true,
  buckets: true,
  objects: true,
  latency: true,
  throttle: true,
  faults: true,
  limits: true,
  personality: true,
  seed: true,
  denied: true,
  latePartsLand: true,
  hosts: true,
  ownerId: true,
  tls: true,
};

const faultFields: Names<Fault & FaultRule> = {
  kind: true,
  operation: true,
  bucket: true,
  key: true,
  partNumber: true,
  attempt: true,
  maxAttempt: true,
  probability: true,
  times: true,
  after: true,
  status: true,
  code: true,
  message: true,
  retryAfterSeconds: true,
  delayMs: true,
  skewMs: true,
  afterWork: true,
  suffix: true,
  location: true,
  endpoint: true,
  region: true,
  bytes: true,
  source: true,
};

const objectFields: Names<TestObject> = {
  bucket: true,
  key: true,
  size: true,
  body: true,
  seed: true,
  partSize: true,
  contentType: true,
  cacheControl: true,
  contentDisposition: true,
  contentEncoding: true,
  contentLanguage: true,
  expires: true,
  metadata: true,
  websiteRedirectLocation: true,
  storageClass: true,
  acl: true,
  tags: true,
  objectLock: true,
  expiresAfterDays: true,
  encryption: true,
  checksumAlgorithm: true,
  lastModified: true,
};

const bucketFields: Names<TestBucket> = {
  name: true,
  versioning: true,
  region: true,
  storageClass: true,
  objectLock: true,
  requesterPays: true,
};

const credentialFields: Names<TestCredentials> = { accessKeyId: true, secretAccessKey: true, sessionToken: true };

const limits: Names<TestStoreLimits> = {
  minPartSize: true,
  maxPartSize: true,
  maxParts: true,
  maxCopyObjectSize: true,
  maxObjectSize: true,
  minRangedSourceSize: true,
  maxListedParts: true,
  maxMetadataSize: true,
};

const throttleFields: Names<ThrottleOptions> = {
  maxRequestsPerSecond: true,
  burst: true,
  slots: true,
  bytesPerSecond: true,
  status: true,
  retryAfterSeconds: true,
  operations: true,
};

const latencyFields: Names<UniformLatency | LogNormalLatency> = {
  minMs: true,
  maxMs: true,
  medianMs: true,
  sigma: true,
  tailRatio: true,
  tailFactor: true,
};

const objectLockFields: Names<NonNullable<TestObject['objectLock']>> = {
  mode: true,
  retainUntil: true,
  legalHold: true,
};

const encryptionFields: Names<NonNullable<TestObject['encryption']>> = { type: true, customerKey: true, keyId: true };

/** What a message calls a name. */
export type NameKind =
  | 'option'
  | 'field of a fault'
  | 'field of an object'
  | 'field of an object lock'
  | 'field of an encryption'
  | 'field of a bucket'
  | 'field of credentials'
  | 'limit'
  | 'field of a throttle'
  | 'field of a latency'
  | 'operation';

/** The names that each part of a test store's options knows. */
export const knownNames: Readonly<Record<NameKind, readonly string[]>> = {
  option: Object.keys(options),
  'field of a fault': Object.keys(faultFields),
  'field of an object': Object.keys(objectFields),
  'field of an object lock': Object.keys(objectLockFields),
  'field of an encryption': Object.keys(encryptionFields),
  'field of a bucket': Object.keys(bucketFields),
  'field of credentials': Object.keys(credentialFields),
  limit: Object.keys(limits),
  'field of a throttle': Object.keys(throttleFields),
  'field of a latency': Object.keys(latencyFields),
  operation: operationNames,
};
