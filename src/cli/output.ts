import type { WriteStream } from 'node:tty';

/** Where a command writes. */
export interface Output {
  /** Results: text or JSON lines. */
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** The bar, notes and errors. */
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
}

/**
 * The streams of this process. A reader that goes away (`… | head`) silences them instead of ending the process: a copy isn't to be
 * torn off, and its upload left behind, because nobody looks any more.
 */
export function openOutput(): Output {
  for (const stream of [process.stdout, process.stderr] as WriteStream[]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  return process;
}

/** Writes one line of text. */
export function writeLine(stream: NodeJS.WritableStream, text: string): void {
  stream.write(`${text}\n`);
}

/**
 * Writes one JSON line: `{ "event": …, "time": …, … }`, the time in ISO 8601. Dates become text, errors their description.
 */
export function writeEvent(stream: NodeJS.WritableStream, event: string, fields: object): void {
  stream.write(`${JSON.stringify({ event, time: new Date().toISOString(), ...fields })}\n`);
}
