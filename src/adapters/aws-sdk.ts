import { anObject, optional, readOptions, type Rule } from '../check-options.ts';
import { CopyOptionsError } from '../errors.ts';
import type { CopyStore } from '../store/copy-store.ts';
import { followsAwsFormula, HUAWEI } from '../store/etag-formula.ts';
import { memoryOf } from '../store/server-memory.ts';
import { noteMostConnections } from '../store/most-connections.ts';
import { S3_LIMITS } from '../store/store-limits.ts';
import { isAmazon } from '../wire/aws-names.ts';
import { chooseDialect } from '../wire/dialect.ts';
import { createOperationStore } from '../wire/operation-store.ts';
import { ADAPTER_RULES, type AdapterOptions } from './adapter-options.ts';
import { S3Carrier } from './aws-sdk-carrier.ts';
import { readMaxSockets } from './aws-sdk-sockets.ts';
import { type S3ClientLike, type S3Commands, checkS3Commands } from './aws-sdk-commands.ts';

export type { S3ClientLike, S3Command, S3CommandName, S3Commands } from './aws-sdk-commands.ts';

/** Options of `fromS3Client`. */
export interface FromS3ClientOptions extends AdapterOptions {
  /**
   * The module `@aws-sdk/client-s3`, or its command classes: for bundlers, and if several versions of it are installed.
   *
   * @default loaded by `import('@aws-sdk/client-s3')` at the first request
   */
  readonly commands?: S3Commands | undefined;
}

/**
 * Makes a `CopyStore` of a client of the AWS SDK for JavaScript v3. Endpoint, credentials, region, proxy and TLS are the client's.
 * The client itself is not changed; other users of it notice nothing.
 *
 * - Each request is sent once, whatever `maxAttempts` the client has: retrying is the copy's, by its own `retry` option.
 * - If the store says that the credentials have run out, the client is asked for others (`forceRefresh`). If the clock is wrong, the
 *   SDK corrects it. Either way the request is sent once more. Credentials that were given as an object stay what they are.
 * - The SDK resolves the endpoint, signs and sends; query, headers and body are written, and answers are read, by this library, as
 *   for `s3Store`. Middleware of yours sees a command with a bucket and a key, and the whole request from the `build` step on.
 * - The SDK opens at most 50 connections. To copy more parts at once, make the client with
 *   `requestHandler: { httpsAgent: { maxSockets: 256 } }`; a copy that is held back warns of it (`CONNECTIONS_LIMITED`).
 * - A request that isn't answered in time is given up: see `requestTimeoutMs`. A part can take minutes, so leave the handler's own
 *   `requestTimeout` and `socketTimeout` unset, or longer than that.
 *
 * @throws CopyOptionsError if the client has no `send`, a command class is missing, or an option is unknown or wrong
 * @see https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/client/s3/
 */
export function fromS3Client(client: S3ClientLike, options: FromS3ClientOptions = {}): CopyStore {
  if (typeof (client as Partial<S3ClientLike> | undefined)?.send !== 'function') {
    throw new CopyOptionsError(
      "fromS3Client needs a client of '@aws-sdk/client-s3' (version 3), which has a method 'send'",
    );
  }
  readOptions(options, RULES, { path: '', owner: 'fromS3Client' });
  const { name = 's3', limits = S3_LIMITS, commands, requestTimeoutMs } = options;
  if (commands !== undefined) checkS3Commands(commands);
  const traits = options.traits ?? { dialect: 's3', sendsSourceIfMatch: true };
  const carrier = new S3Carrier(client, {
    commands,
    keysAllowed: traits.secure === true,
    requestTimeoutMs,
    // Nothing but a request shows where the client sends it.
    onSent: (hostname, protocol) => {
      noteMostConnections({ traits }, readMaxSockets(client, protocol));
      const memory = memoryOf({ traits });
      if (HUAWEI.test(hostname)) memory.isHuawei = true;
      if (followsAwsFormula(hostname)) Object.assign(memory, { etagFormula: 'aws', keepsEtags: true });
      if (!isAmazon(hostname)) return;
      memory.conditions = 'obeyed';
      memory.annotations = 'kept';
    },
  });
  return createOperationStore({ name, limits, traits }, chooseDialect('s3', 'v4'), carrier);
}

const RULES = {
  ...ADAPTER_RULES,
  commands: optional(anObject),
} satisfies Record<keyof FromS3ClientOptions, Rule<unknown>>;
