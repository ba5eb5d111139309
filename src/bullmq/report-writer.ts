import { CopyError, CopyOptionsError } from '../errors.ts';
import type { ObjectOutcome } from '../many/copy-objects-options.ts';
import type { ObjectReport, ReportLine } from '../many/report.ts';
import { acrossRestarts } from './across-restarts.ts';
import { BucketReport } from './bucket-report.ts';
import type { RunRecords, RunState } from './run-records.ts';

const LINES_AT_A_TIME = 1000;

/** Moves the lines of a run from its records to its report: each once, also if this process dies in between. */
export interface ReportWriter {
  /**
   * Writes what there is.
   *
   * @throws CopyError if the report can't be written, CopyOptionsError if it is another run's, or if the records of the run were set back
   */
  write(state: RunState): Promise<void>;
  close(): Promise<void>;
}

export function writerOf(report: ObjectReport | BucketReport, records: RunRecords, run: string): ReportWriter {
  const waiting = new WaitingLines(report, records, run);
  return report instanceof BucketReport ? new BucketWriter(report, waiting, run) : new LineWriter(report, waiting);
}

/** The lines of a run that aren't in its report. */
class WaitingLines {
  readonly #records: RunRecords;
  readonly #run: string;
  readonly #report: string;

  constructor(report: ObjectReport | BucketReport, records: RunRecords, run: string) {
    this.#records = records;
    this.#run = run;
    this.#report = report.name;
  }

  /** How many are in the report, as far as its records know. */
  async known(): Promise<number> {
    return (await acrossRestarts(() => this.#records.read(this.#run)))?.linesWritten ?? 0;
  }

  /** @throws CopyError if the records don't know of as many lines as were written */
  async first(count: number, written: number): Promise<readonly string[]> {
    const known = await this.known();
    if (known > written) {
      throw new CopyError(
        `Report ${this.#report} is written by another process, too: only one may wait for run ${this.#run}`,
      );
    }
    if (known < written) this.refuse(`has ${written} lines`, known);
    return acrossRestarts(() => this.#records.lines(this.#run, count));
  }

  /** Takes out lines that are written. @returns how many are by now */
  async drop(from: number, count: number): Promise<number> {
    await acrossRestarts(() => this.#records.dropLines(this.#run, from, count));
    return from + count;
  }

  refuse(what: string, known: number): never {
    throw new CopyOptionsError(
      `Report ${this.#report} ${what}, which are not those of run ${this.#run}, whose records know of ${known}: name a new place; or, if the queue's server was set back, remove what is behind line ${known}, and wait again`,
    );
  }
}

class LineWriter implements ReportWriter {
  readonly #report: ObjectReport;
  readonly #waiting: WaitingLines;
  /** Lines that are in the report; undefined before it is open. */
  #written: number | undefined;

  constructor(report: ObjectReport, waiting: WaitingLines) {
    this.#report = report;
    this.#waiting = waiting;
  }

  async write(): Promise<void> {
    this.#written ??= await this.#open();
    for (;;) {
      const lines = await this.#waiting.first(LINES_AT_A_TIME, this.#written);
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
    const last: string[] = [];
    await this.#report.read((line) => {
      last[found % LINES_AT_A_TIME] = nameOf(line);
      found++;
    });
    const written = await this.#waiting.known();
    // Its process died between writing and saying so.
    const unsaid = found - written;
    const waiting = unsaid > 0 ? await this.#waiting.first(Math.min(unsaid, LINES_AT_A_TIME), written) : [];
    const isNext = (text: string, index: number): boolean =>
      nameOf(JSON.parse(text) as ReportLine) === last[(written + index) % LINES_AT_A_TIME];
    if (unsaid !== waiting.length || !waiting.every(isNext)) this.#waiting.refuse(`has ${found} lines`, written);
    await this.#report.open();
    return unsaid === 0 ? written : this.#waiting.drop(written, unsaid);
  }
}

function nameOf({ source: { bucket, key, versionId }, at }: ReportLine): string {
  return JSON.stringify([bucket, key, versionId, at]);
}

class BucketWriter implements ReportWriter {
  readonly #report: BucketReport;
  readonly #run: string;
  readonly #waiting: WaitingLines;
  /** Lines that are in the report; undefined before it was looked at. */
  #written: number | undefined;

  constructor(report: BucketReport, waiting: WaitingLines, run: string) {
    this.#report = report;
    this.#run = run;
    this.#waiting = waiting;
  }

  /** Leaves an object that isn't full for later, unless the run has ended. */
  async write({ generation, endedAt, linesWritten, copied, failed, gone }: RunState): Promise<void> {
    const { linesPerObject } = this.#report;
    const folder = `${this.#run}-${generation}`;
    this.#written ??= await this.#open(folder, linesWritten);
    while (endedAt !== undefined || copied + failed + gone - this.#written >= linesPerObject) {
      const lines = await this.#waiting.first(linesPerObject, this.#written);
      if (lines.length === 0) return;
      await this.#report.write(folder, this.#written, lines);
      this.#written = await this.#waiting.drop(this.#written, lines.length);
    }
  }

  async close(): Promise<void> {}

  async #open(folder: string, known: number): Promise<number> {
    if (await this.#report.hasLinesBehind(folder, known)) this.#waiting.refuse(`has lines behind line ${known}`, known);
    return known;
  }
}
