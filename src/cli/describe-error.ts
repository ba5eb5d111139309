import { inspect } from 'node:util';
import { CompleteFailedError, type CopyErrorCode, isCopyError } from '../errors.ts';
import { StoreError } from '../store/store-error.ts';

const DEEPEST_CAUSE = 4;

/**
 * An error for a reader: message, causes that add something, and what to do about it; with its stack on request.
 *
 * @param isResumed - the command was given an upload to go on with
 */
export function formatError(error: unknown, debug = false, isResumed = false): string {
  const hint = findHint(error, isResumed);
  const lines = [`Error: ${listMessages(error).join('\n  because: ')}`];
  if (hint !== undefined) lines.push(`Hint: ${hint}`);
  if (debug) lines.push('', inspect(error, { depth: DEEPEST_CAUSE }));
  return lines.join('\n');
}

function listMessages(error: unknown, depth = 0): string[] {
  if (!(error instanceof Error)) return [String(error)];
  const own = error.message === '' ? error.name : error.message;
  if (error.cause === undefined || depth >= DEEPEST_CAUSE) return [own];
  return [own, ...listMessages(error.cause, depth + 1).filter((message) => !own.includes(message))];
}

/** What a user can do, by the first error in the chain of causes for which something is known. */
function findHint(error: unknown, isResumed: boolean, depth = 0): string | undefined {
  if (!(error instanceof Error) || depth > DEEPEST_CAUSE) return undefined;
  return hintFor(error, isResumed) ?? findHint(error.cause, isResumed, depth + 1);
}

function hintFor(error: Error, isResumed: boolean): string | undefined {
  if (!isCopyError(error)) return undefined;
  if (error instanceof StoreError) return hintForAnswer(error, isResumed);
  if (error instanceof CompleteFailedError && error.outcome === 'unknown') {
    return `look at the destination: if it is not there, ${
      error.uploadId === undefined ? 'copy again' : 'go on with --resume and the upload id'
    }`;
  }
  const noResume = isResumed && error.resumable === false ? 'copy again without --resume' : undefined;
  return HINTS_BY_CODE[error.code] ?? noResume;
}

const HINTS_BY_CODE: Partial<Readonly<Record<CopyErrorCode, string>>> = {
  ERR_COPY_DESTINATION_EXISTS: 'replace it with --if-exists overwrite, or leave it with --if-exists skip',
  ERR_COPY_SOURCE_CHANGED: 'copy again; to copy a state that stays, name a version with --source-version-id',
  ERR_COPY_SOURCE_NOT_FOUND:
    'check bucket, key and endpoint: a key is taken exactly as written, without decoding; copy --recursive takes a prefix',
  ERR_COPY_VERIFICATION: 'look at the destination before anything relies on it; nothing was deleted',
  ERR_COPY_CHECKPOINT: 'wait for the other copy, or name another directory with --checkpoint',
};

const HINTS_BY_VENDOR_CODE: Readonly<Record<string, string>> = {
  InvalidAccessKeyId:
    'check the access key id in AWS_ACCESS_KEY_ID or OBS_ACCESS_KEY_ID, and that --endpoint is its store',
  SignatureDoesNotMatch:
    'check the secret key in AWS_SECRET_ACCESS_KEY or OBS_SECRET_ACCESS_KEY, --region and --signature',
  ExpiredToken: 'fetch new temporary credentials',
  AccessDenied:
    'the credentials lack a permission for this request: read the source, or write the destination; without permission to list, a missing key is refused, too',
  NoSuchBucket: 'check the bucket, --endpoint and --region',
  NoSuchUpload: 'the upload was completed or aborted meanwhile: copy again',
  AuthorizationHeaderMalformed:
    'name the region of the bucket with --region, or with --source-region if only the source is there',
  PermanentRedirect:
    'name the endpoint of the bucket with --endpoint, or with --source-endpoint (or --source-region) if only the source is there',
  ENOTFOUND: 'check the host in --endpoint; if buckets have no host name of their own, add --path-style',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the port speaks http: write http:// in --endpoint, or name the port for https',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the port speaks http: write http:// in --endpoint, or name the port for https',
  ERR_TLS_EXPECTED: 'the port speaks https: write https:// in --endpoint',
  ECONNREFUSED: 'nothing listens there: check host and port in --endpoint',
};

function hintForAnswer({ vendorCode = '', statusCode, operation }: StoreError, isResumed: boolean): string | undefined {
  if (Object.hasOwn(HINTS_BY_VENDOR_CODE, vendorCode)) {
    const isUseless = isResumed && vendorCode === 'NoSuchUpload';
    return `${HINTS_BY_VENDOR_CODE[vendorCode]}${isUseless ? ' without --resume' : ''}`;
  }
  if (/CERT|SELF_SIGNED|TLS|SSL/.test(vendorCode)) {
    return 'the certificate is not trusted: name its authority in NODE_EXTRA_CA_CERTS';
  }
  if (statusCode !== 403) return undefined;
  return operation === 'headObject'
    ? 'check the access key id and the secret key in the environment, --region, --signature, the permission to read the object, and the key'
    : HINTS_BY_VENDOR_CODE['AccessDenied'];
}
