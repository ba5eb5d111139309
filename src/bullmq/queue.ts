/** A job as BullMQ takes it. */
export interface NewJob {
  readonly name: string;
  readonly data: unknown;
  readonly opts: {
    readonly jobId: string;
    readonly priority: number;
    readonly attempts: number;
    readonly backoff: { readonly type: 'exponential'; readonly delay: number };
    readonly removeOnComplete: { readonly count: number };
    readonly removeOnFail: { readonly count: number };
  };
}

/** What a `Queue` and a `Worker` of BullMQ have in common: a name, and a connection of the user's own. */
export interface OnEngine {
  readonly name: string;
  /** Of BullMQ 6: has the connection to Redis or Postgres. */
  getBackend?(): unknown;
}

/** A `Job` of BullMQ that has ended. */
export interface EndedJob {
  readonly failedReason?: string | undefined;
  retry(state: 'failed' | 'completed'): Promise<unknown>;
}

/** A `Queue` of BullMQ, on Redis or on Postgres. */
export interface CopyQueue extends OnEngine {
  addBulk(jobs: NewJob[]): Promise<unknown>;
  getJob(id: string): Promise<EndedJob | undefined>;
  getJobState(id: string): Promise<string>;
  /** Ids of jobs in these states, the newest first. */
  getRanges(states: ('completed' | 'failed')[], start: number, end: number): Promise<string[]>;
  getWorkersCount(): Promise<number>;
}

/** A `Job` of BullMQ, as its worker has it. */
export interface QueuedJob {
  readonly id?: string | undefined;
  readonly data: unknown;
  readonly opts: { readonly attempts?: number | undefined };
  readonly attemptsMade: number;
  readonly attemptsStarted: number;
  readonly stalledCounter: number;
  readonly processedOn?: number | undefined;
  extendLock(token: string, durationMs: number): Promise<number>;
  moveToWait(token?: string): Promise<unknown>;
  updateProgress(progress: object): Promise<void>;
}
