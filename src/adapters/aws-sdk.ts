import { CopyOptionsError } from '../errors.ts';
import { isAmazon, isLoopback } from '../http/endpoint.ts';
import type { RequestSubject } from '../http/response-error.ts';
import type { CopyStore, StoreRequest, StoreTraits } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import { S3_LIMITS, type StoreLimits } from '../store/store-limits.ts';
import { callTimeoutMs, checkAdapterOptions } from './adapter-options.ts';
import {
  type CommandOutput,
  readAcl,
  readCompleteMultipartUpload,
  readCopyObject,
  readCopyPart,
  readCreateMultipartUpload,
  readHeadObject,
  readListMultipartUploads,
  readListParts,
  readTagging,
} from './aws-sdk-answer.ts';
import { type S3CommandName, type S3Commands, checkS3Commands, loadS3Commands } from './aws-sdk-commands.ts';
import { S3Exchange } from './aws-sdk-exchange.ts';
import { awsFailure } from './aws-sdk-failure.ts';
import {
  type CommandInput,
  UnsendableError,
  completeMultipartUploadInput,
  copyObjectInput,
  copyPartInput,
  createMultipartUploadInput,
  headObjectInput,
  listMultipartUploadsInput,
  listPartsInput,
  putObjectAclInput,
  putObjectTaggingInput,
  uploadInput,
  versionInput,
} from './aws-sdk-request.ts';
import { VendorCalls } from './vendor-call.ts';
import { refusal, secretsOf, storeErrorOf } from './vendor-failure.ts';

export type { S3CommandName, S3Commands } from './aws-sdk-commands.ts';
export type { S3Command } from './aws-sdk-exchange.ts';

/** A client of the AWS SDK for JavaScript v3: an `S3Client`, or an `S3`. */
export interface S3ClientLike {
  // A method, so that the SDK's own, far more exact type fits.
  send(command: never, options: never): Promise<unknown>;
  /** Tells the endpoint, where one was set. */
  readonly config?: object;
}

/** Options of {@link fromS3Client}. */
export interface FromS3ClientOptions {
  /** For messages. @default 's3' */
  readonly name?: string | undefined;
  /** @default those of Amazon S3 */
  readonly limits?: StoreLimits | undefined;
  /** What is known of the store. @default what Amazon S3 does, where the client has no endpoint of its own; else nothing */
  readonly traits?: StoreTraits | undefined;
  /** Gives a request up after this many milliseconds. @default 60 s, and for copies 1 s more for each 8 MiB; 10 minutes for Complete */
  readonly requestTimeoutMs?: number | undefined;
  /**
   * The module `@aws-sdk/client-s3`, or its command classes: for bundlers, and where several versions of it are installed.
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
  checkAdapterOptions('fromS3Client', options, OPTIONS);
  if (options.commands !== undefined) checkS3Commands(options.commands);
  return new AwsSdkStore(client, options);
}

const OPTIONS = {
  name: 'text',
  limits: 'object',
  traits: 'object',
  requestTimeoutMs: 'milliseconds',
  commands: 'object',
} as const satisfies Record<keyof FromS3ClientOptions, string>;

/** Operations whose answer is a short document that may be an error inside `200 OK`. */
const ENDS_IN_DOCUMENT: ReadonlySet<S3CommandName> = new Set([
  'CopyObjectCommand',
  'UploadPartCopyCommand',
  'CompleteMultipartUploadCommand',
]);

interface Call<Result> {
  readonly subject: RequestSubject;
  readonly command: S3CommandName;
  readonly request: StoreRequest;
  readonly input: () => CommandInput;
  /** Undefined where the output isn't an answer to the request. */
  readonly read: (output: CommandOutput, exchange: S3Exchange) => Result | undefined;
  /** What the answer lacked, where `read` gave nothing. */
  readonly lacks?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
}

type RequestOf<Operation extends keyof CopyStore> = CopyStore[Operation] extends
  | ((request: infer Request) => unknown)
  | undefined
  ? Request
  : never;
type ResultOf<Operation extends keyof CopyStore> = CopyStore[Operation] extends
  | ((request: never) => infer Result)
  | undefined
  ? Result
  : never;

class AwsSdkStore implements CopyStore {
  readonly name: string;
  readonly limits: StoreLimits;
  readonly traits: StoreTraits;
  readonly #client: S3ClientLike;
  readonly #requestTimeoutMs: number | undefined;
  readonly #calls = new VendorCalls();
  #commands: S3Commands | Promise<S3Commands> | undefined;

  constructor(client: S3ClientLike, options: FromS3ClientOptions) {
    this.name = options.name ?? 's3';
    this.limits = options.limits ?? S3_LIMITS;
    this.traits = options.traits ?? traitsOf(client);
    this.#client = client;
    this.#requestTimeoutMs = options.requestTimeoutMs;
    this.#commands = options.commands;
  }

  headObject(request: RequestOf<'headObject'>): ResultOf<'headObject'> {
    return this.#send({
      subject: subjectOf('headObject', request),
      command: 'HeadObjectCommand',
      request,
      input: () => headObjectInput(request),
      read: (output, { headers }) => readHeadObject(output, readDate(headers['date'])),
      secrets: secretsOf(request.sse),
    });
  }

  copyObject(request: RequestOf<'copyObject'>): ResultOf<'copyObject'> {
    return this.#send({
      subject: subjectOf('copyObject', request),
      command: 'CopyObjectCommand',
      request,
      input: () => copyObjectInput(request),
      read: readCopyObject,
      lacks: 'an ETag, so the object was not copied',
      headers: expiresHeader(request.properties?.expires),
      secrets: secretsOf(request.sse, request.sourceSse),
    });
  }

  createMultipartUpload(request: RequestOf<'createMultipartUpload'>): ResultOf<'createMultipartUpload'> {
    return this.#send({
      subject: subjectOf('createMultipartUpload', request),
      command: 'CreateMultipartUploadCommand',
      request,
      input: () => createMultipartUploadInput(request),
      read: readCreateMultipartUpload,
      lacks: 'an upload id',
      headers: expiresHeader(request.properties?.expires),
      secrets: secretsOf(request.sse),
    });
  }

  copyPart(request: RequestOf<'copyPart'>): ResultOf<'copyPart'> {
    return this.#send({
      subject: { ...subjectOf('copyPart', request), partNumber: request.partNumber },
      command: 'UploadPartCopyCommand',
      request,
      input: () => copyPartInput(request),
      read: readCopyPart,
      lacks: 'an ETag, so the part was not copied',
      secrets: secretsOf(request.sse, request.sourceSse),
    });
  }

  listParts(request: RequestOf<'listParts'>): ResultOf<'listParts'> {
    return this.#send({
      subject: subjectOf('listParts', request),
      command: 'ListPartsCommand',
      request,
      input: () => listPartsInput(request),
      read: readListParts,
      lacks: 'number, size or ETag of a part',
    });
  }

  completeMultipartUpload(request: RequestOf<'completeMultipartUpload'>): ResultOf<'completeMultipartUpload'> {
    return this.#send({
      subject: subjectOf('completeMultipartUpload', request),
      command: 'CompleteMultipartUploadCommand',
      request,
      input: () => completeMultipartUploadInput(request),
      read: readCompleteMultipartUpload,
      lacks: 'a result',
      secrets: secretsOf(request.sse),
    });
  }

  async abortMultipartUpload(request: RequestOf<'abortMultipartUpload'>): Promise<void> {
    await this.#send({
      subject: subjectOf('abortMultipartUpload', request),
      command: 'AbortMultipartUploadCommand',
      request,
      input: () => uploadInput(request),
      read: () => true,
    });
  }

  listMultipartUploads(request: RequestOf<'listMultipartUploads'>): ResultOf<'listMultipartUploads'> {
    return this.#send({
      subject: { operation: 'listMultipartUploads', bucket: request.bucket },
      command: 'ListMultipartUploadsCommand',
      request,
      input: () => listMultipartUploadsInput(request),
      read: readListMultipartUploads,
      lacks: 'key or id of an upload, or the marker of the next page',
    });
  }

  getObjectTagging(request: RequestOf<'getObjectTagging'>): Promise<Readonly<Record<string, string>>> {
    return this.#send({
      subject: subjectOf('getObjectTagging', request),
      command: 'GetObjectTaggingCommand',
      request,
      input: () => versionInput(request),
      read: readTagging,
    });
  }

  async putObjectTagging(request: RequestOf<'putObjectTagging'>): Promise<void> {
    await this.#send({
      subject: subjectOf('putObjectTagging', request),
      command: 'PutObjectTaggingCommand',
      request,
      input: () => putObjectTaggingInput(request),
      read: () => true,
    });
  }

  getObjectAcl(request: RequestOf<'getObjectAcl'>): NonNullable<ResultOf<'getObjectAcl'>> {
    return this.#send({
      subject: subjectOf('getObjectAcl', request),
      command: 'GetObjectAclCommand',
      request,
      input: () => versionInput(request),
      read: readAcl,
      lacks: 'grants that can be written again',
    });
  }

  async putObjectAcl(request: RequestOf<'putObjectAcl'>): Promise<void> {
    await this.#send({
      subject: subjectOf('putObjectAcl', request),
      command: 'PutObjectAclCommand',
      request,
      input: () => putObjectAclInput(request),
      read: () => true,
    });
  }

  async #send<Result>(call: Call<Result>): Promise<Result> {
    const { subject, request, secrets = [] } = call;
    const timeoutMs = callTimeoutMs(subject.operation, request, this.#requestTimeoutMs);
    const commands = await this.#loadCommands();
    const exchange = new S3Exchange();
    try {
      if (secrets.length > 0) await this.#checkSecure(subject);
      const command = new commands[call.command](call.input() as never);
      exchange.attach(command, call.headers ?? {}, ENDS_IN_DOCUMENT.has(call.command));
      const output = await this.#calls.run({ signal: request.signal, timeoutMs }, (abortSignal) =>
        this.#client.send(command as never, { abortSignal } as never),
      );
      const result = call.read((output ?? {}) as CommandOutput, exchange);
      if (result !== undefined) return result;
    } catch (error) {
      if (request.signal?.aborted === true && error === request.signal.reason) throw error;
      if (isStoreError(error)) throw error;
      if (error instanceof UnsendableError) throw refusal(subject, error.message);
      throw awsFailure(subject, error, exchange, secrets);
    }
    throw storeErrorOf({
      subject,
      why: `the store answered ${exchange.statusCode ?? 200} without ${call.lacks ?? 'a result'}`,
      statusCode: exchange.statusCode ?? 200,
      requestId: exchange.headers['x-amz-request-id'],
    });
  }

  /** An SSE-C key goes over the wire as it is, so not over plain http to another machine, unless `traits.secure` says otherwise. */
  async #checkSecure(subject: RequestSubject): Promise<void> {
    if (this.traits.secure === true) return;
    const { endpoint } = (this.#client.config ?? {}) as { endpoint?: unknown };
    const resolved: unknown = typeof endpoint === 'function' ? await endpoint() : endpoint;
    const { protocol, hostname } = addressOf(resolved);
    if (protocol === 'http:' && !isLoopback(hostname)) {
      throw refusal(
        subject,
        `an SSE-C key must not be sent over plain http to ${hostname}: use https, or set traits.secure`,
      );
    }
  }

  async #loadCommands(): Promise<S3Commands> {
    this.#commands ??= loadS3Commands();
    return this.#commands;
  }
}

function subjectOf(
  operation: RequestSubject['operation'],
  { bucket, key }: { readonly bucket: string; readonly key: string },
): RequestSubject {
  return { operation, bucket, key };
}

/** `Expires` as it is: the SDK's own parameter is a Date, and the header may be any text. */
function expiresHeader(expires: string | undefined): Readonly<Record<string, string>> {
  return expires === undefined ? {} : { expires };
}

function readDate(text: string | undefined): Date | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : new Date(time);
}

/** What the client's configuration tells at once: only whether it has an endpoint of its own. */
function traitsOf(client: S3ClientLike): StoreTraits {
  const { isCustomEndpoint, endpoint } = (client.config ?? {}) as { isCustomEndpoint?: unknown; endpoint?: unknown };
  const isOwn = endpoint === undefined || isAmazon(addressOf(endpoint).hostname);
  return client.config !== undefined && isCustomEndpoint !== true && isOwn
    ? { dialect: 's3', obeysSourceIfMatch: true, sendsSourceIfMatch: true, obeysIfNoneMatch: true }
    : { dialect: 's3', sendsSourceIfMatch: true };
}

function textOr(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function addressOf(endpoint: unknown): { readonly protocol: string; readonly hostname: string } {
  if (typeof endpoint === 'object' && endpoint !== null) {
    const { protocol, hostname } = endpoint as { protocol?: unknown; hostname?: unknown };
    return { protocol: textOr(protocol), hostname: textOr(hostname) };
  }
  const url = URL.canParse(textOr(endpoint)) ? new URL(textOr(endpoint)) : undefined;
  return { protocol: url?.protocol ?? '', hostname: url?.hostname ?? '' };
}
