import type { Credentials } from './credentials.ts';
import { HmacKey } from './hmac.ts';
import { type QueryParameters, sortByName } from './object-url.ts';
import type { SignableRequest, SigningTime } from './signer.ts';

type HeaderPrefix = 'x-obs-' | 'x-amz-';

/**
 * Query parameters that name a sub-resource and are signed; all others are not. Only those that this library sends.
 *
 * @see https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0010.html
 */
const SUB_RESOURCES = new Set([
  'acl',
  'delete',
  'encryption',
  'partNumber',
  'retention',
  'tagging',
  'uploadId',
  'uploads',
  'versionId',
  'versioning',
  'versions',
]);

/** The last line of the string to sign. `path` is percent-encoded and starts with the bucket; values are not encoded. */
export function canonicalResource(path: string, query: QueryParameters): string {
  let resource = path;
  let separator = '?';
  for (let index = 0; index < query.length; index += 2) {
    const name = query[index] as string;
    if (!SUB_RESOURCES.has(name)) continue;
    const value = query[index + 1] as string;
    resource += value === '' ? separator + name : `${separator}${name}=${value}`;
    separator = '&';
  }
  return resource;
}

/** Not by `trim`, which also eats 0xA0: half of a UTF-8 letter in a header value read as latin1. */
const OUTER_BLANKS = /^[ \t]+|[ \t]+$/g;

/** The vendor's own headers as lines, sorted by name. Only the values of metadata are trimmed. */
export function canonicalHeaders(headers: readonly string[], prefix: string): string {
  const own: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    if (name.startsWith(prefix)) own.push(name, headers[index + 1] as string);
  }
  const sorted = sortByName(own);
  const metadataPrefix = `${prefix}meta-`;
  let lines = '';
  for (let index = 0; index < sorted.length; index += 2) {
    const name = sorted[index] as string;
    const value = sorted[index + 1] as string;
    lines += `${name}:${name.startsWith(metadataPrefix) ? value.replaceAll(OUTER_BLANKS, '') : value}\n`;
  }
  return lines;
}

/** The request as one string. `date` is empty if the date goes into a header of the vendor's own. */
export function stringToSignV2(request: {
  readonly method: string;
  readonly contentMd5: string;
  readonly contentType: string;
  readonly date: string;
  readonly canonicalHeaders: string;
  readonly canonicalResource: string;
}): string {
  return (
    `${request.method}\n${request.contentMd5}\n${request.contentType}\n${request.date}\n` +
    `${request.canonicalHeaders}${request.canonicalResource}`
  );
}

function findHeader(headers: readonly string[], name: string): string {
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index] === name) return headers[index + 1] as string;
  }
  return '';
}

/** Signs by HMAC-SHA1: Huawei's own signature, and Signature Version 2 of S3. */
export class SignerV2 {
  readonly #headerPrefix: HeaderPrefix;
  #keyedBy: Credentials | undefined;
  #signingKey: HmacKey | undefined;

  constructor(headerPrefix: HeaderPrefix) {
    this.#headerPrefix = headerPrefix;
  }

  sign(request: SignableRequest, credentials: Credentials, time: SigningTime): void {
    const headerPrefix = this.#headerPrefix;
    const scheme = headerPrefix === 'x-obs-' ? 'OBS' : 'AWS';
    const { headers } = request;
    if (credentials.sessionToken !== undefined) headers.push(`${headerPrefix}security-token`, credentials.sessionToken);
    if (request.explicitDate) headers.push(`${headerPrefix}date`, time.httpDate);
    else headers.push('date', time.httpDate);
    const stringToSign = stringToSignV2({
      method: request.method,
      contentMd5: findHeader(headers, 'content-md5'),
      contentType: findHeader(headers, 'content-type'),
      date: request.explicitDate ? '' : time.httpDate,
      canonicalHeaders: canonicalHeaders(headers, headerPrefix),
      canonicalResource: canonicalResource(request.resourcePrefix + request.path, request.query.sorted),
    });
    const signature = this.#keyOf(credentials).sign(stringToSign, 'base64');
    headers.push('authorization', `${scheme} ${credentials.accessKeyId}:${signature}`);
  }

  #keyOf(credentials: Credentials): HmacKey {
    if (this.#signingKey === undefined || this.#keyedBy !== credentials) {
      this.#signingKey = new HmacKey('sha1', credentials.secretAccessKey);
      this.#keyedBy = credentials;
    }
    return this.#signingKey;
  }
}
