import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, stat, truncate } from 'node:fs/promises';
import path from 'node:path';
import { CopyError, CopyOptionsError, messageOf } from '../errors.ts';
import type { ObjectOutcome } from './copy-objects-options.ts';
import type { ObjectReport, ReportLine } from './report.ts';

/**
 * A report in a file: a line of JSON for each object as it ends. Given to a later run, what it reports as done is not copied again.
 *
 * @throws CopyOptionsError unless the path is a string
 */
export function fileReport(file: string): ObjectReport {
  if (typeof file !== 'string' || file === '') {
    throw new CopyOptionsError(`fileReport needs the path of a file: current value is ${JSON.stringify(file)}`);
  }
  return new FileReport(path.resolve(file));
}

const OUTCOMES: ReadonlySet<unknown> = new Set(['copied', 'skipped', 'failed', 'gone', 'deleted']);

class FileReport implements ObjectReport {
  readonly name: string;
  #handle: FileHandle | undefined;
  /** Bytes up to the end of the last whole line, if something stands behind it. */
  #wholeBytes: number | undefined;
  since: Date | undefined;

  constructor(file: string) {
    this.name = file;
  }

  async read(onLine: (line: ReportLine) => void): Promise<void> {
    const seen = (line: ReportLine): void => {
      // Some file systems don't say when a file was made.
      this.since ??= line.at === undefined ? undefined : new Date(Date.parse(line.at) - line.elapsedMs);
      onLine(line);
    };
    try {
      const { birthtimeMs } = await stat(this.name);
      if (birthtimeMs > 0) this.since = new Date(birthtimeMs);
      await this.#readLines(seen);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#refuse(error);
    }
  }

  async open(): Promise<void> {
    try {
      await mkdir(path.dirname(this.name), { recursive: true });
      // A last line without an end was being written when a run was killed.
      if (this.#wholeBytes !== undefined) await truncate(this.name, this.#wholeBytes);
      this.#handle = await open(this.name, 'a');
    } catch (error) {
      this.#refuse(error);
    }
  }

  #refuse(error: unknown): never {
    if (error instanceof CopyError) throw error;
    throw new CopyError(`Cannot use the report ${this.name}: ${messageOf(error)}`, { cause: error });
  }

  async append(outcomes: readonly ObjectOutcome[]): Promise<void> {
    let text = '';
    for (const outcome of outcomes) text += `${JSON.stringify(outcome)}\n`;
    try {
      await this.#handle?.appendFile(text);
    } catch (error) {
      throw new CopyError(`Cannot write to the report ${this.name}: ${messageOf(error)}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }

  /** Reads whole lines. */
  async #readLines(onLine: (line: ReportLine) => void): Promise<void> {
    let rest: Buffer = Buffer.alloc(0);
    let number = 0;
    let wholeBytes = 0;
    for await (const chunk of createReadStream(this.name, { highWaterMark: 1024 * 1024 })) {
      const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
      let start = 0;
      for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
        this.#readLine(bytes.toString('utf8', start, end), ++number, onLine);
        start = end + 1;
      }
      wholeBytes += start;
      rest = bytes.subarray(start);
    }
    this.#wholeBytes = rest.length > 0 ? wholeBytes : undefined;
  }

  #readLine(text: string, number: number, onLine: (line: ReportLine) => void): void {
    if (text.trim() === '') return;
    let line: ReportLine | undefined;
    try {
      line = JSON.parse(text) as ReportLine;
    } catch {
      // Said below.
    }
    const isLine = typeof line?.source?.key === 'string' && typeof line.source.bucket === 'string';
    if (!isLine || line === undefined || !OUTCOMES.has(line.outcome)) {
      throw new CopyError(`Cannot go on with the report ${this.name} as line ${number} is not one of a report`);
    }
    onLine(line);
  }
}
