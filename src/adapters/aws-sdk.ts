import { anObject, optional, readOptions, type Rule } from '../check-options.ts';
import { CopyOptionsError } from '../errors.ts';
import type { CopyStore } from '../store/copy-store.ts';
import { ADAPTER_RULES } from './adapter-options.ts';
import { type S3ClientLike, checkS3Commands } from './aws-sdk-commands.ts';
import { AwsSdkStore, type FromS3ClientOptions } from './aws-sdk-store.ts';

export type { S3ClientLike, S3Command, S3CommandName, S3Commands } from './aws-sdk-commands.ts';
export type { FromS3ClientOptions } from './aws-sdk-store.ts';

/**
 * Makes a `CopyStore` of a client of the AWS SDK for JavaScript v3. Endpoint, credentials, region, proxy and TLS are the client's.
 * The client itself is not changed; other users of it notice nothing.
 *
 * - Each request is sent once, whatever `maxAttempts` the client has: retrying is the copy's, by its own `retry` option.
 * - Where the store says that the credentials have run out, the client is told to fetch others (`forceRefresh`), and where the clock is
 *   wrong, the SDK corrects it; the request is sent once more then. Credentials that were given as an object stay what they are.
 * - The SDK opens at most 50 connections. To copy more parts at once, make the client with
 *   `requestHandler: { httpsAgent: { maxSockets: 256 } }`.
 * - A request that isn't answered in time is given up: see `requestTimeoutMs`. A part can take minutes, so leave the handler's own
 *   `requestTimeout` and `socketTimeout` unset, or longer than that.
 *
 * @throws CopyOptionsError where the client has no `send`, a command class is missing, or an option is unknown or wrong
 * @see https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/client/s3/
 */
export function fromS3Client(client: S3ClientLike, options: FromS3ClientOptions = {}): CopyStore {
  if (typeof (client as Partial<S3ClientLike> | undefined)?.send !== 'function') {
    throw new CopyOptionsError(
      "fromS3Client needs a client of '@aws-sdk/client-s3' (version 3), which has a method 'send'",
    );
  }
  readOptions(options, RULES, { path: '', owner: 'fromS3Client' });
  if (options.commands !== undefined) checkS3Commands(options.commands);
  return new AwsSdkStore(client, options);
}

const RULES = {
  ...ADAPTER_RULES,
  commands: optional(anObject),
} satisfies Record<keyof FromS3ClientOptions, Rule<unknown>>;
