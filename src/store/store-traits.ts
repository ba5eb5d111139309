/** What is known of a store before the first request. Everything is optional: what isn't known is found out or done the safe way. */
export interface StoreTraits {
  /** `obs`: storage class defaults, tag rules, same-region copies. Default `s3`. */
  readonly dialect?: 'obs' | 's3' | undefined;
  /** Protocol scheme and host that requests go to, for messages and for refusing SSE-C keys over plain http. */
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  /** `false` if `sourceIfMatch` can't be sent at all (the vendor's OBS SDK). */
  readonly sendsSourceIfMatch?: boolean | undefined;
  /**
   * How the store makes an ETag: `aws`, so that another one than was computed is a wrong copy; `other`, so that it proves nothing. Left
   * out: `aws` for Amazon's and Huawei's own endpoints, else what an object has proved in this process.
   */
  readonly etagFormula?: 'aws' | 'other' | undefined;
  /**
   * Whether the store obeys `ifNoneMatch` and `ifMatch` on CopyObject and Complete. `ignored`: they aren't sent. Left out: `obeyed` for
   * Amazon's own endpoints, else found out: a store that ignores them never says so.
   */
  readonly conditions?: 'obeyed' | 'ignored' | undefined;
  /** Whether objects can have annotations. Left out: `kept` for Amazon's own endpoints. */
  readonly annotations?: 'kept' | 'unknown' | undefined;
  /** `true` if keys may be sent: https, loopback, or the caller said so. SSE-C is refused otherwise. Default `true`. */
  readonly secure?: boolean | undefined;
}
