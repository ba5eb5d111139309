import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Authenticated } from './authenticate.ts';
import { readAwsChunked } from './aws-chunked.ts';
import { ServiceError } from './service-error.ts';
import { plainHeader, type StoreRequest } from './store-request.ts';

/** A request's body, free of framing and found to be what was signed. */
export interface RequestBody {
  readonly body: Buffer;
  readonly trailers: Readonly<Record<string, string>>;
}

const NO_BYTES = Buffer.alloc(0);
const NO_TRAILERS: Readonly<Record<string, string>> = {};
const EMPTY_SHA256 = createHash('sha256').digest('hex');
const MAX_BODY_SIZE = 1024 * 1024 * 1024;

/**
 * Reads the body of a request and checks it against the hashes that came with it.
 *
 * @throws {ServiceError} XAmzContentSHA256Mismatch, BadDigest, IncompleteBody, EntityTooLarge
 */
export async function readRequestBody(
  message: IncomingMessage,
  request: StoreRequest,
  { v4 }: Authenticated,
): Promise<RequestBody> {
  const isEmpty =
    request.headers['transfer-encoding'] === undefined && !(Number(request.headers['content-length']) > 0);
  const raw = isEmpty ? NO_BYTES : await collect(message);
  const hash = v4?.payloadHash ?? plainHeader(request, 'x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD';
  if (hash.startsWith('STREAMING-')) {
    const { bytes, trailers } = readAwsChunked(raw, hash.startsWith('STREAMING-AWS4') ? v4 : undefined);
    const decodedLength = plainHeader(request, 'x-amz-decoded-content-length');
    if (decodedLength !== undefined && Number(decodedLength) !== bytes.length) throw new ServiceError('IncompleteBody');
    verifyContentMd5(request, bytes);
    return { body: bytes, trailers };
  }
  if (v4 !== undefined && hash !== 'UNSIGNED-PAYLOAD') {
    const computed = isEmpty ? EMPTY_SHA256 : createHash('sha256').update(raw).digest('hex');
    if (computed !== hash) throw new ServiceError('XAmzContentSHA256Mismatch');
  }
  verifyContentMd5(request, raw);
  return { body: raw, trailers: NO_TRAILERS };
}

function verifyContentMd5(request: StoreRequest, bytes: Buffer): void {
  const given = plainHeader(request, 'content-md5');
  if (given === undefined) return;
  if (Buffer.from(given, 'base64').length !== 16) throw new ServiceError('InvalidDigest');
  if (createHash('md5').update(bytes).digest('base64') !== given) throw new ServiceError('BadDigest');
}

async function collect(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of message as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_BODY_SIZE) throw new ServiceError('EntityTooLarge');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
