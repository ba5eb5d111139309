/** One way to run one server, and what is known of it. */
export interface StoreSetup {
  /** The server, and its mode if it has several. */
  readonly name: string;
  readonly version: string;
  /** Where it comes from, for the table. */
  readonly from: string;
  start(): Promise<RunningStore>;
  /** Whether buckets are made with versioning. */
  readonly isVersioned?: boolean;
  /** How long a copy may take beside moving its bytes, in milliseconds; a minute if left out. */
  readonly copyTimeLimitMs?: number;
  /** What each copy on it carries beside being right. */
  readonly everyCopy?: EveryCopy;
  /** Whether answers are lost by design, so that copies may need retries. */
  readonly losesAnswers?: boolean;
  /** Whether a run over many objects of mixed sizes is compared by rclone, which takes up to a minute. */
  readonly comparesMany?: boolean;
  /** What the server can't do: by case, the outcome that the user gets instead of the usual one. */
  readonly differs?: Differences;
}

/** Remarks by what was asked for; each matches one remark of each copy that succeeds. */
export interface EveryCopy {
  readonly asOne?: readonly RegExp[];
  readonly inParts?: readonly RegExp[];
}

/** By the name of a case, or by `way: name` if the ways differ. */
export type Differences = Readonly<Record<string, string | RegExp>>;

export interface RunningStore {
  readonly endpoint: string;
  /** Where the suite itself puts objects and looks at them. @default the endpoint */
  readonly direct?: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly region?: string;
  stop(): Promise<void>;
}

/** The two ways to a store that the suite copies by. */
export const waysToStore = ['s3Store', 'fromS3Client'] as const;
export type WayToStore = (typeof waysToStore)[number];

export const testCredentials = { accessKeyId: 'AKIATESTONLY', secretAccessKey: 'secret-of-tests-only' } as const;
