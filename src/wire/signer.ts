import type { Credentials } from './credentials.ts';
import type { EncodedQuery } from './object-url.ts';
import { SignerV2 } from './sign-v2.ts';
import { SignerV4 } from './sign-v4.ts';

/** `obs`: Huawei's HMAC-SHA1. `v2`: the old one of S3. `v4`: AWS Signature Version 4. */
export type SignatureName = 'obs' | 'v2' | 'v4';

export interface SignableRequest {
  readonly method: string;
  /** `Host` header, port included if it is not the scheme's own. */
  readonly host: string;
  /** Percent-encoded, as sent. */
  readonly path: string;
  /** `/bucket` if the bucket is in the host, else empty. */
  readonly resourcePrefix: string;
  readonly query: EncodedQuery;
  /** Flat list of lower-case name and value; the signer adds to it. */
  readonly headers: string[];
  readonly body: string | undefined;
  readonly region: string;
  /** @default 's3' */
  readonly service?: string | undefined;
  /** The caller set the date: it goes into the vendor's own date header. */
  readonly explicitDate: boolean;
}

/** The time of a request in the forms that signatures use. */
export interface SigningTime {
  /** `20240229T123456Z` */
  readonly amzDate: string;
  /** `20240229` */
  readonly day: string;
  /** `Thu, 29 Feb 2024 12:34:56 GMT` */
  readonly httpDate: string;
}

export interface Signer {
  sign(request: SignableRequest, credentials: Credentials, time: SigningTime): void;
}

export function createSigner(signature: SignatureName): Signer {
  if (signature === 'v4') return new SignerV4();
  return new SignerV2(signature === 'obs' ? 'x-obs-' : 'x-amz-');
}

export function formatSigningTime(time: Date): SigningTime {
  const iso = time.toISOString();
  const day = iso.slice(0, 4) + iso.slice(5, 7) + iso.slice(8, 10);
  const amzDate = `${day}T${iso.slice(11, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`;
  return { amzDate, day, httpDate: time.toUTCString() };
}
