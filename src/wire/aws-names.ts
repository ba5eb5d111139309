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

function domainOfRegion(region: string): string | undefined {
  return PARTITIONS.find(([start]) => region.startsWith(start))?.[1];
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

export interface SpecialBucket {
  /** What stands in front of the store's host: `my-point-123456789012`. */
  readonly label: string;
  /** Host names begin so, and on Outposts signatures are for it, too. */
  readonly service: 's3-accesspoint' | 's3-outposts';
  /** `undefined`: the store's own. */
  readonly region: string | undefined;
}

export class BucketNameError extends Error {
  override readonly name: string = 'BucketNameError';
}

/** ARNs of access points. Their parts become parts of a host name, and must not lead elsewhere. */
const ACCESS_POINT = /^arn:[\w-]*:s3:([a-z0-9-]*):([a-z0-9-]*):accesspoint[:/]([a-z0-9.-]+)$/;
const OUTPOST_POINT =
  /^arn:[\w-]*:s3-outposts:([a-z0-9-]*):([a-z0-9-]*):outpost[:/]([a-z0-9-]+)[:/]accesspoint[:/]([a-z0-9.-]+)$/;

const USE_SDK = 'which needs another signature than s3Store has: use fromS3Client, with a client that can sign for it';

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
  const [isPoint, region, account, point] = ACCESS_POINT.exec(bucket) ?? [];
  if (region === '') throw new BucketNameError(`${bucket} is a multi-region access point, ${USE_SDK}`);
  if (isPoint !== undefined) return { label: `${point}-${account}`, service: 's3-accesspoint', region };
  const [isOutpostPoint, home, owner, outpost, name] = OUTPOST_POINT.exec(bucket) ?? [];
  if (isOutpostPoint !== undefined)
    return { label: `${name}-${owner}.${outpost}`, service: 's3-outposts', region: home };
  throw new BucketNameError(
    `${bucket} is not the ARN of an access point, such as arn:aws:s3:eu-west-1:123456789012:accesspoint/my-point, in such characters`,
  );
}
