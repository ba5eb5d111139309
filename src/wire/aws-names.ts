/**
 * Domains under which the partitions of AWS have their services, by how the names of their regions begin.
 *
 * @see https://docs.aws.amazon.com/general/latest/gr/rande.html
 */
const PARTITIONS: readonly (readonly [regionStart: string, domain: string])[] = [
  ['cn-', 'amazonaws.com.cn'],
  ['eusc-', 'amazonaws.eu'],
  ['us-iso-', 'c2s.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk'],
  ['us-isof-', 'csp.hci.ic.gov'],
  ['', 'amazonaws.com'],
];

export const AMAZON_DOMAINS: readonly string[] = PARTITIONS.map(([, domain]) => domain);

function domainOfRegion(region: string): string {
  return (PARTITIONS.find(([start]) => region.startsWith(start)) as readonly [string, string])[1];
}

export function isAmazon(hostname: string): boolean {
  return AMAZON_DOMAINS.some((domain) => hostname.endsWith(`.${domain}`));
}

/** A host of AWS for a region, of the same sort (FIPS, dual stack) as another one of its hosts. */
export function amazonHost(service: string, region: string, like: string): string {
  const fips = /[.-]fips\./.test(like) ? '-fips' : '';
  const dualstack = like.includes('.dualstack.') ? '.dualstack' : '';
  return `${service}${fips}${dualstack}.${region}.${domainOfRegion(region)}`;
}

/** A bucket's name that stands for something else than a bucket. */
export interface SpecialBucket {
  /** What stands in front of the store's host: `my-point-123456789012`. */
  readonly label: string;
  /** Host names begin so, and on Outposts signatures are for it, too. */
  readonly service: 's3-accesspoint' | 's3-outposts';
  /** `undefined`: the store's own. */
  readonly region: string | undefined;
}

/** A name that can't be asked for. */
export class BucketNameError extends Error {
  override readonly name: string = 'BucketNameError';
}

/**
 * Reads the name of an access point (`arn:aws:s3:eu-west-1:123456789012:accesspoint/my-point`), also one on Outposts, or the alias of
 * the latter. `undefined`: a bucket, or an alias that is used like one.
 *
 * @throws BucketNameError for what s3Store can't ask for: each has a signature of its own
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html
 */
export function readSpecialBucket(bucket: string): SpecialBucket | undefined {
  if (bucket.endsWith('--op-s3')) {
    const outpost = bucket.at(-50) === 'e' ? 'ec2' : `op-${bucket.slice(-49, -32)}`;
    return { label: `${bucket}.${outpost}`, service: 's3-outposts', region: undefined };
  }
  if (bucket.endsWith('--x-s3')) throw new BucketNameError(`${bucket} is a directory bucket, ${USE_SDK}`);
  if (!bucket.startsWith('arn:')) return undefined;
  const [, , service, region = '', account = '', ...rest] = bucket.split(':');
  const [type, ...names] = rest.join(':').split(/[:/]/);
  const path = [type, ...names.filter((_, index) => index % 2 === 1)].join('/');
  const [first = '', , third = ''] = names;
  if (service === 's3' && path === 'accesspoint' && names.length === 1) {
    if (region === '') throw new BucketNameError(`${bucket} is a multi-region access point, ${USE_SDK}`);
    return checked(bucket, { label: `${first}-${account}`, service: 's3-accesspoint', region });
  }
  if (service === 's3-outposts' && path === 'outpost/accesspoint' && names.length === 3) {
    return checked(bucket, { label: `${third}-${account}.${first}`, service: 's3-outposts', region });
  }
  throw new BucketNameError(
    `${bucket} is not the ARN of an access point, such as arn:aws:s3:eu-west-1:123456789012:accesspoint/my-point`,
  );
}

const USE_SDK = 'which needs another signature than s3Store has: use fromS3Client, with a client that can sign for it';

// The parts of the ARN become parts of a host name, and must not lead elsewhere.
function checked(bucket: string, special: SpecialBucket): SpecialBucket {
  if (/^[a-z0-9.-]+$/.test(special.label) && /^[a-z0-9-]+$/.test(special.region ?? '')) return special;
  throw new BucketNameError(`${bucket} holds characters that the ARN of an access point can't have`);
}
