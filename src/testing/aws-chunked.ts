import { createHash, createHmac } from 'node:crypto';
import { ServiceError } from './service-error.ts';
import type { VerifiedV4 } from './verify-signature-v4.ts';

/** A body without its framing, and the headers that came after it. */
export interface UnchunkedBody {
  readonly bytes: Buffer;
  readonly trailers: Readonly<Record<string, string>>;
}

const EMPTY_HASH = createHash('sha256').digest('hex');

/**
 * Takes an `aws-chunked` body apart: chunks of `size;chunk-signature=…`, a last one of size 0, and trailers. Chunk signatures are
 * verified where `signed` gives the seed.
 *
 * @throws {ServiceError} IncompleteBody, SignatureDoesNotMatch
 */
export function readAwsChunked(body: Buffer, signed: VerifiedV4 | undefined): UnchunkedBody {
  const pieces: Buffer[] = [];
  let previousSignature = signed?.signature ?? '';
  let at = 0;
  for (;;) {
    const lineEnd = body.indexOf('\r\n', at);
    if (lineEnd === -1) throw new ServiceError('IncompleteBody');
    const [sizeText = '', ...extensions] = body.toString('latin1', at, lineEnd).split(';');
    const size = Number.parseInt(sizeText, 16);
    at = lineEnd + 2;
    if (Number.isNaN(size) || at + size > body.length) throw new ServiceError('IncompleteBody');
    const piece = body.subarray(at, at + size);
    at += size;
    if (signed !== undefined) {
      const given = extensions.find((extension) => extension.startsWith('chunk-signature='))?.slice(16);
      const expected = chunkSignature(signed, previousSignature, piece);
      if (given !== expected) throw new ServiceError('SignatureDoesNotMatch', 'A chunk signature does not match');
      previousSignature = expected;
    }
    if (size === 0) break;
    pieces.push(piece);
    if (body.toString('latin1', at, at + 2) !== '\r\n') throw new ServiceError('IncompleteBody');
    at += 2;
  }
  const trailers: Record<string, string> = {};
  for (const line of body.toString('latin1', at).split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) trailers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { bytes: Buffer.concat(pieces), trailers };
}

function chunkSignature(signed: VerifiedV4, previousSignature: string, piece: Buffer): string {
  const hash = createHash('sha256').update(piece).digest('hex');
  const stringToSign = `AWS4-HMAC-SHA256-PAYLOAD\n${signed.amzDate}\n${signed.scope}\n${previousSignature}\n${EMPTY_HASH}\n${hash}`;
  return createHmac('sha256', signed.signingKey).update(stringToSign).digest('hex');
}
