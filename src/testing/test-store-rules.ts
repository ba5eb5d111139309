import {
  choice,
  dictionary,
  flag,
  integer,
  list,
  number,
  optional,
  record,
  refuse,
  type Rule,
  text,
} from '../check-options.ts';
import { checksumAlgorithms } from './content-digest.ts';
import { faultKinds, type Fault, type FaultRule } from './fault.ts';
import type { LogNormalLatency, UniformLatency } from './latency.ts';
import type { TestSeries } from './object-series.ts';
import { type OperationName, operationNames } from './operation-name.ts';
import { personalities } from './personalities.ts';
import type { TestPolicy, TestPolicyStatement } from './policy.ts';
import type { TestStoreLimits } from './test-store-limits.ts';
import type { TestBucket, TestCredentials, TestObject, TestStoreOptions } from './test-store-options.ts';
import type { ThrottleOptions } from './throttle.ts';

/** A rule for each name of a type; the compiler misses one that isn't there. */
type RulesOf<T> = Readonly<Record<T extends unknown ? keyof T : never, Rule<unknown>>>;

const asIs: Rule<unknown> = (value) => value;
const maybeText = optional(text);
const asText: Rule<unknown> = (value, place) => (typeof value === 'string' ? value : refuse(place, 'a string', value));
const maybeFlag = optional(flag);
const maybeCount = optional(integer(0));
const maybeAmount = optional(number(0));
const texts = optional(dictionary(asIs));

const operation = choice(...operationNames);

/** Which operations something applies to. */
export const operations: Rule<readonly OperationName[]> = list(operation);

const faultRules = {
  kind: choice(...faultKinds),
  operation: optional((value, place) => (Array.isArray(value) ? operations(value, place) : operation(value, place))),
  bucket: maybeText,
  key: maybeText,
  partNumber: maybeCount,
  attempt: maybeCount,
  maxAttempt: maybeCount,
  probability: maybeAmount,
  times: maybeCount,
  after: maybeCount,
  status: maybeCount,
  code: maybeText,
  message: asIs,
  retryAfterSeconds: maybeAmount,
  delayMs: maybeAmount,
  skewMs: asIs,
  afterWork: maybeFlag,
  suffix: asIs,
  location: asIs,
  endpoint: asIs,
  region: asIs,
  bytes: maybeCount,
  source: optional(record({ bucket: text, key: text })),
} satisfies RulesOf<Fault & FaultRule>;

const fault = record(faultRules);

/** What goes wrong: rules, and functions that decide. A rule that never strikes for being misspelt would make every test of it pass. */
export const faults: Rule<unknown> = list((value, place) =>
  typeof value === 'function' ? value : fault(value, place),
);

/** A bucket. */
export const bucket: Rule<unknown> = (value, place) =>
  typeof value === 'string' ? value : record(bucketRules)(value, place);

const bucketRules = {
  name: text,
  versioning: optional(choice('off', 'enabled', 'suspended')),
  region: maybeText,
  storageClass: maybeText,
  objectLock: maybeFlag,
  requesterPays: maybeFlag,
  fileSystem: maybeFlag,
} satisfies RulesOf<TestBucket>;

const eventHold = record({ on: flag, days: maybeCount, years: maybeCount });

/** An object. Its bytes and its layout are checked when it is made. */
export const object: Rule<unknown> = record({
  bucket: text,
  key: text,
  size: asIs,
  body: asIs,
  seed: asIs,
  partSize: asIs,
  contentType: asIs,
  cacheControl: asIs,
  contentDisposition: asIs,
  contentEncoding: asIs,
  contentLanguage: asIs,
  expires: asIs,
  metadata: texts,
  websiteRedirectLocation: asIs,
  storageClass: maybeText,
  acl: maybeText,
  tags: texts,
  objectLock: optional(
    record({ mode: maybeText, retainUntil: asIs, legalHold: maybeFlag, eventHold: optional(eventHold) }),
  ),
  expiresAfterDays: maybeCount,
  encryption: optional(
    record({ type: choice('SSE-C', 'SSE-KMS', 'AES256'), customerKey: maybeText, keyId: maybeText }),
  ),
  checksumAlgorithm: optional(choice(...checksumAlgorithms)),
  annotations: texts,
  lastModified: asIs,
} satisfies RulesOf<TestObject>);

/** What the store has to give. */
export const throttle: Rule<unknown> = optional(
  record({
    maxRequestsPerSecond: maybeAmount,
    burst: maybeAmount,
    slots: maybeCount,
    bytesPerSecond: maybeAmount,
    status: maybeCount,
    retryAfterSeconds: maybeAmount,
    operations: optional(operations),
  } satisfies RulesOf<ThrottleOptions>),
);

const distribution = record({
  minMs: maybeAmount,
  maxMs: maybeAmount,
  medianMs: maybeAmount,
  sigma: maybeAmount,
  tailRatio: maybeAmount,
  tailFactor: maybeAmount,
} satisfies RulesOf<UniformLatency | LogNormalLatency>);

const oneLatency: Rule<unknown> = optional((value, place) => {
  if (typeof value === 'function') return value;
  return typeof value === 'object' ? distribution(value, place) : number(0)(value, place);
});

const latencies = record(Object.fromEntries([...operationNames, 'default'].map((name) => [name, oneLatency])));

/** How long requests take: all of them, or each operation. */
export const latency: Rule<unknown> = (value, place) => {
  const isTable = typeof value === 'object' && value !== null && !('minMs' in value) && !('medianMs' in value);
  return isTable ? latencies(value, place) : oneLatency(value, place);
};

// A secret that stands in the wrong place is not shown.
const key: Rule<unknown> = (value, place) =>
  typeof value === 'string' && value !== '' ? value : refuse(place, 'a string that is not empty', value, typeof value);

const keys = record({
  accessKeyId: key,
  secretAccessKey: key,
  sessionToken: optional(key),
} satisfies RulesOf<TestCredentials>);

const maybeLimit = optional((value, place) => (value === Infinity ? value : integer(0)(value, place)));

const words: Rule<unknown> = (value, place) => (Array.isArray(value) ? list(text)(value, place) : text(value, place));

/** A policy. One that holds what isn't known here would permit, or deny, something else than the vendor's. */
const policy = record({
  Version: maybeText,
  Statement: list(
    record({
      Sid: maybeText,
      Effect: choice('Allow', 'Deny'),
      Action: words,
      Resource: words,
    } satisfies RulesOf<TestPolicyStatement>),
  ),
} satisfies RulesOf<TestPolicy>);

/** The options of `startTestStore`. */
export const TEST_STORE_RULES: RulesOf<TestStoreOptions> = {
  port: optional(integer(0, 65_535)),
  credentials: optional((value, place) => {
    if (value === false) return value;
    return Array.isArray(value) ? list(keys)(value, place) : keys(value, place);
  }),
  region: maybeText,
  buckets: optional(list(bucket)),
  objects: optional(list(object)),
  series: optional(
    list(record({ bucket: text, prefix: asText, count: integer(0), size: integer(0) } satisfies RulesOf<TestSeries>)),
  ),
  latency,
  throttle,
  faults: optional(faults),
  limits: optional(
    record({
      minPartSize: maybeLimit,
      maxPartSize: maybeLimit,
      maxParts: maybeLimit,
      maxCopyObjectSize: maybeLimit,
      maxObjectSize: maybeLimit,
      minRangedSourceSize: maybeLimit,
      maxListedParts: maybeLimit,
      maxMetadataSize: maybeLimit,
    } satisfies RulesOf<TestStoreLimits>),
  ),
  personality: optional(choice(...Object.keys(personalities))),
  seed: asIs,
  denied: optional(operations),
  policy: optional(policy),
  latePartsLand: maybeFlag,
  hosts: optional(list(text)),
  ownerId: maybeText,
  tls: optional(record({ key: asIs, cert: asIs })),
};
