export { startTestStore, type TestStore, type TestUpload } from './start-test-store.ts';
export type {
  TestBucket,
  TestCredentials,
  TestObject,
  TestObjectProperties,
  TestStoreOptions,
} from './test-store-options.ts';
export type { TestStoreLimits } from './test-store-limits.ts';
export type { TestStoreStats } from './store-stats.ts';
export type { TestObjectView } from './object-view.ts';
export type { ProvenanceRange } from './provenance.ts';
export type { Fault, FaultHook, FaultKind, FaultRule } from './fault.ts';
export type { Latency, LatencyOption, LogNormalLatency, UniformLatency } from './latency.ts';
export type { TestPolicy, TestPolicyStatement } from './policy.ts';
export type { ThrottleOptions } from './throttle.ts';
export type { RequestInfo } from './request-info.ts';
export type { OperationName } from './operation-name.ts';
export type { PersonalityName } from './personality.ts';
export type { StoredChecksums, StoredEncryption, StoredGrant, StoredLock, StoredPart } from './stored-object.ts';
