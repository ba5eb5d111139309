/** The server lists a control character as U+FFFD, so that nothing can be asked for by the key; the run says so. */
export const notReadable =
  '"u\\u0001" is not listed: no object | "u\uFFFD" is listed, and failed with KEY_NOT_READABLE';

/** `a//b` and `a/b` are one key there, and listed as the latter. */
export const oneKey = '"a//b" is not listed: right | "a/b" is listed, and copied';
