export { copyProcessor, type CopyJobResult, type CopyProcessorOptions } from './copy-processor.ts';
export { copyWorkerOptions } from './copy-worker-options.ts';
export type { EnqueueCopiesOptions } from './check-enqueue-options.ts';
export { enqueueCopies } from './enqueue-copies.ts';
export type { FleetProgress } from './fleet-progress.ts';
export { type FleetResult, type FleetRun, listRuns, openRun, type ResultOptions } from './fleet-run.ts';
export type { CopyQueue, NewJob, OnEngine, QueuedJob } from './queue.ts';
