export { checkCheckpointStore, type CheckpointStoreCheck } from './check-checkpoint-store.ts';
export type { CopyJob, JobObject, JobOptions, JobPlace } from './copy-job.ts';
export type { JobCounts, JobFailure, JobResult } from './job-result.ts';
export { planJobs, type PlanJobsOptions } from './plan-jobs.ts';
export { runJob, type RunJobOptions } from './run-job.ts';
export { runIdOf } from './job-id.ts';
