import { CopyOptionsError } from '../errors.ts';
import type { ObjectOutcome } from '../many/copy-objects-options.ts';
import type { ObjectReport } from '../many/report.ts';
import { acrossRestarts } from './across-restarts.ts';
import { BucketReport } from './bucket-report.ts';
import type { RunRecords, RunState } from './run-records.ts';

const LINES_AT_A_TIME = 1000;

/** Moves the lines of a run from its records to its report: each once, also if this process dies in between. */
export interface ReportWriter {
  /**
   * Writes what there is.
   *
   * @throws CopyError if the report can't be written, CopyOptionsError if it is another run's
   */
  write(state: RunState): Promise<void>;
  close(): Promise<void>;
}

export function writerOf(report: ObjectReport | BucketReport, records: RunRecords, run: string): ReportWriter {
  return report instanceof BucketReport ? new BucketWriter(report, records, run) : new LineWriter(report, records, run);
}

/** The lines of a run that aren't in its report. */
class WaitingLines {
  readonly #records: RunRecords;
  readonly #run: string;

  constructor(records: RunRecords, run: string) {
    this.#records = records;
    this.#run = run;
  }

  /** How many are in the report, as far as its records know. */
  async written(): Promise<number> {
    return (await acrossRestarts(() => this.#records.read(this.#run)))?.linesWritten ?? 0;
  }

  first(count: number): Promise<readonly string[]> {
    return acrossRestarts(() => this.#records.lines(this.#run, count));
  }

  /** Takes out lines that are written. @returns how many are by now */
  async drop(from: number, count: number): Promise<number> {
    await acrossRestarts(() => this.#records.dropLines(this.#run, from, count));
    return from + count;
  }
}

class LineWriter implements ReportWriter {
  readonly #report: ObjectReport;
  readonly #run: string;
  readonly #waiting: WaitingLines;
  /** Lines that are in the report; undefined before it is open. */
  #written: number | undefined;

  constructor(report: ObjectReport, records: RunRecords, run: string) {
    this.#report = report;
    this.#run = run;
    this.#waiting = new WaitingLines(records, run);
  }

  async write(): Promise<void> {
    this.#written ??= await this.#open();
    for (;;) {
      const lines = await this.#waiting.first(LINES_AT_A_TIME);
      if (lines.length === 0) return;
      await this.#report.append(lines.map((line) => JSON.parse(line) as ObjectOutcome));
      this.#written = await this.#waiting.drop(this.#written, lines.length);
    }
  }

  async close(): Promise<void> {
    if (this.#written !== undefined) await this.#report.close();
  }

  async #open(): Promise<number> {
    let found = 0;
    await this.#report.read(() => {
      found++;
    });
    const written = await this.#waiting.written();
    // Its process died between writing and saying so.
    const unsaid = found - written;
    const waiting = await this.#waiting.first(LINES_AT_A_TIME);
    if (unsaid < 0 || unsaid > waiting.length) {
      throw new CopyOptionsError(
        `Report ${this.#report.name} has ${found} lines, which are not those of run ${this.#run}: name a new file, or the one of this run`,
      );
    }
    await this.#report.open();
    return unsaid === 0 ? written : this.#waiting.drop(written, unsaid);
  }
}

class BucketWriter implements ReportWriter {
  readonly #report: BucketReport;
  readonly #run: string;
  readonly #waiting: WaitingLines;

  constructor(report: BucketReport, records: RunRecords, run: string) {
    this.#report = report;
    this.#run = run;
    this.#waiting = new WaitingLines(records, run);
  }

  /** Leaves an object that isn't full for later, unless the run has ended. */
  async write({ generation, endedAt, linesWritten, copied, failed, gone }: RunState): Promise<void> {
    const { linesPerObject } = this.#report;
    let written = linesWritten;
    while (endedAt !== undefined || copied + failed + gone - written >= linesPerObject) {
      const lines = await this.#waiting.first(linesPerObject);
      if (lines.length === 0) return;
      await this.#report.write(`${this.#run}-${generation}`, written, lines);
      written = await this.#waiting.drop(written, lines.length);
    }
  }

  async close(): Promise<void> {}
}
