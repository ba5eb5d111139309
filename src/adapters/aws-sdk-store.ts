import { isAmazon } from '../wire/endpoint.ts';
import type { RequestSubject } from '../wire/response-error.ts';
import type { CopyStore, StoreTraits } from '../store/copy-store.ts';
import { S3_LIMITS, type StoreLimits } from '../store/store-limits.ts';
import {
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
import { type CommandCall, CommandSender, addressOf } from './aws-sdk-call.ts';
import type { S3ClientLike, S3Commands } from './aws-sdk-commands.ts';
import {
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
import { secretsOf } from './vendor-failure.ts';

/** Options of `fromS3Client`. */
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

/** A store over a client of the AWS SDK. */
export class AwsSdkStore implements CopyStore {
  readonly name: string;
  readonly limits: StoreLimits;
  readonly traits: StoreTraits;
  readonly #sender: CommandSender;

  constructor(client: S3ClientLike, options: FromS3ClientOptions) {
    this.name = options.name ?? 's3';
    this.limits = options.limits ?? S3_LIMITS;
    this.traits = options.traits ?? traitsOf(client);
    this.#sender = new CommandSender(client, options.commands, options.requestTimeoutMs);
  }

  headObject(request: RequestOf<'headObject'>): ResultOf<'headObject'> {
    return this.#send({
      subject: subjectOf('headObject', request),
      command: 'HeadObjectCommand',
      request,
      input: () => headObjectInput(request),
      read: (output, { headers }) => readHeadObject(output, readDate(headers['date'])),
      lacks: 'a size, or without ETag and Last-Modified',
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

  #send<Result>(call: CommandCall<Result>): Promise<Result> {
    return this.#sender.send(call, this.traits.secure === true);
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
