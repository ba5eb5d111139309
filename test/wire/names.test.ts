import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { bucketAddress, parseEndpoint, regionOfHost } from '../../src/wire/endpoint.ts';
import { encodeCopySource } from '../../src/wire/object-url.ts';
import { s3Store } from '../../src/wire/http-store.ts';
import { CREDENTIALS, answer, startScriptedServer } from './scripted-server.ts';

const sdk = new S3Client({ region: 'us-east-1', credentials: CREDENTIALS });

/** What the ruleset of the AWS SDK says of a bucket: where it is, and what it is signed for. `undefined`: there is no such endpoint. */
function bySdk(region: string, fips: boolean, dualstack: boolean, bucket?: string) {
  try {
    const { url, properties } = sdk.config.endpointProvider({
      Region: region,
      UseFIPS: fips,
      UseDualStack: dualstack,
      Accelerate: false,
      ...(bucket === undefined ? {} : { Bucket: bucket }),
    });
    const schemes = properties?.['authSchemes'] as { name: string; signingName: string; signingRegion: string }[];
    const scheme = schemes.find(({ name }) => name === 'sigv4');
    return { url: url.href.replace(/\/$/, ''), service: scheme?.signingName, region: scheme?.signingRegion };
  } catch {
    return undefined;
  }
}

const REGIONS = [
  'us-east-1',
  'eu-central-1',
  'ap-southeast-5',
  'us-gov-west-1',
  'cn-north-1',
  'eusc-de-east-1',
  'us-iso-east-1',
  'us-isob-east-1',
  'eu-isoe-west-1',
  'us-isof-south-1',
];
const KINDS = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;
const OUTPOST_ALIAS = (type: 'e' | 'o'): string =>
  `test-accessp-${type}0b1d075431d83bebde8xz5w8ijx1qzlbp3i3kuse10--op-s3`;

describe.each(REGIONS)('in %s, as the endpoint ruleset of the AWS SDK', (region) => {
  const buckets = [
    'plain-bucket',
    'bucket.with.dots',
    'Upper_Case',
    'my-access-po-kx6ftt3nz9dmcs7xyw3hpxw9wuhbyuse1b-s3alias',
    `arn:aws:s3:${region}:123456789012:accesspoint/my-ap`,
    `arn:aws:s3:${region}:123456789012:accesspoint:my-ap`,
    `arn:aws:s3-outposts:${region}:123456789012:outpost/op-01234567890123456/accesspoint/my-ap`,
    `arn:aws:s3-outposts:${region}:123456789012:outpost:op-01234567890123456:accesspoint:my-ap`,
    OUTPOST_ALIAS('e'),
    OUTPOST_ALIAS('o'),
  ];
  it.each(KINDS)('fips %s, dual stack %s', (fips, dualstack) => {
    const service = bySdk(region, fips, dualstack);
    if (service === undefined) return expect(region).toBe('cn-north-1');
    const endpoint = parseEndpoint(service.url);
    expect(regionOfHost(endpoint.hostname)).toBe(region);
    for (const bucket of buckets) {
      const expected = bySdk(region, fips, dualstack, bucket);
      if (expected === undefined) {
        expect(bucket).toMatch(/outpost|op-s3/);
        expect(() => bucketAddress(endpoint, bucket, undefined)).toThrow('no FIPS or dual-stack endpoint');
        continue;
      }
      const address = bucketAddress(endpoint, bucket, undefined);
      expect({
        url: address.origin + address.bucketPath.replace(/\/$/, ''),
        service: address.service ?? 's3',
        region: address.region ?? region,
      }).toEqual(expected);
    }
  });

  it('by default', () => {
    expect(s3Store({ region, credentials: CREDENTIALS }).traits?.endpoint).toBe(bySdk(region, false, false)?.url);
  });
});

it.each([
  ['arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap', 'multi-region access point'],
  ['arn:aws:s3::123456789012:accesspoint:mfzwi23gnjvgw.mrap', 'multi-region access point'],
  ['bucket--use1-az4--x-s3', 'directory bucket'],
  ['arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint/a', 'not the ARN of an access point'],
  ['arn:aws:s3:::a-bucket', 'not the ARN of an access point'],
  ['arn:aws:s3:us-east-1:123456789012:accesspoint/a@evil.example', 'characters'],
  ['arn:aws:s3:us-east-1.evil:123456789012:accesspoint/a', 'characters'],
])('s3Store refuses %s and says why', async (bucket, why) => {
  const server = await startScriptedServer(answer(200));
  const store = s3Store({ endpoint: server.endpoint, credentials: CREDENTIALS });
  await expect(store.headObject({ bucket, key: 'k' })).rejects.toMatchObject({
    kind: 'permanent',
    message: expect.stringContaining(why),
  });
  expect(server.seen).toEqual([]);
});

it.each([
  [
    'arn:aws:s3:us-west-2:123456789012:accesspoint/my-ap',
    'arn%3Aaws%3As3%3Aus-west-2%3A123456789012%3Aaccesspoint/my-ap/object/a%20b/c',
  ],
  [
    'arn:aws:s3::123456789012:accesspoint/m.mrap',
    'arn%3Aaws%3As3%3A%3A123456789012%3Aaccesspoint/m.mrap/object/a%20b/c',
  ],
  ['my-access-po-1b-s3alias', 'my-access-po-1b-s3alias/a%20b/c'],
])('the copy source %s', (bucket, expected) => {
  expect(encodeCopySource({ bucket, key: 'a b/c' })).toBe(expected);
  expect(encodeCopySource({ bucket, key: 'a b/c', versionId: 'v' })).toBe(`${expected}?versionId=v`);
});

it('an access point has a host of its own below an endpoint that isn’t Amazon’s', () => {
  const endpoint = parseEndpoint('https://bucket.vpce-1a2b.s3.us-west-2.vpce.example.com:8443');
  const bucket = 'arn:aws:s3:us-west-2:123456789012:accesspoint/my-ap';
  expect(bucketAddress(endpoint, bucket, undefined).host).toBe(`my-ap-123456789012.${endpoint.hostname}:8443`);
});

it.each([
  ['bucket.vpce-1a2b3c4d-5e6f.s3.us-east-1.vpce.amazonaws.com', 'us-east-1'],
  ['s3-us-west-2.amazonaws.com', 'us-west-2'],
  ['s3.amazonaws.com', undefined],
  ['s3.us-west-004.backblazeb2.com', 'us-west-004'],
  ['s3.eu-central-2.wasabisys.com', 'eu-central-2'],
  ['s3.fr-par.scw.cloud', 'fr-par'],
  ['s3.gra.io.cloud.ovh.net', 'gra'],
  ['s3.us-east-va.io.cloud.ovh.us', 'us-east-va'],
  ['sos-ch-gva-2.exo.io', 'ch-gva-2'],
  ['eu-central-1.linodeobjects.com', 'eu-central-1'],
  ['obs.eu-de.otc.t-systems.com', 'eu-de'],
  ['obs.cn-north-4.myhuaweicloud.com', 'cn-north-4'],
  ['cos.ap-guangzhou.myqcloud.com', 'ap-guangzhou'],
  ['oss-cn-hangzhou.aliyuncs.com', 'cn-hangzhou'],
  ['oss-eu-west-1-internal.aliyuncs.com', 'eu-west-1'],
  ['tos-s3-cn-beijing.volces.com', 'cn-beijing'],
  ['s3.my-company.example', undefined],
  ['s3.corp.example', undefined],
])('the region of %s is %s', (hostname, region) => {
  expect(regionOfHost(hostname)).toBe(region);
});

it('an endpoint with a path has the bucket behind it', () => {
  const endpoint = parseEndpoint('https://project.supabase.co/storage/v1/s3');
  expect(bucketAddress(endpoint, 'media', undefined).bucketPath).toBe('/storage/v1/s3/media');
  expect(bucketAddress(endpoint, 'media', false).host).toBe('media.project.supabase.co');
});
