import { CopyOptionsError } from '../errors.ts';
import type { ObjectOutcome } from '../many/copy-objects-options.ts';
import type { ObjectReport } from '../many/report.ts';
import { acrossRestarts } from './across-restarts.ts';
import type { RunRecords } from './run-records.ts';

const LINES_AT_A_TIME = 1000;

/** Moves the lines of a run from its records to its report: each once, also if this process dies in between. */
export class ReportWriter {
  readonly #report: ObjectReport;
  readonly #records: RunRecords;
  readonly #run: string;
  #isOpen = false;
  /** Lines that are in the report. */
  #written = 0;

  constructor(report: ObjectReport, records: RunRecords, run: string) {
    this.#report = report;
    this.#records = records;
    this.#run = run;
  }

  /** Writes what there is. @throws CopyError if the report can't be written, CopyOptionsError if it is another run's */
  async writeAll(): Promise<void> {
    if (!this.#isOpen) await this.#open();
    for (;;) {
      const lines = await acrossRestarts(() => this.#records.lines(this.#run, LINES_AT_A_TIME));
      if (lines.length === 0) return;
      await this.#report.append(lines.map((line) => JSON.parse(line) as ObjectOutcome));
      await this.#drop(lines.length);
    }
  }

  async close(): Promise<void> {
    if (this.#isOpen) await this.#report.close();
  }

  async #open(): Promise<void> {
    let found = 0;
    await this.#report.read(() => {
      found++;
    });
    const state = await acrossRestarts(() => this.#records.read(this.#run));
    this.#written = state?.linesWritten ?? 0;
    // Its process died between writing and saying so.
    const unsaid = found - this.#written;
    const waiting = await acrossRestarts(() => this.#records.lines(this.#run, LINES_AT_A_TIME));
    if (unsaid < 0 || unsaid > waiting.length) {
      throw new CopyOptionsError(
        `Report ${this.#report.name} has ${found} lines, which are not those of run ${this.#run}: name a new file, or the one of this run`,
      );
    }
    await this.#report.open();
    this.#isOpen = true;
    if (unsaid > 0) await this.#drop(unsaid);
  }

  async #drop(count: number): Promise<void> {
    await acrossRestarts(() => this.#records.dropLines(this.#run, this.#written, count));
    this.#written += count;
  }
}
