import { anObject, optional, type Rule, text, timeLimit } from '../check-options.ts';
import type { StoreTraits } from '../store/copy-store.ts';
import type { StoreLimits } from '../store/store-limits.ts';

/** The options that every adapter has. */
export interface AdapterOptions {
  /** For messages. @default 's3', or 'obs' */
  readonly name?: string | undefined;
  /** @default those of Amazon S3, or of Huawei OBS */
  readonly limits?: StoreLimits | undefined;
  /** What is known of the store, e.g. its endpoint, which a client of the AWS SDK gives only asynchronously. */
  readonly traits?: StoreTraits | undefined;
  /**
   * Gives a request up after this many milliseconds, whatever `timeout` the client has.
   *
   * @default 60 s, and for copies 1 s more for each 8 MiB; 10 minutes for Complete
   */
  readonly requestTimeoutMs?: number | undefined;
}

export const ADAPTER_RULES: Readonly<Record<keyof AdapterOptions, Rule<unknown>>> = {
  name: optional(text),
  limits: optional(anObject),
  traits: optional(anObject),
  requestTimeoutMs: optional(timeLimit),
};
