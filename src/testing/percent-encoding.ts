/**
 * Percent-encodes everything but the unreserved characters of RFC 3986, as canonical requests and `encoding-type=url` want it.
 * A slash is kept where `keepSlash` says so.
 */
export function percentEncode(text: string, keepSlash: boolean): string {
  const encoded = encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return keepSlash ? encoded.replaceAll('%2F', '/') : encoded;
}

/**
 * Decodes `%XX` to UTF-8 text. The input is what Node's HTTP parser gives: one character per byte. A `%` that starts no escape
 * stands for itself, and so does every other byte, so that no key is refused or changed for its spelling.
 */
export function percentDecode(text: string): string {
  if (isAscii(text)) {
    if (!text.includes('%')) return text;
    try {
      return decodeURIComponent(text);
    } catch {
      // Not every escape is well-formed UTF-8: decoded byte by byte below.
    }
  }
  const bytes = Buffer.alloc(text.length);
  let length = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    const escape = code === 0x25 ? text.slice(index + 1, index + 3) : '';
    if (/^[0-9a-f]{2}$/i.test(escape)) {
      bytes[length] = Number.parseInt(escape, 16);
      index += 2;
    } else {
      bytes[length] = code;
    }
    length += 1;
  }
  return bytes.toString('utf8', 0, length);
}

/** Like {@link percentDecode}, with `+` standing for a space, as in a query and in a copy source. */
export function percentDecodeForm(text: string): string {
  return percentDecode(text.includes('+') ? text.replaceAll('+', ' ') : text);
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}
