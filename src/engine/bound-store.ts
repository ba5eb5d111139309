import type { OperationRunner } from '../request/operation-runner.ts';
import { readPages } from '../request/pages.ts';
import { isRetryable } from '../request/retry.ts';
import type {
  BucketDescription,
  CopyStore,
  HeadObjectRequest,
  HeadObjectResult,
  ListedPart,
  ListedUpload,
  ListMultipartUploadsResult,
  ObjectLocation,
  RequestOf,
  ResultOf,
  SourceLocation,
  SseCustomerKey,
  StoreOperation,
  StoreRequest,
} from '../store/copy-store.ts';
import { isDirectoryBucket } from '../store/directory-bucket.ts';
import { listUploads } from '../store/list-uploads.ts';
import { ignoreStatus, isStoreError, type StoreError } from '../store/store-error.ts';
import { isNotFound, saysUploadIsGone } from './gone.ts';
import { isRemembered, remember } from './optional-headers.ts';

/** Some stores (Swift with a failed node) don't find at once what they have just written. */
const MOST_LOOKS = 3;

/** No part has a higher number. */
const LAST_PART_NUMBER = 10_000;

/** Answers to a HEAD with checksums by stores that answer one without: for objects under KMS it needs another permission. */
const CHECKSUM_REFUSALS: readonly unknown[] = [400, 403, 405, 501];

/** What is remembered of a store that refuses the header (`x-amz-checksum-mode`). */
const NO_CHECKSUM_MODE = 'checksum-mode';

/** How messages name an object: `bucket/key`, and its version if one was asked for. */
export function describeObject({ bucket, key, versionId }: SourceLocation): string {
  return `${bucket}/${key}${versionId === undefined ? '' : ` (version ${versionId})`}`;
}

/** Who pays for requests to a bucket, and who must own it. */
export type BucketTerms = Pick<StoreRequest, 'requestPayer' | 'expectedBucketOwner'>;

/** Calls about an object that is there, which a store need not have. */
type OptionalCall = Extract<
  StoreOperation,
  `put${string}` | `update${string}` | `getObject${'Acl' | 'Tagging'}` | `${string}Annotation${string}`
>;

export interface HeadOptions extends Pick<HeadObjectRequest, 'checksums' | 'partNumber' | 'versionId' | 'signal'> {
  /** @default what is retryable for every operation */
  readonly isRetryable?: (error: unknown) => boolean;
}

export interface Binding {
  readonly store: CopyStore;
  readonly location: SourceLocation;
  /** The key that the object is encrypted with (SSE-C). */
  readonly sse: SseCustomerKey | undefined;
  readonly terms: BucketTerms;
  readonly runner: OperationRunner;
}

/** A store bound to one object: every request for the object carries the same location, key, payer and owner, and is retried. */
export class BoundStore {
  readonly store: CopyStore;
  /** How messages name the object. */
  readonly name: string;
  readonly address: ObjectLocation & BucketTerms;
  readonly #binding: Binding;

  constructor(binding: Binding) {
    const { bucket, key } = binding.location;
    this.#binding = binding;
    this.store = binding.store;
    this.name = describeObject(binding.location);
    this.address = { bucket, key, ...binding.terms };
  }

  /** The same with other ways: another store, another object, or another runner. */
  with(change: Partial<Binding>): BoundStore {
    return new BoundStore({ ...this.#binding, ...change });
  }

  version(versionId: string): BoundStore {
    return this.with({ location: { ...this.#binding.location, versionId } });
  }

  /** Reads the object's properties; undefined if it doesn't exist. */
  head(options: HeadOptions = {}): Promise<HeadObjectResult | undefined> {
    return this.headOrThrow(options).catch(ignoreStatus(404));
  }

  /** Reads the object's properties. If the store refuses to give checksums, it is asked again without. */
  async headOrThrow(options: HeadOptions = {}): Promise<HeadObjectResult> {
    const { checksums, ...rest } = options;
    if (checksums !== true || isRemembered(this.store, NO_CHECKSUM_MODE)) return this.#sendHead(rest);
    try {
      return await this.#sendHead(options);
    } catch (error) {
      if (!isStoreError(error) || !CHECKSUM_REFUSALS.includes(error.statusCode)) throw error;
      const result = await this.#sendHead(rest);
      // A permission is of one object.
      if (error.statusCode !== 403) remember(this.store, NO_CHECKSUM_MODE);
      return result;
    }
  }

  /** HEAD of an object that was just written, of its version if that is known, or what it failed with. */
  async look(checksums = false, versionId?: string): Promise<HeadObjectResult | StoreError> {
    const missed = new Set<unknown>();
    try {
      return await this.headOrThrow({
        versionId,
        ...(checksums ? { checksums } : {}),
        isRetryable: (error) => isRetryable(error) || (isNotFound(error) && missed.add(error).size < MOST_LOOKS),
      });
    } catch (error) {
      if (!isStoreError(error)) throw error;
      // To read a version takes another permission.
      const isRefused = versionId !== undefined && [400, 403, 405].includes(error.statusCode ?? 0);
      return isRefused ? this.look(checksums) : error;
    }
  }

  #sendHead({ isRetryable, ...asked }: HeadOptions): Promise<HeadObjectResult> {
    const { store, location, sse, terms, runner } = this.#binding;
    return runner.run('headObject', (attempt) => store.headObject({ ...location, sse, ...terms, ...asked, attempt }), {
      signal: asked.signal,
      ...(isRetryable === undefined ? {} : { isRetryable }),
    });
  }

  /** Says of which sort the object's bucket is; undefined if the store can't. */
  async describeBucket(): Promise<BucketDescription | undefined> {
    const { store, terms, runner } = this.#binding;
    const { bucket } = this.address;
    return runner.run('headBucket', async (attempt) => store.headBucket?.({ bucket, ...terms, attempt }));
  }

  async *partPages(uploadId: string, signal?: AbortSignal): AsyncGenerator<readonly ListedPart[], void, undefined> {
    const { store, runner } = this.#binding;
    const pages = readPages(
      'listParts',
      (partNumberMarker?: number) =>
        runner.run(
          'listParts',
          (attempt) => store.listParts({ ...this.address, uploadId, partNumberMarker, signal, attempt }),
          { signal },
        ),
      ({ parts, nextPartNumberMarker: next = 0 }, marker = 0) => {
        // Stores give 0, or the last marker again, if nothing is left. With parts it leads back to what was listed.
        const isEnd = next === 0 || next >= LAST_PART_NUMBER || (next <= marker && parts.length === 0);
        return isEnd ? undefined : next;
      },
    );
    for await (const { parts } of pages) yield parts;
  }

  /** All parts of the upload, or undefined if it doesn't exist (any more). */
  async parts(uploadId: string, signal?: AbortSignal): Promise<readonly ListedPart[] | undefined> {
    const parts: ListedPart[] = [];
    try {
      for await (const page of this.partPages(uploadId, signal)) parts.push(...page);
    } catch (error) {
      if (saysUploadIsGone(error)) return undefined;
      throw error;
    }
    return parts;
  }

  /** How many parts the upload has at least: 0 only if it has none, undefined if it doesn't exist (any more). */
  async countParts(uploadId: string): Promise<number | undefined> {
    try {
      // An empty page that isn't the last proves nothing.
      for await (const page of this.partPages(uploadId)) if (page.length > 0) return page.length;
      return 0;
    } catch (error) {
      if (saysUploadIsGone(error)) return undefined;
      throw error;
    }
  }

  /** The uploads in progress for exactly this key. */
  async *uploads(): AsyncGenerator<ListedUpload, void, undefined> {
    const { store, runner } = this.#binding;
    const { bucket, key, ...terms } = this.address;
    // A directory bucket lists in no order, and by whole folders.
    const isDirectory = isDirectoryBucket(bucket);
    const folder = key.slice(0, key.lastIndexOf('/') + 1);
    const pages = readPages(
      'listMultipartUploads',
      (marker: ListMultipartUploadsResult['next']) =>
        runner.run('listMultipartUploads', (attempt) =>
          listUploads(store, { bucket, prefix: isDirectory ? folder : key, ...marker, ...terms, attempt }),
        ),
      // Keys are listed in order, so this key comes before every longer one with the same beginning.
      ({ uploads, next }) =>
        !isDirectory && uploads.some((upload) => upload.key > key) ? undefined : (next ?? undefined),
    );
    for await (const { uploads } of pages) yield* uploads.filter((upload) => upload.key === key);
  }

  /** The upload as the store lists it: `unlisted` if it doesn't, undefined if listing is refused. */
  async findUpload(uploadId: string): Promise<ListedUpload | 'unlisted' | undefined> {
    try {
      for await (const upload of this.uploads()) if (upload.uploadId === uploadId) return upload;
      return 'unlisted';
    } catch (error) {
      if (isStoreError(error) && !error.retryable) return undefined;
      throw error;
    }
  }

  /** Aborts an upload. A 404 that isn't about the upload is given back, as it may be a proxy's. */
  async abort(uploadId: string): Promise<'aborted' | 'gone' | StoreError> {
    const { store, runner } = this.#binding;
    try {
      await runner.run('abortMultipartUpload', (attempt) =>
        store.abortMultipartUpload({ ...this.address, uploadId, attempt }),
      );
      return 'aborted';
    } catch (error) {
      if (saysUploadIsGone(error)) return 'gone';
      if (isNotFound(error)) return error;
      throw error;
    }
  }

  /** Makes a call that a store need not have; undefined if it hasn't. */
  call<Name extends OptionalCall>(
    operation: Name,
    what: Omit<RequestOf<Name>, keyof SourceLocation | keyof StoreRequest>,
    signal?: AbortSignal,
  ): Promise<ResultOf<Name> | undefined> {
    const { store, location, terms, runner } = this.#binding;
    const request = { ...location, ...terms, ...what, signal };
    const call = async (attempt: number): Promise<unknown> => store[operation]?.({ ...request, attempt } as never);
    return runner.run(operation, call, { signal }) as Promise<ResultOf<Name> | undefined>;
  }
}
