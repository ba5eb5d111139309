import type { JobCounts, PlanJobsOptions } from '../jobs/index.ts';

/** What a run has to know of itself when it is started again. */
export interface RunHeader {
  /** A hash of the options that say what is copied. */
  readonly options: string;
  /** Whether the lines of all objects are kept, not only the failures. */
  readonly reports: boolean;
  /** For all workers together. */
  readonly maxRequestsPerSecond?: number | undefined;
  /** What its jobs are made with; undefined if objects have places or properties of their own. */
  readonly plan: Omit<PlanJobsOptions, 'run'> | undefined;
}

/** A run as its records have it. */
export interface RunState extends RunHeader, JobCounts {
  /** 1, and one more each time it was started again after its end. */
  readonly generation: number;
  /** Whether all its jobs are known. */
  readonly isListed: boolean;
  readonly jobs: number;
  /** Jobs that have ended. */
  readonly jobsDone: number;
  /** Of all jobs that are known. */
  readonly objects: number;
  readonly bytesTotal: number;
  /** Lines that were taken out for the report. */
  readonly linesWritten: number;
  readonly startedAt: number;
  /** By the clock of the records, when they were read. */
  readonly now: number;
  /** Undefined while it runs. */
  readonly endedAt: number | undefined;
}

type Figure = Exclude<keyof RunState, keyof RunHeader | 'isListed' | 'endedAt'>;

const FIGURES: readonly Figure[] = [
  'generation',
  'jobs',
  'jobsDone',
  'objects',
  'bytesTotal',
  'copied',
  'skipped',
  'failed',
  'gone',
  'bytes',
  'requests',
  'linesWritten',
  'startedAt',
  'now',
];

/** A run of what its records hold. @param header - JSON */
export function runState(
  header: string,
  figure: (name: Figure) => number,
  more: Pick<RunState, 'isListed' | 'endedAt'>,
): RunState {
  const figures = Object.fromEntries(FIGURES.map((name) => [name, figure(name)]));
  return { ...(JSON.parse(header) as RunHeader), ...(figures as Record<Figure, number>), ...more };
}

/** A job that is to be added. */
export interface NotedJob {
  readonly id: string;
  readonly objects: number;
  readonly bytes: number;
}

/** A job as the records of its run have it. */
export interface JobState {
  /** 'unknown' if the job belongs to no run that is recorded. */
  readonly state: 'pending' | 'ended' | 'unknown';
  /** Whether its run keeps lines. */
  readonly reports: boolean;
}

/** How a job ended. */
export interface JobEnd extends JobCounts {
  /** JSON, one for each object that failed. */
  readonly failures: readonly string[];
  /** JSON, one for each object; kept only if the run reports. */
  readonly lines: readonly string[];
}

/**
 * The records of runs, kept beside the queue and apart from its jobs: what BullMQ or its user does to jobs changes no count. Each method
 * is one step for everyone who looks.
 */
export interface RunRecords {
  /** Begins a run, unless it is there. @param again - begins it anew if it has ended */
  begin(run: string, header: RunHeader, again: boolean): Promise<RunState>;
  /** @returns undefined if there is no such run */
  read(run: string): Promise<RunState | undefined>;
  /**
   * Notes jobs before they are added: none for a generation that has ended, as the process that lists may have stood still.
   *
   * @returns the ids of those that haven't ended
   */
  note(run: string, generation: number, jobs: readonly NotedJob[]): Promise<readonly string[]>;
  /** Notes that all jobs of a generation are known, and what the listing alone has settled. Counts once. */
  endListing(run: string, generation: number, settled: JobEnd): Promise<void>;
  stateOf(run: string, job: string): Promise<JobState>;
  /** Notes how a job ended. Counts once. */
  endJob(run: string, job: string, end: JobEnd): Promise<void>;
  /** Some jobs that haven't ended. @param cursor - what the call before gave; undefined at the start, and given at the end */
  pending(
    run: string,
    cursor?: string,
  ): Promise<{ readonly ids: readonly string[]; readonly cursor: string | undefined }>;
  failures(run: string, from: number, count: number): Promise<readonly string[]>;
  /** Lines that weren't taken out. */
  lines(run: string, count: number): Promise<readonly string[]>;
  /** Takes out lines that are written. @param from - the number of the first, so that none is taken out twice */
  dropLines(run: string, from: number, count: number): Promise<void>;
  /** Runs of this queue. */
  list(): Promise<readonly string[]>;
  remove(run: string): Promise<void>;
}
