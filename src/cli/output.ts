export interface Output {
  /** Results: text or JSON lines. */
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** The bar, notes and errors. */
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
}

/**
 * The streams of this process. One that can't be written any more (`… | head`, a full disk) falls silent instead of ending the
 * process: a copy isn't to be torn off, and its upload left behind, because its reader is gone.
 */
export function openOutput(): Output {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return process;
}

/** A text with its control characters shown, but for ends of lines: keys and error messages come from elsewhere. */
function showControls(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** The same for what must not end a line. */
export function showOnOneLine(text: string): string {
  return showControls(text).replaceAll('\n', '\\u000a');
}

/** Writes lines of text. */
export function writeLine(stream: NodeJS.WritableStream, text: string): void {
  stream.write(`${showControls(text)}\n`);
}

/**
 * Writes one JSON line: `{ "event": …, "time": …, … }`, the time in ISO 8601. Dates become text, errors their description.
 */
export function writeEvent(stream: NodeJS.WritableStream, event: string, fields: object): void {
  stream.write(`${JSON.stringify({ event, time: new Date().toISOString(), ...fields })}\n`);
}
