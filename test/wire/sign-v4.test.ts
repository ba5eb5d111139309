import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeQuery, sortByName } from '../../src/wire/object-url.ts';
import {
  SignerV4,
  authorizationV4,
  canonicalRequestV4,
  isSignedByV4,
  signedHeaderNames,
  signingKeyV4,
  stringToSignV4,
} from '../../src/wire/sign-v4.ts';
import { formatSigningTime } from '../../src/wire/signer.ts';
import { type SignatureVector, headerOf, queryOf, readVectors } from './signature-vectors.ts';

const configurations = [
  { file: 'aws-sdk-vhost', region: 'us-east-1', separator: ', ', count: 110, encodesSlashes: true },
  { file: 'aws-sdk-path', region: 'us-east-1', separator: ', ', count: 110, encodesSlashes: true },
  // What Huawei's SDK would send if its SigV4 code could be reached: everything is signed but the body,
  // and slashes in the query aren't encoded.
  { file: 'obs-sdk-v4-forced-path', region: 'cn-north-4', separator: ',', count: 103, encodesSlashes: false },
] as const;

/** The SDK signs a latin1 character as the UTF-8 that it should have sent; ours signs bytes, so it gets those of UTF-8. */
function asBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** A query sorted by name, as it is on the wire. */
function sortQuery(path: string): string {
  const pairs = path.split('?').slice(1).join('?').split('&');
  return pairs
    .filter((pair) => pair !== '')
    .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
    .toSorted()
    .join('&');
}

function signedHeaders(vector: SignatureVector): string[] {
  const names = /SignedHeaders=([^,]+),/.exec(headerOf(vector, 'authorization') ?? '')?.[1]?.split(';') ?? [];
  return sortByName(names.flatMap((name) => [name, asBytes(headerOf(vector, name) ?? '')]));
}

describe.each(configurations)('$file', ({ file, region, separator, count, encodesSlashes }) => {
  const { vectors, credentials, frozenTime } = readVectors(file);
  const time = formatSigningTime(new Date(frozenTime));
  const scope = `${time.day}/${region}/s3/aws4_request`;

  it('has all its vectors', () => {
    expect(vectors).toHaveLength(count);
  });

  it.each(vectors)('$id', (vector) => {
    const [path = ''] = vector.path.split('?');
    const payloadHash = headerOf(vector, 'x-amz-content-sha256') ?? '';
    const realHash = hash('sha256', vector.body ?? '', 'hex');
    expect(payloadHash).toBe(payloadHash === 'UNSIGNED-PAYLOAD' ? payloadHash : realHash);

    const headers = signedHeaders(vector);
    const names = signedHeaderNames(headers);
    const query = encodesSlashes ? encodeQuery(queryOf(vector.path)).canonical : sortQuery(vector.path);
    const canonicalRequest = canonicalRequestV4({ method: vector.method, path, query }, headers, names, payloadHash);
    expect(canonicalRequest).toBe(asBytes(vector.canonicalRequest ?? ''));

    const stringToSign = stringToSignV4(time.amzDate, scope, canonicalRequest);
    expect(stringToSign).toBe(vector.stringToSign);

    const key = signingKeyV4(credentials.secretAccessKey, time.day, region, 's3');
    const signature = key.sign(stringToSign, 'hex');
    const credential = `${credentials.accessKeyId}/${scope}`;
    expect(authorizationV4(credential, names, signature, separator)).toBe(headerOf(vector, 'authorization'));
  });
});

describe('SignerV4', () => {
  const { vectors, credentials, frozenTime } = readVectors('aws-sdk-vhost');
  const time = formatSigningTime(new Date(frozenTime));
  const added = new Set(['authorization', 'host', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token']);
  // The SDK also signs headers that proxies may touch; where it doesn't, ours and its are the same.
  const comparable = vectors.filter((vector) =>
    signedHeaders(vector).every((name, index) => index % 2 === 1 || isSignedByV4(name)),
  );

  it('has something to compare', () => {
    expect(comparable.length).toBeGreaterThan(80);
  });

  it.each(comparable)('$id', (vector) => {
    const [path = ''] = vector.path.split('?');
    const headers = Object.entries(vector.headers).flatMap(([name, value]) =>
      added.has(name.toLowerCase()) ? [] : [name.toLowerCase(), asBytes(value)],
    );
    new SignerV4().sign(
      {
        method: vector.method,
        host: headerOf(vector, 'host') ?? '',
        path,
        resourcePrefix: '',
        query: encodeQuery(queryOf(vector.path)),
        headers,
        body: vector.body,
        region: 'us-east-1',
        explicitDate: false,
      },
      { ...credentials, sessionToken: vector.sts === true ? credentials.sessionToken : undefined },
      time,
    );
    expect(headers.at(-2)).toBe('authorization');
    expect(headers.at(-1)).toBe(headerOf(vector, 'authorization'));
  });

  it('makes a new key for another day, region or secret, and for those only', () => {
    const signer = new SignerV4();
    const sign = (day: string, region: string, secretAccessKey: string): string | undefined => {
      const headers: string[] = [];
      const request = { method: 'GET', host: 'h', path: '/', resourcePrefix: '', query: encodeQuery([]), headers };
      signer.sign(
        { ...request, body: undefined, region, explicitDate: false },
        { accessKeyId: 'AK', secretAccessKey },
        formatSigningTime(new Date(`${day}T00:00:00Z`)),
      );
      return headers.at(-1);
    };
    const first = sign('2024-01-01', 'a', 'x');
    const others = [sign('2024-01-02', 'a', 'x'), sign('2024-01-01', 'b', 'x'), sign('2024-01-01', 'a', 'y')];
    expect(new Set([first, ...others]).size).toBe(4);
    expect(sign('2024-01-01', 'a', 'x')).toBe(first);
  });

  it('folds blanks in header values, but leaves the bytes of UTF-8 letters alone', () => {
    const headers = ['x-amz-meta-a', asBytes(' à  b\tc à ')];
    const request = canonicalRequestV4({ method: 'PUT', path: '/', query: '' }, headers, 'x-amz-meta-a', 'hash');
    expect(request).toBe(`PUT\n/\n\nx-amz-meta-a:${asBytes('à b c à')}\n\nx-amz-meta-a\nhash`);
  });
});
