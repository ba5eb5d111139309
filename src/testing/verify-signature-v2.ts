import { createHmac } from 'node:crypto';
import type { CredentialsBook } from './credentials-book.ts';
import { percentDecode } from './percent-encoding.ts';
import { ServiceError } from './service-error.ts';
import { dialectHeader, plainHeader, type StoreRequest } from './store-request.ts';

/** Words of the query that are signed, in both dialects. */
const signedSubresources: ReadonlySet<string> = new Set([
  'acl',
  'append',
  'attname',
  'backtosource',
  'cors',
  'customdomain',
  'delete',
  'deletebucket',
  'directcoldaccess',
  'encryption',
  'inventory',
  'length',
  'lifecycle',
  'location',
  'logging',
  'metadata',
  'modify',
  'name',
  'notification',
  'object-lock',
  'partNumber',
  'policy',
  'position',
  'quota',
  'rename',
  'replication',
  'requestPayment',
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
  'restore',
  'retention',
  'storageClass',
  'storagePolicy',
  'storageinfo',
  'tagging',
  'torrent',
  'truncate',
  'uploadId',
  'uploads',
  'versionId',
  'versioning',
  'versions',
  'website',
  'x-image-process',
  'x-image-save-bucket',
  'x-image-save-object',
  'x-obs-security-token',
]);

/**
 * Verifies `Authorization: AWS key:signature` or `OBS key:signature`, or a presigned URL of either kind: an HMAC-SHA1 over
 * method, a few headers, those of the dialect, and the resource.
 *
 * @returns when the request was signed; undefined where a presigned URL says how long it holds
 * @throws {ServiceError} SignatureDoesNotMatch, and what the credentials give
 */
export function verifySignatureV2(
  request: StoreRequest,
  credentialsBook: CredentialsBook,
  nowMs: number,
): number | undefined {
  const { query, headers } = request;
  const presignedKey = query.get('AccessKeyId') ?? query.get('AWSAccessKeyId');
  const presigned = headers.authorization === undefined && presignedKey !== undefined;
  const [, accessKeyId = '', headerSignature = ''] = /^\w+ ([^:]*):(.*)$/.exec(headers.authorization ?? '') ?? [];
  const signature = presigned ? (query.get('Signature') ?? '') : headerSignature;
  const sessionToken = dialectHeader(request, 'security-token') ?? query.get(`${request.dialect.prefix}security-token`);
  const credentials = credentialsBook.find(presigned ? presignedKey : accessKeyId, sessionToken);

  const dialectDate = dialectHeader(request, 'date');
  const expires = query.get('Expires') ?? '';
  const dateLine = presigned ? expires : dialectDate === undefined ? (headers.date ?? '') : '';
  const stringToSign = [
    request.method,
    plainHeader(request, 'content-md5') ?? '',
    headers['content-type'] ?? '',
    dateLine,
    canonicalHeaders(request) + canonicalResource(request),
  ].join('\n');

  const expected = (encoding: BufferEncoding): string =>
    createHmac('sha1', credentials.secretAccessKey).update(stringToSign, encoding).digest('base64');
  if (expected('utf8') !== signature && expected('latin1') !== signature) {
    throw new ServiceError('SignatureDoesNotMatch', undefined, { details: { StringToSign: stringToSign } });
  }
  if (presigned) {
    if (!(Number(expires) * 1000 > nowMs)) throw new ServiceError('AccessDenied', 'Request has expired');
    return undefined;
  }
  return Date.parse(dialectDate ?? headers.date ?? '');
}

function canonicalHeaders(request: StoreRequest): string {
  const { prefix } = request.dialect;
  let text = '';
  const names = Object.keys(request.headers).filter((name) => name.startsWith(prefix));
  for (const name of names.toSorted()) {
    const value = plainHeader(request, name) ?? '';
    text += `${name}:${value}\n`;
  }
  return text;
}

/** The path as it is on the wire, with the bucket in front, and the signed words of the query with their values decoded. */
function canonicalResource(request: StoreRequest): string {
  const path = request.virtualHost ? `/${request.bucket}${request.rawPath}` : request.rawPath;
  const words: string[] = [];
  for (const pair of request.rawQuery.split('&')) {
    const equals = pair.indexOf('=');
    const name = percentDecode(equals === -1 ? pair : pair.slice(0, equals));
    if (!signedSubresources.has(name)) continue;
    const value = equals === -1 ? '' : percentDecode(pair.slice(equals + 1));
    words.push(value === '' ? name : `${name}=${value}`);
  }
  return words.length === 0 ? path : `${path}?${words.toSorted().join('&')}`;
}
