import { createHash, createHmac } from 'node:crypto';
import type { CredentialsBook } from './credentials-book.ts';
import { percentDecode, percentEncode } from './percent-encoding.ts';
import { ServiceError } from './service-error.ts';
import { plainHeader, type StoreRequest } from './store-request.ts';

/** What a verified SigV4 signature leaves to check on the body. */
export interface VerifiedV4 {
  /** When the request was signed; undefined where a presigned URL says how long it holds. */
  readonly signedAtMs: number | undefined;
  readonly payloadHash: string;
  readonly signingKey: Buffer;
  /** `date/region/service/aws4_request` */
  readonly scope: string;
  readonly amzDate: string;
  readonly signature: string;
}

interface SignatureFields {
  readonly credential: string;
  readonly signedHeaders: string;
  readonly signature: string;
  readonly amzDate: string;
  readonly payloadHash: string;
  readonly sessionToken: string | undefined;
  readonly presigned: boolean;
}

/**
 * Verifies `Authorization: AWS4-HMAC-SHA256 …`, or a presigned URL. `region` is what the scope must name; undefined takes any.
 *
 * @throws {ServiceError} SignatureDoesNotMatch, AuthorizationHeaderMalformed, and what the credentials give
 */
export function verifySignatureV4(
  request: StoreRequest,
  credentialsBook: CredentialsBook,
  region: string | undefined,
  nowMs: number,
): VerifiedV4 {
  const fields = request.query.has('X-Amz-Algorithm') ? fieldsOfQuery(request, nowMs) : fieldsOfHeader(request);
  const [accessKeyId = '', date = '', scopeRegion = '', service = '', terminator] = fields.credential.split('/');
  if (terminator !== 'aws4_request') throw new ServiceError('AuthorizationHeaderMalformed');
  const credentials = credentialsBook.find(accessKeyId, fields.sessionToken, request.bucket, nowMs);
  if (region !== undefined && scopeRegion !== region) {
    throw new ServiceError(
      'AuthorizationHeaderMalformed',
      `The authorization header is malformed; the region '${scopeRegion}' is wrong; expecting '${region}'`,
      { details: { Region: region } },
    );
  }
  const scope = `${date}/${scopeRegion}/${service}/aws4_request`;
  const signingKey = credentialsBook.signingKey(credentials, date, scopeRegion, service);
  const canonicalQuery = canonicalizeQuery(request.rawQuery);
  const canonicalPath = canonicalizePath(request.rawPath);
  const names = fields.signedHeaders.split(';');
  if (!names.includes('host')) throw new ServiceError('SignatureDoesNotMatch', 'The host header must be signed');
  requireSigned(request, names, fields.presigned);

  let canonicalHeaders = '';
  for (const name of names) canonicalHeaders += `${name}:${canonicalizeHeader(plainHeader(request, name) ?? '')}\n`;
  const canonicalRequest = `${request.method}\n${canonicalPath}\n${canonicalQuery}\n${canonicalHeaders}\n${fields.signedHeaders}\n${fields.payloadHash}`;

  const matches = (encoding: BufferEncoding): boolean => {
    const hash = createHash('sha256').update(canonicalRequest, encoding).digest('hex');
    const stringToSign = `AWS4-HMAC-SHA256\n${fields.amzDate}\n${scope}\n${hash}`;
    return createHmac('sha256', signingKey).update(stringToSign).digest('hex') === fields.signature;
  };
  // Headers with bytes beyond ASCII are signed as those bytes by some clients, and as the UTF-8 of their characters by others.
  if (!matches('utf8') && !matches('latin1')) {
    throw new ServiceError('SignatureDoesNotMatch', undefined, { details: { CanonicalRequest: canonicalRequest } });
  }
  return {
    signedAtMs: fields.presigned ? undefined : parseAmzDate(fields.amzDate),
    payloadHash: fields.payloadHash,
    signingKey,
    scope,
    amzDate: fields.amzDate,
    signature: fields.signature,
  };
}

function fieldsOfHeader(request: StoreRequest): SignatureFields {
  const authorization = request.headers.authorization ?? '';
  const amzDate = plainHeader(request, 'x-amz-date') ?? httpDateToAmzDate(request.headers.date);
  const payloadHash = plainHeader(request, 'x-amz-content-sha256');
  const credential = fieldOf(authorization, 'Credential=');
  const signedHeaders = fieldOf(authorization, 'SignedHeaders=');
  const signature = fieldOf(authorization, 'Signature=');
  if (credential === '' || signedHeaders === '' || signature === '' || amzDate === undefined) {
    throw new ServiceError('AuthorizationHeaderMalformed');
  }
  if (payloadHash === undefined) {
    throw new ServiceError('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  }
  return {
    credential,
    signedHeaders,
    signature,
    amzDate,
    payloadHash,
    sessionToken: plainHeader(request, 'x-amz-s3session-token') ?? plainHeader(request, 'x-amz-security-token'),
    presigned: false,
  };
}

function fieldsOfQuery({ query }: StoreRequest, nowMs: number): SignatureFields {
  const amzDate = query.get('X-Amz-Date') ?? '';
  const expiresSeconds = Number(query.get('X-Amz-Expires') ?? Number.NaN);
  if (!(parseAmzDate(amzDate) + expiresSeconds * 1000 > nowMs)) {
    throw new ServiceError('AccessDenied', 'Request has expired');
  }
  return {
    credential: query.get('X-Amz-Credential') ?? '',
    signedHeaders: query.get('X-Amz-SignedHeaders') ?? '',
    signature: query.get('X-Amz-Signature') ?? '',
    amzDate,
    payloadHash: 'UNSIGNED-PAYLOAD',
    sessionToken: query.get('X-Amz-Security-Token'),
    presigned: true,
  };
}

/** All `x-amz-*` headers must be signed, or anyone on the way could change them. */
function requireSigned(request: StoreRequest, names: readonly string[], presigned: boolean): void {
  for (const name of Object.keys(request.headers)) {
    if (!name.startsWith('x-amz-') || names.includes(name)) continue;
    if (presigned || name === 'x-amz-user-agent') continue;
    throw new ServiceError('AccessDenied', `There were headers present in the request which were not signed: ${name}`);
  }
}

function fieldOf(authorization: string, name: string): string {
  const start = authorization.indexOf(name);
  if (start === -1) return '';
  const end = authorization.indexOf(',', start);
  return authorization.slice(start + name.length, end === -1 ? undefined : end).trim();
}

/** Encodes what the client may have left raw, as S3 does before it compares: each segment once, dots and slashes as they are. */
function canonicalizePath(rawPath: string): string {
  return /^[\w\-.~/]*$/.test(rawPath) ? rawPath : percentEncode(percentDecode(rawPath), true);
}

function canonicalizeQuery(rawQuery: string): string {
  if (rawQuery === '') return '';
  const pairs: [string, string][] = [];
  for (const pair of rawQuery.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = equals === -1 ? pair : pair.slice(0, equals);
    if (name === 'X-Amz-Signature') continue;
    pairs.push([recode(name), equals === -1 ? '' : recode(pair.slice(equals + 1))]);
  }
  pairs.sort(([leftName, leftValue], [rightName, rightValue]) =>
    leftName === rightName ? compare(leftValue, rightValue) : compare(leftName, rightName),
  );
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

function recode(text: string): string {
  return /^[\w\-.~]*$/.test(text) ? text : percentEncode(percentDecode(text), false);
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function canonicalizeHeader(value: string): string {
  return value.includes('  ') ? value.replaceAll(/ +/g, ' ') : value;
}

/** `20240229T123456Z` as milliseconds since 1970; NaN where it isn't of that form. */
function parseAmzDate(text: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return Number.NaN;
  const [, year, month, day, hour, minute, second] = match;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function httpDateToAmzDate(date: string | undefined): string | undefined {
  const ms = Date.parse(date ?? '');
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/g, '');
}
