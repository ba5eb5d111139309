import type { ObjectOutcome, ObjectReport } from '../../src/index.ts';

/** A report in memory, of which a kill loses what is written afterwards. */
export class MemoryReport implements ObjectReport {
  readonly name = 'memory';
  readonly lines: ObjectOutcome[] = [];
  since: Date | undefined;
  isKilled = false;

  async read(onLine: Parameters<ObjectReport['read']>[0]): Promise<void> {
    for (const line of this.lines) onLine({ ...line, at: line.at.toISOString() });
  }

  async open(): Promise<void> {
    this.isKilled = false;
  }

  async append(outcomes: readonly ObjectOutcome[]): Promise<void> {
    if (!this.isKilled) this.lines.push(...outcomes);
  }

  async close(): Promise<void> {}
}
