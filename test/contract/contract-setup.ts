import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { expect } from 'vitest';
import type {
  CompletedPart,
  CopyStore,
  ObjectLocation,
  SourceLocation,
  SseCustomerKey,
} from '../../src/store/copy-store.ts';
import { isStoreError, type StoreError } from '../../src/store/store-error.ts';

/** An object that is put without the store under test. */
export interface ContractObject extends ObjectLocation {
  readonly body: Uint8Array;
  readonly contentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly sse?: SseCustomerKey;
}

/** What the suite needs beside the store: other ways to the same objects. */
export interface ContractSetup {
  readonly store: CopyStore;
  /** Bucket of the sources. */
  readonly source: string;
  /** Bucket that is copied to. Other runs of the suite may use it at the same time, under other keys. */
  readonly destination: string;
  /** Bucket with versioning on; needed only with the capability. */
  readonly versioned?: string;
  /** Puts an object without the store under test; resolves with its version, where there is one. */
  putObject(object: ContractObject): Promise<{ readonly versionId?: string | undefined }>;
  /** Reads an object back without the store under test. */
  readObject(object: SourceLocation & { readonly sse?: SseCustomerKey }): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** What the server and the way to it can do. What they can't is tested to be refused, where it can be. */
export interface ContractCapabilities {
  /** Size of the parts that are copied, in bytes: at least the server's minimum. */
  readonly partSize: number;
  /** Whether a part copy with another ETag than the source's is refused. `refused`: the condition can't even be sent. */
  readonly sourceIfMatch: 'obeyed' | 'ignored' | 'refused';
  /** Whether Complete with `If-None-Match: *` fails where there is an object. */
  readonly ifNoneMatchOnComplete: 'obeyed' | 'ignored';
  /** SSE-C on the source as well as on the destination, on the destination only, or not at all. */
  readonly customerKeys: 'both' | 'destination' | 'none';
  /** Whether tags can be given to Create, or only set afterwards, or not at all. */
  readonly tagging: 'on-create' | 'afterwards' | 'none';
  /** Whether `versioned` is there. */
  readonly versions: boolean;
  /** Whether parts can be copied from a key with `%` in it. */
  readonly percentInPartSource: boolean;
  /** Whether a key with `?versionId=` in it can be copied from. */
  readonly versionIdInSourceKey: 'copied' | 'refused';
  /** Whether metadata of any bytes goes through, or is refused where the client would change it. */
  readonly anyMetadata: 'kept' | 'refused';
  /** Whether an object without a Content-Type can be made. */
  readonly expiresHeader: 'kept' | 'dropped';
  /** What the upload's id on HEAD (`x-obs-uploadId`) is. */
  readonly uploadIdOnHead: boolean;
  /** Whether the ETag of Complete's own answer can be relied on. */
  readonly completeEtag: 'given' | 'may-be-empty';
  /** Status for an upload id that nobody knows. */
  readonly unknownUploadStatus: 404;
}

/** Names keys so that runs don't meet. */
let keys = 0;
export function newKey(name: string): string {
  keys++;
  return `contract-${process.pid}-${keys}/${name}`;
}

/** Bytes that differ wherever they come from. */
export function makeBody(size: number, seed: number): Buffer {
  const block = Buffer.alloc(4096);
  const body = Buffer.alloc(size);
  for (let offset = 0; offset < size; offset += block.length) {
    let state = (seed * 2_654_435_761 + offset) >>> 0;
    for (let index = 0; index < block.length; index += 4) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      block.writeUInt32LE(state, index);
    }
    block.copy(body, offset);
  }
  return body;
}

/** Freezes a request through and through: a store that changes one fails. */
export function frozen<Request extends object>(request: Request): Request {
  for (const value of Object.values(request) as unknown[]) {
    if (typeof value !== 'object' || value === null) continue;
    if (ArrayBuffer.isView(value) || value instanceof AbortSignal || value instanceof Date) continue;
    frozen(value);
  }
  return Object.freeze(request);
}

/** What a call that must fail with a `StoreError` threw. */
export async function failureOf(promise: Promise<unknown>): Promise<StoreError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in outcome)) expect.fail(`it resolved with ${inspect(outcome.value)}`);
  if (!isStoreError(outcome.error)) expect.fail(`it is no StoreError: ${inspect(outcome.error)}`);
  return outcome.error;
}

/** The ETag of an object made of these parts. */
export function etagOfParts(parts: readonly CompletedPart[]): string {
  const digests = Buffer.concat(parts.map(({ etag }) => Buffer.from(etag, 'hex')));
  return `${createHash('md5').update(digests).digest('hex')}-${parts.length}`;
}

export function md5Of(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}
