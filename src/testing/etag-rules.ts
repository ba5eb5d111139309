import { createHash } from 'node:crypto';
import type { Call } from './call.ts';
import type { Content } from './content.ts';
import { digestContent, multipartEtag } from './content-digest.ts';
import { hidesMd5 } from './object-encryption.ts';
import type { EtagForm } from './personality.ts';
import type { StoredEncryption, StoredPart } from './stored-object.ts';

/** The ETag, without quotes, that the server at hand gives to bytes that came in one piece. */
export function etagOfBytes(
  { state, request, personality }: Call,
  content: Content,
  encryption?: StoredEncryption,
): string {
  const of = isOpaque(state, request) ? 'random' : personality.etags.of;
  if (of === 'random' || (encryption !== undefined && hidesMd5(encryption))) return state.newId('etag');
  const md5 = digestContent(content, 'MD5').toString('hex');
  return of === 'md5' ? md5 : md5.toUpperCase();
}

/** The same of an object made of parts. */
export function etagOfParts(
  { state, request, personality }: Call,
  parts: readonly StoredPart[],
  content: Content,
): string {
  const { of, completed } = personality.etags;
  if (isOpaque(state, request)) return state.newId('etag');
  const etags = parts.map((part) => part.etag);
  if (completed === 'md5') return digestContent(content, 'MD5').toString('hex');
  const another = `${createHash('md5').update(etags.join()).digest('hex')}-${etags.length}`;
  const etag = completed === 'formula' ? multipartEtag(etags) : another;
  return of === 'upper-case-md5' ? etag.toUpperCase() : etag;
}

/** Directory buckets give ETags that stand for nothing. */
function isOpaque(state: Call['state'], request: Call['request']): boolean {
  return state.bucket(request.bucket).isDirectory;
}

/** An ETag as it is written in an answer; undefined: left out. */
export function writeEtag(form: EtagForm, etag: string): string | undefined {
  switch (form) {
    case 'quoted':
      return `"${etag}"`;
    case 'unquoted':
      return etag;
    case 'doubly-quoted':
      return `""${etag}""`;
    case 'empty':
      return '';
    case 'absent':
      return undefined;
  }
}
