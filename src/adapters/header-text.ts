/*
 * Header values in this library are bytes, one per character (latin1), as Node's HTTP parser gives them. The vendors' clients want
 * text instead, and put it on the wire in their own way.
 */

const ASCII_ONLY = /^[\u0020-\u007E\t]*$/;

/** The text whose UTF-8 form are these bytes; undefined if they aren't UTF-8. */
export function bytesToText(value: string): string | undefined {
  if (ASCII_ONLY.test(value)) return value;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(value, 'latin1'));
  } catch {
    return undefined;
  }
}

/** The UTF-8 bytes of a text, one per character. */
export function textToBytes(text: string): string {
  return ASCII_ONLY.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}
