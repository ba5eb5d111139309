import { createHmac } from 'node:crypto';
import type { Credentials } from './credentials.ts';
import type { QueryParameters } from './object-url.ts';
import type { SignableRequest, SigningTime } from './signer.ts';

/** What differs between Huawei's signature and the old one of S3. */
export interface SignatureV2Flavour {
  /** First word of the Authorization header. */
  readonly scheme: 'OBS' | 'AWS';
  readonly headerPrefix: 'x-obs-' | 'x-amz-';
}

export const OBS_FLAVOUR: SignatureV2Flavour = { scheme: 'OBS', headerPrefix: 'x-obs-' };
export const AWS_FLAVOUR: SignatureV2Flavour = { scheme: 'AWS', headerPrefix: 'x-amz-' };

/**
 * Query parameters that name a sub-resource and are signed; all others are not. Only those that this library sends.
 *
 * @see https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0010.html
 */
const SUB_RESOURCES: ReadonlySet<string> = new Set([
  'acl',
  'partNumber',
  'tagging',
  'uploadId',
  'uploads',
  'versionId',
]);

/** The last line of the string to sign. `path` is percent-encoded and starts with the bucket; values are not encoded. */
export function canonicalResource(path: string, query: QueryParameters): string {
  const pairs: string[] = [];
  for (let index = 0; index < query.length; index += 2) {
    const name = query[index] as string;
    if (!SUB_RESOURCES.has(name)) continue;
    const value = query[index + 1] as string;
    pairs.push(value === '' ? name : `${name}=${value}`);
  }
  if (pairs.length === 0) return path;
  if (pairs.length > 1) pairs.sort();
  return `${path}?${pairs.join('&')}`;
}

/** The vendor's own headers as lines, sorted by name. Only the values of metadata are trimmed. */
export function canonicalHeaders(headers: readonly string[], prefix: string): string {
  const metadataPrefix = `${prefix}meta-`;
  const lines: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    if (!name.startsWith(prefix)) continue;
    const value = headers[index + 1] as string;
    lines.push(`${name}:${name.startsWith(metadataPrefix) ? value.trim() : value}\n`);
  }
  if (lines.length > 1) lines.sort(compareNames);
  return lines.join('');
}

// Lines can't be compared whole: `a-b:` sorts before `a:`, but the name `a` comes before `a-b`.
function compareNames(left: string, right: string): number {
  const leftName = left.slice(0, left.indexOf(':'));
  const rightName = right.slice(0, right.indexOf(':'));
  return leftName < rightName ? -1 : 1;
}

/** First stage: the request as one string. `date` is empty where the date goes into a header of the vendor's own. */
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

/** Second stage: the signature. Header values are latin1 on the wire, so those are the bytes that a server signs. */
export function signatureV2(
  secretAccessKey: string,
  stringToSign: string,
  encoding: 'latin1' | 'utf8' = 'latin1',
): string {
  return createHmac('sha1', secretAccessKey).update(stringToSign, encoding).digest('base64');
}

/** Last stage: the header. */
export function authorizationV2(scheme: 'OBS' | 'AWS', accessKeyId: string, signature: string): string {
  return `${scheme} ${accessKeyId}:${signature}`;
}

function findHeader(headers: readonly string[], name: string): string {
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index] === name) return headers[index + 1] as string;
  }
  return '';
}

/** Signs by HMAC-SHA1: Huawei's own signature, and Signature Version 2 of S3. */
export class SignerV2 {
  readonly #flavour: SignatureV2Flavour;

  constructor(flavour: SignatureV2Flavour) {
    this.#flavour = flavour;
  }

  /** Adds the headers of the signature to `request.headers`. */
  sign(request: SignableRequest, credentials: Credentials, time: SigningTime): void {
    const { scheme, headerPrefix } = this.#flavour;
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
      canonicalResource: canonicalResource(request.resourcePrefix + request.path, request.queryParameters),
    });
    const signature = signatureV2(credentials.secretAccessKey, stringToSign);
    headers.push('authorization', authorizationV2(scheme, credentials.accessKeyId, signature));
  }
}
