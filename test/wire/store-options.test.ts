import { Agent } from 'undici';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CopyOptionsError } from '../../src/errors.ts';
import { bucketAddress, isLoopback, parseEndpoint, regionOfHost } from '../../src/wire/endpoint.ts';
import { obsStore, s3Store } from '../../src/wire/http-store.ts';
import { normalizeStoreOptions } from '../../src/wire/store-options.ts';
import { CREDENTIALS } from './scripted-server.ts';

const NAMES = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_S3',
  'OBS_ENDPOINT',
  'OBS_ACCESS_KEY_ID',
  'OBS_SECRET_ACCESS_KEY',
  'OBS_SECURITY_TOKEN',
];

beforeEach(() => {
  for (const name of NAMES) vi.stubEnv(name, undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

const good = { endpoint: 'https://s3.example.com', credentials: CREDENTIALS };

describe('an option that is wrong is refused, with what would be right', () => {
  it.each([
    [
      { ...good, endPoint: 'x' },
      "Unknown option 'endPoint' of s3Store: did you mean 'endpoint'? Known are endpoint, credentials, region, ",
    ],
    [{ ...good, endpoint: 'ftp://s3.example.com' }, 'current value is "ftp://s3.example.com"'],
    [{ ...good, endpoint: 'https://' }, "'endpoint' must be a host"],
    [{ ...good, endpoint: '' }, "'endpoint' must be a host"],
    [{ ...good, endpoint: 9000 }, 'current value is a number'],
    [{ ...good, endpoint: 'https://s3.example.com/?a=b' }, "'endpoint' must be a host"],
    [
      { ...good, region: 'eu west' },
      "Option 'region' of s3Store must be a name like 'eu-west-1': current value is \"eu west\"",
    ],
    [{ ...good, region: '' }, "'region' of s3Store must be printable ASCII text"],
    [{ ...good, signature: 'obs' }, "'signature' of s3Store must be one of 'v4', 'v2': current value is \"obs\""],
    [{ ...good, pathStyle: 'yes' }, '\'pathStyle\' of s3Store must be true or false: current value is "yes"'],
    [
      { ...good, requestTimeoutMs: 0 },
      "'requestTimeoutMs' of s3Store must be milliseconds, more than 0 and at most 2147483647: current value is 0",
    ],
    [{ ...good, requestTimeoutMs: Number.NaN }, "'requestTimeoutMs' of s3Store must be"],
    [{ ...good, requestTimeoutMs: '5' }, "'requestTimeoutMs' of s3Store must be"],
    [{ ...good, dispatcher: {} }, "'dispatcher' of s3Store must be an undici Dispatcher: it has no method 'dispatch'"],
    [{ ...good, dispatcher: null }, 'current value is null'],
    [{ ...good, userAgent: 'a\r\nb' }, "'userAgent' of s3Store must be printable ASCII text"],
    [{ ...good, allowInsecureSseC: 1 }, "'allowInsecureSseC' of s3Store must be true or false"],
    [{ ...good, credentials: true }, "'credentials' must be { accessKeyId"],
    [{ ...good, credentials: {} }, "'credentials.accessKeyId' must be a non-empty string: current value is undefined"],
    [
      { ...good, credentials: { ...CREDENTIALS, sessionToken: 5 } },
      "'credentials.sessionToken' must be a non-empty string: current value is a number",
    ],
    [
      { endpoint: 'http://10.0.0.1', credentials: CREDENTIALS, pathStyle: false },
      "'pathStyle' of s3Store must not be false",
    ],
    [null, 'The options of s3Store must be an object: current value is null'],
  ])('%j', (options, message) => {
    expect(() => s3Store(options as object)).toThrow(CopyOptionsError);
    expect(() => s3Store(options as object)).toThrow(message);
  });

  it('never with a secret in the message', () => {
    const options = { endpoint: 'https://user:hunter22@s3.example.com', credentials: CREDENTIALS };
    expect(() => s3Store(options)).toThrow('holds a user name or password');
    expect(() => s3Store(options)).not.toThrow('hunter22');
    for (const endpoint of [
      'https://user:hunter22@s3.example.com:99999',
      'https://user:hunter/22@s3.example.com',
      'user:hunter22@s3 example.com',
      'ftp://user:hunter22@s3.example.com',
      'https://s3.example.com/?X-Amz-Signature=hunter22',
      'https://s3 example.com/?X-Amz-Signature=hunter22',
    ]) {
      expect(() => s3Store({ ...good, endpoint })).toThrow("'endpoint' must be a host");
      expect(() => s3Store({ ...good, endpoint })).not.toThrow(/hunter/);
    }
    const credentials = { accessKeyId: 'id', secretAccessKey: ['hunter22'] } as never;
    expect(() => s3Store({ ...good, credentials })).toThrow(
      "'credentials.secretAccessKey' must be a non-empty string: current value is an array",
    );
    expect(() => s3Store({ ...good, credentials })).not.toThrow('hunter22');
  });

  it('OBS needs an endpoint or a region', () => {
    expect(() => obsStore({ credentials: CREDENTIALS })).toThrow('endpoint is missing');
    expect(obsStore({ credentials: CREDENTIALS, region: 'cn-north-4' }).traits).toMatchObject({
      endpoint: 'https://obs.cn-north-4.myhuaweicloud.com',
      dialect: 'obs',
    });
  });
});

describe('defaults', () => {
  it.each([
    [{}, 'https://s3.us-east-1.amazonaws.com', 'us-east-1'],
    [{ region: 'eu-west-1' }, 'https://s3.eu-west-1.amazonaws.com', 'eu-west-1'],
    [{ region: 'cn-north-1' }, 'https://s3.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    [{ endpoint: 's3.ap-south-1.amazonaws.com' }, 'https://s3.ap-south-1.amazonaws.com', 'ap-south-1'],
    [{ endpoint: 'http://127.0.0.1:8000/' }, 'http://127.0.0.1:8000', 'us-east-1'],
    [{ endpoint: 'https://gw.example.com:443/s3/' }, 'https://gw.example.com/s3', 'us-east-1'],
  ])('of %j', (options, endpoint, region) => {
    expect(s3Store({ ...options, credentials: false }).traits).toMatchObject({ endpoint, region });
  });

  it('take the region from the environment where nothing else tells', () => {
    vi.stubEnv('AWS_REGION', 'eu-north-1');
    expect(s3Store({ credentials: false }).traits?.endpoint).toBe('https://s3.eu-north-1.amazonaws.com');
    expect(s3Store({ endpoint: 'https://gw.example.com', credentials: false }).traits?.region).toBe('eu-north-1');
    expect(s3Store({ endpoint: 'https://s3.amazonaws.com', credentials: false }).traits?.region).toBe('us-east-1');
  });

  it('take the endpoint from the environment, as the vendor’s own clients do', () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9000');
    vi.stubEnv('OBS_ENDPOINT', 'obs.example.com');
    const endpointOf = (options = {}): unknown =>
      s3Store({ region: 'eu-west-1', credentials: false, ...options }).traits?.endpoint;
    expect(endpointOf()).toBe('http://127.0.0.1:9000');
    expect(endpointOf({ endpoint: 'gw.example.com' })).toBe('https://gw.example.com');
    expect(obsStore({ credentials: false }).traits?.endpoint).toBe('https://obs.example.com');
    vi.stubEnv('AWS_ENDPOINT_URL_S3', 'http://127.0.0.1:9001');
    expect(endpointOf()).toBe('http://127.0.0.1:9001');
    vi.stubEnv('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS', 'true');
    expect(endpointOf()).toBe('https://s3.eu-west-1.amazonaws.com');
  });

  it('take credentials from the environment, the own vendor first', () => {
    expect(() => s3Store()).toThrow(
      'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, nor OBS_ACCESS_KEY_ID and OBS_SECRET_ACCESS_KEY',
    );
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'aws-id');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'aws-secret');
    const held = (vendor: 'obs' | 's3'): unknown =>
      normalizeStoreOptions(vendor, { region: 'r' }).credentials.known()[0];
    expect(held('obs')).toMatchObject({ accessKeyId: 'aws-id', sessionToken: undefined });
    vi.stubEnv('OBS_ACCESS_KEY_ID', 'obs-id');
    vi.stubEnv('OBS_SECRET_ACCESS_KEY', 'obs-secret');
    vi.stubEnv('OBS_SECURITY_TOKEN', 'obs-token');
    expect(held('obs')).toMatchObject({ accessKeyId: 'obs-id', sessionToken: 'obs-token' });
    expect(held('s3')).toMatchObject({ accessKeyId: 'aws-id' });
  });
});

describe('traits', () => {
  it.each([
    ['https://s3.eu-west-1.amazonaws.com', { secure: true }],
    ['https://gw.example.com', { secure: true }],
    ['http://gw.example.com', { secure: false }],
    ['http://127.0.0.1:8000', { secure: true }],
    ['http://[::1]:8000', { secure: true }],
    ['http://localhost:8000', { secure: true }],
  ])('of %s', (endpoint, traits) => {
    expect(s3Store({ endpoint, credentials: false }).traits).toMatchObject(traits);
  });

  it('are secure where the caller says so', () => {
    expect(
      s3Store({ endpoint: 'http://gw.example.com', credentials: false, allowInsecureSseC: true }).traits?.secure,
    ).toBe(true);
  });
});

describe('a bucket', () => {
  it.each([
    ['https://s3.example.com', 'media', undefined, 'https://media.s3.example.com', ''],
    ['https://s3.example.com', 'media', true, 'https://s3.example.com', '/media'],
    ['https://s3.example.com', 'my.media', undefined, 'https://s3.example.com', '/my.media'],
    ['http://s3.example.com', 'my.media', undefined, 'http://my.media.s3.example.com', ''],
    ['https://s3.example.com', 'my.media', false, 'https://my.media.s3.example.com', ''],
    ['https://s3.example.com/gate', 'media', true, 'https://s3.example.com', '/gate/media'],
    ['https://s3.example.com/gate', 'media', undefined, 'https://s3.example.com', '/gate/media'],
    ['https://s3.example.com/gate', 'media', false, 'https://media.s3.example.com', '/gate'],
    ['http://127.0.0.1:8000', 'media', undefined, 'http://127.0.0.1:8000', '/media'],
    ['http://localhost:8000', 'media', undefined, 'http://localhost:8000', '/media'],
    ['http://[::1]:8000', 'media', undefined, 'http://[::1]:8000', '/media'],
    // What isn't a host name never becomes a part of one.
    ['https://s3.example.com', 'evil.com/x', false, 'https://s3.example.com', '/evil.com%2Fx'],
    ['https://s3.example.com', 'user@evil', false, 'https://s3.example.com', '/user%40evil'],
    ['https://s3.example.com', 'evil:80#', false, 'https://s3.example.com', '/evil%3A80%23'],
    ['https://s3.example.com', 'Media_1', undefined, 'https://s3.example.com', '/Media_1'],
    ['https://s3.example.com', '..', undefined, 'https://s3.example.com', '/..'],
  ])('%s %s (pathStyle %s) is at %s%s', (endpoint, bucket, pathStyle, origin, pathPrefix) => {
    expect(bucketAddress(parseEndpoint(endpoint), bucket, pathStyle)).toMatchObject({ origin, pathPrefix });
  });

  it('may be in front of an IP address where the caller has his own dispatcher', () => {
    const options = {
      endpoint: 'http://127.0.0.1',
      credentials: false,
      pathStyle: false,
      dispatcher: new Agent(),
    } as const;
    expect(() => s3Store(options)).not.toThrow();
  });
});

it.each([
  ['s3.eu-west-1.amazonaws.com', 'eu-west-1'],
  ['s3-eu-west-1.amazonaws.com', 'eu-west-1'],
  ['s3.dualstack.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
  ['obs.cn-north-4.myhuaweicloud.com', 'cn-north-4'],
  ['obs.eu-de.otc.t-systems.com', 'eu-de'],
  ['s3.amazonaws.com', undefined],
  ['gateway.local', undefined],
])('the region of %s is %s', (host, region) => {
  expect(regionOfHost(host)).toBe(region);
});

it.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['localhost', true],
  ['a.localhost', true],
  ['[::1]', true],
  ['127.0.0.1.evil.com', false],
  ['127evil.com', false],
  ['localhost.evil.com', false],
  ['10.0.0.1', false],
])('%s is loopback: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
