import { CopyOptionsError } from '../errors.ts';

/** A bucket, or an object of it, as it is named on the command line. */
export interface ObjectUrl {
  /** Which dialect its store speaks. */
  readonly scheme: 's3' | 'obs';
  readonly bucket: string;
  /** Exactly as written: nothing is decoded, and `?` and `#` belong to it. Empty if only a bucket is named. */
  readonly key: string;
}

/** Reads `s3://bucket/key` or `obs://bucket/key`. @throws CopyOptionsError if it isn't one */
export function parseObjectUrl(text: string): ObjectUrl {
  // Not by `new URL`, which would decode, encode and normalise the key.
  const [, scheme, bucket, , key] = /^(s3|obs):\/\/([^/]+)(\/([^]*))?$/i.exec(text) ?? [];
  if (scheme === undefined || bucket === undefined) {
    throw new CopyOptionsError(
      `${JSON.stringify(text)} is not the address of an object: write s3://bucket/key or obs://bucket/key`,
    );
  }
  return { scheme: scheme.toLowerCase() as 's3' | 'obs', bucket, key: key ?? '' };
}

/**
 * Reads the address of one object; a destination may end in `/` (or name the bucket only), and then takes the source's last name.
 *
 * @throws CopyOptionsError if it names no object
 */
export function parseObjectAddress(text: string, source?: ObjectUrl): ObjectUrl {
  const url = parseObjectUrl(text);
  const isFolder = url.key === '' || url.key.endsWith('/');
  if (!isFolder || (source === undefined && url.key !== '')) return url;
  const name = source?.key.split('/').findLast((part) => part !== '');
  if (name === undefined) {
    throw new CopyOptionsError(
      `${JSON.stringify(text)} names a bucket, not an object: write ${url.scheme}://${url.bucket}/key`,
    );
  }
  return { ...url, key: url.key + name };
}

export function formatObjectUrl({ scheme, bucket, key }: ObjectUrl): string {
  return `${scheme}://${bucket}/${key}`;
}
