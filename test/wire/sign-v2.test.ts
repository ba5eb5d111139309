import { describe, expect, it } from 'vitest';
import { HmacKey } from '../../src/wire/hmac.ts';
import { encodeQuery } from '../../src/wire/object-url.ts';
import { SignerV2, canonicalHeaders, canonicalResource, stringToSignV2 } from '../../src/wire/sign-v2.ts';
import { formatSigningTime } from '../../src/wire/signer.ts';
import { type SignatureVector, headerOf, queryOf, readVectors } from './signature-vectors.ts';

const configurations = [
  { file: 'obs-sdk-obs', scheme: 'OBS', prefix: 'x-obs-', virtualHost: true },
  { file: 'obs-sdk-v2', scheme: 'AWS', prefix: 'x-amz-', virtualHost: true },
  { file: 'obs-sdk-v2-path', scheme: 'AWS', prefix: 'x-amz-', virtualHost: false },
] as const;

function lowerCaseHeaders(vector: SignatureVector): string[] {
  return Object.entries(vector.headers).flatMap(([name, value]) => [name.toLowerCase(), value]);
}

describe.each(configurations)('$file', ({ file, scheme, prefix, virtualHost }) => {
  const { vectors, credentials, frozenTime } = readVectors(file);
  const time = formatSigningTime(new Date(frozenTime));
  const resourcePrefix = virtualHost ? '/dst-bucket' : '';

  it('has all its vectors', () => {
    expect(vectors).toHaveLength(103);
  });

  it.each(vectors)('$id', (vector) => {
    const [path = ''] = vector.path.split('?');
    const query = encodeQuery(queryOf(vector.path));

    const stringToSign = stringToSignV2({
      method: vector.method,
      contentMd5: headerOf(vector, 'content-md5') ?? '',
      contentType: headerOf(vector, 'content-type') ?? '',
      date: time.httpDate,
      canonicalHeaders: canonicalHeaders(lowerCaseHeaders(vector), prefix),
      canonicalResource: canonicalResource(resourcePrefix + path, query.sorted),
    });
    expect(stringToSign).toBe(vector.stringToSign);

    const signature = new HmacKey('sha1', credentials.secretAccessKey).sign(stringToSign, 'base64');
    expect(`${scheme} ${credentials.accessKeyId}:${signature}`).toBe(headerOf(vector, 'authorization'));
  });

  it.each(vectors)('$id, through the signer', (vector) => {
    const [path = ''] = vector.path.split('?');
    const added = new Set(['authorization', 'date', 'host', `${prefix}security-token`]);
    const headers = Object.entries(vector.headers).flatMap(([name, value]) =>
      added.has(name.toLowerCase()) ? [] : [name.toLowerCase(), value],
    );
    new SignerV2(prefix).sign(
      {
        method: vector.method,
        host: '',
        path,
        resourcePrefix,
        query: encodeQuery(queryOf(vector.path)),
        headers,
        body: vector.body,
        region: '',
        explicitDate: false,
      },
      { ...credentials, sessionToken: vector.sts === true ? credentials.sessionToken : undefined },
      time,
    );
    expect(headers.at(-2)).toBe('authorization');
    expect(headers.at(-1)).toBe(headerOf(vector, 'authorization'));
  });
});

it('signs a date of the caller in the header of the vendor, with an empty date line', () => {
  const headers = ['x-obs-copy-source', 'b/k'];
  const time = formatSigningTime(new Date('2024-02-29T12:34:56Z'));
  const credentials = { accessKeyId: 'AK', secretAccessKey: 'SK' };
  new SignerV2('x-obs-').sign(
    {
      method: 'PUT',
      host: '',
      path: '/k',
      resourcePrefix: '/b',
      query: encodeQuery(['partNumber', '1', 'uploadId', 'u']),
      headers,
      body: undefined,
      region: '',
      explicitDate: true,
    },
    credentials,
    time,
  );
  const stringToSign =
    'PUT\n\n\n\nx-obs-copy-source:b/k\nx-obs-date:Thu, 29 Feb 2024 12:34:56 GMT\n/b/k?partNumber=1&uploadId=u';
  expect(headers).toEqual([
    'x-obs-copy-source',
    'b/k',
    'x-obs-date',
    'Thu, 29 Feb 2024 12:34:56 GMT',
    'authorization',
    `OBS AK:${new HmacKey('sha1', 'SK').sign(stringToSign, 'base64')}`,
  ]);
});
