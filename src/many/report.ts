import type { ObjectOutcome } from './copy-objects-options.ts';

/** A line of a report, as it was read. */
export type ReportLine = Omit<ObjectOutcome, 'at' | 'source'> & {
  readonly at?: string;
  readonly source: Omit<ObjectOutcome['source'], 'lastModified'> & {
    readonly lastModified?: string | Date | undefined;
  };
};

/** Where a run writes how each object ended, and a later run reads it. */
export interface ObjectReport {
  /** For messages. */
  readonly name: string;
  /**
   * When the first run with it began, once it has been read. What stands at the destination since then, with the size and the ETag of
   * its source, counts as copied. Undefined: nothing does but what the report says.
   */
  readonly since?: Date | undefined;
  /** What of it could not be read and is left out, once it has been read: the run warns of it. */
  readonly damage?: string | undefined;
  /** Gives what earlier runs wrote, line by line. Changes nothing. */
  read(onLine: (line: ReportLine) => void): Promise<void>;
  /** Gets ready to be written to, once it has been read. */
  open(): Promise<void>;
  /** Writes lines behind those that are there. */
  append(outcomes: readonly ObjectOutcome[]): Promise<void>;
  close(): Promise<void>;
}
