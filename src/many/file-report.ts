import { type FileHandle, mkdir, open, stat } from 'node:fs/promises';
import path from 'node:path';
import { CheckpointError, CopyError, CopyOptionsError, messageOf } from '../errors.ts';
import { type HeldLock, takeLock } from '../resume/lock-file.ts';
import type { ObjectOutcome } from './copy-objects-options.ts';
import type { ObjectReport, ReportLine } from './report.ts';

/**
 * A report in a file: a line of JSON for each object as it ends. Given to a later run, what it reports as done is not copied again. While
 * a run goes on, a file beside it that ends in `.lock` keeps other runs from it.
 *
 * @throws CopyOptionsError unless the path is a string
 */
export function fileReport(file: string): ObjectReport {
  if (typeof file !== 'string' || file === '') {
    throw new CopyOptionsError(`fileReport needs the path of a file: current value is ${JSON.stringify(file)}`);
  }
  return new FileReport(path.resolve(file));
}

/** Bytes that are read at a time. */
const READ_SIZE = 64 * 1024;

/** So long a lock that was seen counts as held: taking it over takes minutes. */
const LOCK_CHECK_MS = 1000;

/** What a line begins with. */
const BEGIN = Buffer.from('{"source":');

const OUTCOMES: ReadonlySet<unknown> = new Set(['copied', 'skipped', 'failed', 'gone', 'deleted']);

class FileReport implements ObjectReport {
  readonly name: string;
  #handle: FileHandle | undefined;
  #lock: HeldLock | undefined;
  #lockSeenAt = Number.NEGATIVE_INFINITY;
  /** Bytes that were read. */
  #readBytes = 0;
  /** Bytes up to the end of the last whole line that is one. */
  #wholeBytes = 0;
  /** Lines that a power cut has damaged, among whole ones. */
  #damaged: { readonly at: number; readonly length: number }[] = [];
  /** Whether it has shown itself to be a report. */
  #hasLine = false;
  since: Date | undefined;
  damage: string | undefined;

  constructor(file: string) {
    this.name = file;
  }

  async read(onLine: (line: ReportLine) => void): Promise<void> {
    const seen = (line: ReportLine): void => {
      // Some file systems don't say when a file was made, and a copy of it is younger.
      if (!this.#hasLine) this.since = earlier(this.since, new Date(Date.parse(line.at ?? '') - line.elapsedMs));
      this.#hasLine = true;
      onLine(line);
    };
    this.#readBytes = 0;
    this.#wholeBytes = 0;
    this.#hasLine = false;
    this.#damaged = [];
    this.damage = undefined;
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
      const isFile = (await stat(this.name).catch(() => undefined))?.isFile() !== false;
      if (isFile) this.#lock = await takeLock(`${this.name}.lock`, undefined, 'report');
      this.#handle = await open(this.name, 'a');
      const { size } = await this.#handle.stat();
      if (size !== this.#readBytes) throw new Error('another run has written to it meanwhile: start again');
      // A last line without an end was being written when a run was killed.
      if (size !== this.#wholeBytes) await this.#handle.truncate(this.#wholeBytes);
      await this.#blankDamaged();
    } catch (error) {
      await this.close().catch(() => undefined);
      this.#refuse(error);
    }
  }

  /** What was warned of once is a line of blanks from now on, which says as little. */
  async #blankDamaged(): Promise<void> {
    const damaged = this.#damaged.filter(({ at }) => at < this.#wholeBytes);
    if (damaged.length === 0) return;
    // Whatever is written to a file that is open for appending goes to its end.
    const handle = await open(this.name, 'r+');
    try {
      for (const { at, length } of damaged) await handle.write(Buffer.alloc(length, ' '), 0, length, at);
    } finally {
      await handle.close();
    }
  }

  #refuse(error: unknown): never {
    if (error instanceof CopyError && !(error instanceof CheckpointError)) throw error;
    throw new CopyError(`Cannot use the report ${this.name}: ${messageOf(error)}`, { cause: error });
  }

  async append(outcomes: readonly ObjectOutcome[]): Promise<void> {
    let text = '';
    for (const outcome of outcomes) text += `${JSON.stringify(outcome)}\n`;
    try {
      await this.#requireLock();
      await this.#handle?.appendFile(text);
    } catch (error) {
      throw new CopyError(`Cannot write to the report ${this.name}: ${messageOf(error)}`, { cause: error });
    }
  }

  /** A process that was stopped for minutes may find that another run has taken its lock over. */
  async #requireLock(): Promise<void> {
    const now = performance.now();
    if (now - this.#lockSeenAt < LOCK_CHECK_MS) return;
    this.#lockSeenAt = now;
    if ((await this.#lock?.isLost()) === true) throw new Error('another run has taken it over');
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
    await this.#lock?.release();
    this.#lock = undefined;
  }

  /** Reads whole lines, into one buffer: of gigabytes, what is read and let go takes more memory than what is remembered. */
  async #readLines(onLine: (line: ReportLine) => void): Promise<void> {
    const handle = await open(this.name, 'r');
    try {
      let buffer = Buffer.allocUnsafe(READ_SIZE);
      let filled = 0;
      let number = 0;
      let beganAt = 0;
      for (;;) {
        const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled);
        if (bytesRead === 0) return;
        filled += bytesRead;
        this.#readBytes += bytesRead;
        const bytes = buffer.subarray(0, filled);
        let start = 0;
        for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
          const line = bytes.subarray(start, end);
          const at = beganAt + start;
          start = end + 1;
          if (this.#isDamaged(line, ++number)) {
            this.#damaged.push({ at, length: line.length });
            continue;
          }
          this.#readLine(line.toString(), number, onLine);
          this.#wholeBytes = beganAt + start;
        }
        beganAt += start;
        filled -= start;
        buffer.copyWithin(0, start);
        const begin = Math.min(filled, BEGIN.length);
        const isBlank = this.#hasLine && buffer.toString('latin1', 0, filled).trim() === '';
        const isBegun = isBlank || buffer.compare(BEGIN, 0, begin, 0, begin) === 0;
        if (!this.#isDamaged(buffer.subarray(0, filled), number + 1) && !isBegun) this.#refuseLine(number + 1);
        if (filled === buffer.length) buffer = Buffer.concat([buffer], 2 * filled);
      }
    } finally {
      await handle.close();
    }
  }

  /** Whether a power cut has left NULs where a line was to be written. A file that begins with them is no report. */
  #isDamaged(line: Buffer, number: number): boolean {
    if (!this.#hasLine || !line.includes(0)) return false;
    this.damage ??= `The report goes on without line ${number} of ${this.name}, and maybe others, as NUL bytes stand there, as after a power cut: what they told of is looked at again`;
    return true;
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
    if (!isLine || line === undefined || !OUTCOMES.has(line.outcome)) this.#refuseLine(number);
    onLine(line);
  }

  #refuseLine(number: number): never {
    throw new CopyError(`Cannot go on with the report ${this.name} as line ${number} is not one of a report`);
  }
}

function earlier(known: Date | undefined, found: Date): Date | undefined {
  if (Number.isNaN(found.getTime())) return known;
  return known === undefined || found < known ? found : known;
}
