import type { ChecksumAlgorithm } from './content-digest.ts';
import type { FaultHook, FaultRule } from './fault.ts';
import type { LatencyOption } from './latency.ts';
import type { TestSeries } from './object-series.ts';
import type { OperationName } from './operation-name.ts';
import type { PersonalityName } from './personality.ts';
import type { TestStoreLimits } from './test-store-limits.ts';
import type { TestPolicy } from './policy.ts';
import type { ThrottleOptions } from './throttle.ts';

/** Credentials that the store knows. */
export interface TestCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Requests must carry it when set. */
  readonly sessionToken?: string;
}

/** A bucket that is there from the start. One whose name ends in `--x-s3` is a directory bucket. */
export interface TestBucket {
  readonly name: string;
  /** @default 'off' */
  readonly versioning?: 'off' | 'enabled' | 'suspended' | undefined;
  /** @default the store's */
  readonly region?: string | undefined;
  /** Class of objects whose own isn't named, on OBS. @default 'STANDARD' */
  readonly storageClass?: string | undefined;
  /** @default false */
  readonly objectLock?: boolean | undefined;
  /** Whether requests must say that they pay. @default false */
  readonly requesterPays?: boolean | undefined;
  /** A parallel file system of OBS: no `//` in keys, no versions, no encryption, no deep archive. @default false */
  readonly fileSystem?: boolean | undefined;
}

/** What an object has besides its bytes. */
export interface TestObjectProperties {
  readonly contentType?: string | undefined;
  readonly cacheControl?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentLanguage?: string | undefined;
  /** The HTTP header, as text. */
  readonly expires?: string | undefined;
  /** Values as on the wire: nothing is encoded or decoded. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly websiteRedirectLocation?: string | undefined;
  readonly storageClass?: string | undefined;
  /** A canned ACL. @default 'private' */
  readonly acl?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly objectLock?:
    | {
        readonly mode?: string | undefined;
        readonly retainUntil?: Date | undefined;
        readonly legalHold?: boolean | undefined;
        readonly eventHold?:
          | { readonly on: boolean; readonly days?: number | undefined; readonly years?: number | undefined }
          | undefined;
      }
    | undefined;
  /** OBS: days until the object is deleted. */
  readonly expiresAfterDays?: number | undefined;
  /** `customerKey` is the Base64 of an SSE-C key. */
  readonly encryption?:
    | { readonly type: 'SSE-C'; readonly customerKey: string }
    | { readonly type: 'SSE-KMS'; readonly keyId?: string | undefined }
    | { readonly type: 'AES256' }
    | undefined;
  /** Checksum that the object carries. */
  readonly checksumAlgorithm?: ChecksumAlgorithm | undefined;
  /** Named documents on the object. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly lastModified?: Date | undefined;
}

/** An object that is there from the start: real bytes, or so many synthetic ones. */
export type TestObject = TestObjectProperties & {
  readonly bucket: string;
  readonly key: string;
  /** Makes the object look as if uploaded in parts of this size (or these sizes, in bytes), with the ETag that belongs to it. */
  readonly partSize?: number | readonly number[] | undefined;
} & (
    | { readonly size: number; /** Other seed, other bytes. */ readonly seed?: number | undefined }
    | { readonly body: Uint8Array | string }
  );

/** Options of `startTestStore`. */
export interface TestStoreOptions {
  /** 0 takes a free one. @default 0 */
  readonly port?: number | undefined;
  /** One or several; `false` lets everybody in, whatever they sign. @default made-up ones, in the handle */
  readonly credentials?: TestCredentials | readonly TestCredentials[] | false | undefined;
  /** Signatures must name it when it is given. @default 'us-east-1', not checked */
  readonly region?: string | undefined;
  /** Buckets of `objects` need no mention. */
  readonly buckets?: readonly (string | TestBucket)[] | undefined;
  readonly objects?: readonly TestObject[] | undefined;
  /** Objects that are made by a rule when they are asked for: a million of them take no memory. */
  readonly series?: readonly TestSeries[] | undefined;
  /** Time that operations take. @default 0 */
  readonly latency?: LatencyOption | undefined;
  readonly throttle?: ThrottleOptions | undefined;
  readonly faults?: readonly (FaultRule | FaultHook)[] | undefined;
  /** Over those of the personality. */
  readonly limits?: Partial<TestStoreLimits> | undefined;
  /** A server to behave like. @default 'obs' for requests in the OBS dialect, 'aws' for others */
  readonly personality?: PersonalityName | undefined;
  /** Of everything random: latencies, faults. @default 1 */
  readonly seed?: number | undefined;
  /** Operations that answer 403 AccessDenied, as without the permission. */
  readonly denied?: readonly OperationName[] | undefined;
  /** Permissions of whoever signs, as a policy of AWS or Huawei: what it doesn't allow is answered with 403 AccessDenied. @default all */
  readonly policy?: TestPolicy | undefined;
  /** Whether a part copy in flight still lands after Abort, so that the upload is there again. @default false */
  readonly latePartsLand?: boolean | undefined;
  /** Hosts that carry no bucket in front, besides `localhost` and IP addresses, e.g. `obs.example.com`. */
  readonly hosts?: readonly string[] | undefined;
  /** Account id that owns everything, for `expected-bucket-owner`. @default '123456789012' */
  readonly ownerId?: string | undefined;
  /** PEM key and certificate: the store speaks HTTPS then. */
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
}
