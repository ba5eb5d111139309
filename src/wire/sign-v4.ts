import { hash } from 'node:crypto';
import type { Credentials } from './credentials.ts';
import { HmacKey, hashLatin1 } from './hmac.ts';
import { sortByName } from './object-url.ts';
import type { SignableRequest, SigningTime } from './signer.ts';

/** SHA-256 of nothing: most requests have no body. */
const EMPTY_PAYLOAD_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const SIGNED_BESIDE_AMZ: ReadonlySet<string> = new Set(['host', 'content-type', 'content-md5', 'if-none-match']);

// Only blanks and tabs: `\s` and `trim` would also eat 0xA0, which is half of a UTF-8 letter in a header value read as latin1.
const BLANKS = /[ \t]+/g;
const OUTER_BLANK = /^ | $/g;

function canonicalValue(value: string): string {
  return value.replaceAll(BLANKS, ' ').replaceAll(OUTER_BLANK, '');
}

/** Whether header lines may have blanks that {@link canonicalValue} takes out: one look at all of them, as hardly any have. */
const ODD_BLANKS = /[ \t]{2}|\t|: | \n/;

function headerLines(sortedHeaders: readonly string[], format: (value: string) => string): string {
  let lines = '';
  for (let index = 0; index < sortedHeaders.length; index += 2) {
    lines += `${sortedHeaders[index] as string}:${format(sortedHeaders[index + 1] as string)}\n`;
  }
  return lines;
}

/** Whether SigV4 has to cover this header. What proxies may touch (`cache-control`, `user-agent`, …) is left out. */
export function isSignedByV4(name: string): boolean {
  return name.startsWith('x-amz-') || SIGNED_BESIDE_AMZ.has(name);
}

export function signedHeaderNames(sortedHeaders: readonly string[]): string {
  let names = sortedHeaders[0] as string;
  for (let index = 2; index < sortedHeaders.length; index += 2) names += `;${sortedHeaders[index] as string}`;
  return names;
}

/** First stage: the request as one string. `path` and `query` are encoded already, and S3 wants the path encoded once. */
export function canonicalRequestV4(
  request: { readonly method: string; readonly path: string; readonly query: string },
  sortedHeaders: readonly string[],
  headerNames: string,
  payloadHash: string,
): string {
  let lines = headerLines(sortedHeaders, (value) => value);
  if (ODD_BLANKS.test(lines)) lines = headerLines(sortedHeaders, canonicalValue);
  return `${request.method}\n${request.path}\n${request.query}\n${lines}\n${headerNames}\n${payloadHash}`;
}

/** Second stage. Header values are latin1 on the wire, so those are the bytes that are hashed. */
export function stringToSignV4(amzDate: string, scope: string, canonicalRequest: string): string {
  return `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${hashLatin1(canonicalRequest)}`;
}

/** The key that signs a day's requests to one region. */
export function signingKeyV4(secretAccessKey: string, day: string, region: string, service: string): HmacKey {
  let key = new HmacKey('sha256', `AWS4${secretAccessKey}`);
  for (const step of [day, region, service, 'aws4_request']) key = new HmacKey('sha256', key.derive(step));
  return key;
}

/** Last stage: the header. */
export function authorizationV4(credential: string, headerNames: string, signature: string, separator = ', '): string {
  return `AWS4-HMAC-SHA256 Credential=${credential}${separator}SignedHeaders=${headerNames}${separator}Signature=${signature}`;
}

/** Signs by AWS Signature Version 4, with the real hash of the body. Keeps the key of the day. */
export class SignerV4 {
  #keyedBy: Credentials | undefined;
  #region = '';
  #service = '';
  #day = '';
  #scope = '';
  #signingKey: HmacKey | undefined;

  sign(request: SignableRequest, credentials: Credentials, time: SigningTime): void {
    const { headers } = request;
    const payloadHash = request.body === undefined ? EMPTY_PAYLOAD_HASH : hash('sha256', request.body, 'hex');
    headers.push('x-amz-content-sha256', payloadHash, 'x-amz-date', time.amzDate);
    if (credentials.sessionToken !== undefined) headers.push('x-amz-security-token', credentials.sessionToken);
    const signed = ['host', request.host];
    for (let index = 0; index < headers.length; index += 2) {
      const name = headers[index] as string;
      if (isSignedByV4(name)) signed.push(name, headers[index + 1] as string);
    }
    const sorted = sortByName(signed);
    const names = signedHeaderNames(sorted);
    const key = this.#keyOf(credentials, request.region, request.service ?? 's3', time.day);
    const canonicalRequest = canonicalRequestV4(
      { method: request.method, path: request.path, query: request.query.canonical },
      sorted,
      names,
      payloadHash,
    );
    const signature = key.sign(stringToSignV4(time.amzDate, this.#scope, canonicalRequest), 'hex');
    headers.push('authorization', authorizationV4(`${credentials.accessKeyId}/${this.#scope}`, names, signature));
  }

  // A source of credentials gives the same object for the same key, so that comparing objects is enough.
  #keyOf(credentials: Credentials, region: string, service: string, day: string): HmacKey {
    const isKnown =
      this.#keyedBy === credentials && this.#day === day && this.#region === region && this.#service === service;
    if (this.#signingKey === undefined || !isKnown) {
      this.#signingKey = signingKeyV4(credentials.secretAccessKey, day, region, service);
      this.#scope = `${day}/${region}/${service}/aws4_request`;
      this.#keyedBy = credentials;
      this.#day = day;
      this.#region = region;
      this.#service = service;
    }
    return this.#signingKey;
  }
}
