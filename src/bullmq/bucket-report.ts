import { fail, integer, methods, optional, readOptions, type Rule, text } from '../check-options.ts';
import { retry } from '../options/normalize-copy-options.ts';
import { OperationRunner } from '../request/operation-runner.ts';
import type { CopyStore } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';

/** Options of {@link bucketReport}. */
export interface BucketReportOptions {
  /** Needs `putObject`, as all stores of this library have it. */
  readonly store: CopyStore;
  readonly bucket: string;
  /** In front of each key. @default '' */
  readonly prefix?: string | undefined;
  /** Lines of an object, from 1 to 100,000. @default 10000 */
  readonly linesPerObject?: number | undefined;
}

const RULES = {
  store: (value, place) => {
    const store = methods<CopyStore>(['headObject'], 'a store (s3Store, obsStore, …)')(value, place);
    return store.putObject === undefined ? fail(place, `must have putObject(): '${store.name}' has not`) : store;
  },
  bucket: text,
  prefix: optional((value, place) => (value === '' ? '' : text(value, place)), ''),
  linesPerObject: optional(integer(1, 100_000), 10_000),
} satisfies Record<keyof BucketReportOptions, Rule<unknown>>;

/** Numbers are as long as this, so that the store lists the objects in the order of their lines. */
const DIGITS = 12;

/** The report of a run in a bucket. */
export class BucketReport {
  readonly name: string;
  readonly linesPerObject: number;
  readonly #store: CopyStore;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #runner: OperationRunner;

  /** @internal */
  constructor(options: BucketReportOptions) {
    const place = { path: '', owner: 'bucketReport' };
    const { store, bucket, prefix, linesPerObject } = readOptions(options, RULES, place);
    this.name = `${bucket}/${prefix}`;
    this.linesPerObject = linesPerObject;
    this.#store = store;
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#runner = new OperationRunner(retry(undefined, place), undefined, { retry() {}, throttle() {} });
  }

  /**
   * Writes lines as an object that is named after the first: written again, also with more lines, it replaces itself.
   *
   * @internal
   * @throws StoreError
   */
  async write(folder: string, from: number, lines: readonly string[]): Promise<void> {
    const key = this.#keyOf(folder, from);
    const body = lines.map((line) => `${line}\n`).join('');
    const request = { bucket: this.#bucket, key, body };
    await this.#runner.run('putObject', async () => this.#store.putObject?.(request));
  }

  /**
   * Whether there is an object behind the one that is named after a line. Nobody can tell if the keys allow no listing.
   *
   * @internal
   * @throws what isn't an answer of the store
   */
  async hasLinesBehind(folder: string, line: number): Promise<boolean> {
    const startAfter = this.#keyOf(folder, line);
    const request = { bucket: this.#bucket, prefix: `${this.#prefix}${folder}/`, startAfter, maxKeys: 1 };
    try {
      const page = await this.#runner.run('listObjects', async () => this.#store.listObjects?.(request));
      return (page?.objects.length ?? 0) > 0;
    } catch (error) {
      if (isStoreError(error)) return false;
      throw error;
    }
  }

  #keyOf(folder: string, from: number): string {
    return `${this.#prefix}${folder}/${String(from).padStart(DIGITS, '0')}.ndjson`;
  }
}

/**
 * A report in a bucket, for `enqueueCopies` and `openRun`: objects `<prefix><run>-<generation>/<number of the first line>.ndjson`, which are
 * the lines of the run in the order of their keys. The generation is 1, and one more each time the run is started `again`.
 *
 * @throws CopyOptionsError if an option is missing, unknown or out of range
 */
export function bucketReport(options: BucketReportOptions): BucketReport {
  return new BucketReport(options);
}
