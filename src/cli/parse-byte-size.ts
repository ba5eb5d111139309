const SIZE = /^\s*(\d+(?:\.\d+)?)\s*(?:b|([kmgt])(i?b)?)?\s*$/i;

/**
 * Reads a number of bytes: `5242880`, `5MiB`, `64M`, `1.5g`. `K`, `M`, `G`, `T` count by 1,024, with or without `iB`; `KB`, `MB`, `GB`,
 * `TB` count by 1,000. Undefined if the text isn't one, or doesn't come to whole bytes below 2^53.
 */
export function parseByteSize(text: string): number | undefined {
  const [, digits, letter = '', ending = ''] = SIZE.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const base = ending.toLowerCase() === 'b' ? 1000 : 1024;
  const bytes = Number(digits) * base ** ['', 'k', 'm', 'g', 't'].indexOf(letter.toLowerCase());
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
