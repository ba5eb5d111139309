export { fileCheckpointStore } from './resume/file-checkpoint-store.ts';
export type { CheckpointStore } from './store/checkpoint-store.ts';
export { copyLargeObject, planCopy } from './copy.ts';
export type {
  CopyEvents,
  CopyPhase,
  CopyProgress,
  CopyResult,
  CopyWarning,
  HedgeEvent,
  PartEvent,
  RetryEvent,
  ThrottleEvent,
  UploadEvent,
  WarningCode,
} from './events.ts';
export type {
  ConcurrencyBounds,
  CopyDestination,
  CopyOptions,
  CopySource,
  HedgeOptions,
  PreserveOptions,
  RetryOptions,
  SseCustomerKeyInput,
} from './options/copy-options.ts';
export type { CopyTask } from './task.ts';
export {
  type RecordedMark,
  type RecordedPace,
  type RecordedPart,
  type Recording,
  recordTimeline,
  type Timeline,
} from './timeline/record-timeline.ts';
export { copyObjects, type CopyRun } from './many/copy-objects.ts';
export type {
  CopyObjectsOptions,
  ObjectEntry,
  ObjectOutcome,
  ObjectsFilter,
  ObjectsSource,
  ObjectTarget,
  SourceObject,
} from './many/copy-objects-options.ts';
export { readObjectList } from './many/object-list.ts';
export { fileReport } from './many/file-report.ts';
export type { PlanAssumptions, RequestPrices, RunEstimate } from './many/estimate-run.ts';
export { type CopyObjectsPlan, planObjects } from './many/plan-objects.ts';
export type { ObjectReport, ReportLine } from './many/report.ts';
export type { CopyObjectsEvents, CopyObjectsResult, CopyObjectsWarning } from './many/run-events.ts';
export type { CopyObjectsProgress } from './many/totals.ts';
export {
  CheckpointError,
  CompleteFailedError,
  CopyError,
  type CopyErrorCode,
  type CopyErrorOptions,
  CopyOptionsError,
  DestinationExistsError,
  PartFailedError,
  SourceChangedError,
  SourceNotFoundError,
  VerificationError,
} from './errors.ts';
export { type AnyCopyError, isCopyError } from './any-copy-error.ts';
export { obsStore } from './wire/http-store.ts';
export { s3Store } from './wire/http-store.ts';
export type { HttpStoreOptions, ObsStoreOptions, S3StoreOptions } from './wire/store-options.ts';
export type { CredentialProvider, Credentials } from './wire/credentials.ts';
export type { CopyPlan } from './plan/copy-plan.ts';
export type { PartRange } from './plan/part-range.ts';
export { planParts, type PlanPartsOptions } from './plan/plan-parts.ts';
export type * from './store/copy-store.ts';
export type { RequestTrace } from './store/trace-request.ts';
export type { CopyTrace } from './trace-copy.ts';
export { isStoreError, StoreError, type StoreErrorDetails, type StoreErrorKind } from './store/store-error.ts';
export { OBS_LIMITS, S3_LIMITS, type StoreLimits } from './store/store-limits.ts';
export { createLimiter, type Limiter, type LimiterOptions } from './request/limiter.ts';
