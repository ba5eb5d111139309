import type { OperationRunner } from '../request/operation-runner.ts';
import { readPages } from '../request/pages.ts';
import { isRetryable } from '../request/retry.ts';
import { isAnsweredForNothing } from '../store/classify-failure.ts';
import type {
  CopyStore,
  HeadObjectRequest,
  HeadObjectResult,
  ListAnnotationsResult,
  ListedPart,
  ListedUpload,
  ListMultipartUploadsResult,
  ObjectGrants,
  ObjectLocation,
  SourceLocation,
  SseCustomerKey,
  StoreRequest,
} from '../store/copy-store.ts';
import { isDirectoryBucket } from '../store/directory-bucket.ts';
import { listUploads } from '../store/list-uploads.ts';
import { isStoreError, type StoreError } from '../store/store-error.ts';

/** Some stores (Swift with a failed node) don't find at once what they have just written. */
const MOST_LOOKS = 3;

/** No part has a higher number. */
const LAST_PART_NUMBER = 10_000;

/** Answers to a HEAD with checksums by stores that answer one without: for objects under KMS it needs another permission. */
const CHECKSUM_REFUSALS = [400, 403, 501];

/** What stores call an upload that was completed or aborted: NoSuchUpload, and Ceph RGW and Swift NoSuchKey. */
const GONE_CODES: ReadonlySet<string | undefined> = new Set(['NoSuchUpload', 'NoSuchKey', 'NoSuchBucket']);

/** Whether a failure says that the upload doesn't exist (any more). A 404 for any other reason, a proxy's say, is no word about it. */
export function saysUploadIsGone(error: unknown): error is StoreError {
  return isStoreError(error) && error.statusCode === 404 && GONE_CODES.has(error.vendorCode);
}

/** Whether some store answers so for an upload that doesn't exist (any more): only a listing of the uploads tells. */
export function mayMeanGone({ statusCode = 0 }: StoreError): boolean {
  return [400, 403, 404, 500].includes(statusCode);
}

/** Whether a failure says that the object doesn't exist. */
export function isNotFound(error: unknown): error is StoreError {
  return isStoreError(error) && error.statusCode === 404;
}

/** How messages name an object: `bucket/key`, and its version if one was asked for. */
export function describeObject({ bucket, key, versionId }: SourceLocation): string {
  return `${bucket}/${key}${versionId === undefined ? '' : ` (version ${versionId})`}`;
}

/** Who pays for requests to a bucket, and who must own it. */
export type BucketTerms = Pick<StoreRequest, 'requestPayer' | 'expectedBucketOwner'>;

/** What one HEAD asks for. */
export interface HeadOptions extends Pick<HeadObjectRequest, 'checksums' | 'partNumber' | 'versionId' | 'signal'> {
  /** @default what is retryable for every operation */
  readonly isRetryable?: (error: unknown) => boolean;
}

/** Everything that a {@link BoundStore} is made of. */
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
  /** What every request for the object carries. */
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

  /** One version of the object. */
  version(versionId: string): BoundStore {
    return this.with({ location: { ...this.#binding.location, versionId } });
  }

  /** Reads the object's properties; undefined if it doesn't exist. */
  async head(options: HeadOptions = {}): Promise<HeadObjectResult | undefined> {
    try {
      return await this.headOrThrow(options);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Reads the object's properties. If the store refuses to give checksums, it is asked again without. */
  async headOrThrow(options: HeadOptions = {}): Promise<HeadObjectResult> {
    try {
      return await this.#sendHead(options);
    } catch (error) {
      const isRefused = isStoreError(error) && CHECKSUM_REFUSALS.includes(error.statusCode ?? 0);
      if (options.checksums !== true || !isRefused) throw error;
      const { checksums: _, ...rest } = options;
      return this.#sendHead(rest);
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

  /** ListParts, page by page. */
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

  /** Reads the object's tags; only for a store that can. */
  tags(signal?: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const { store, location, terms, runner } = this.#binding;
    const request = { ...location, ...terms, signal };
    // A store that doesn't know the call answers with the object, or with nothing, each time.
    const empty = new Set<unknown>();
    const isWorthwhile = (error: unknown): boolean =>
      isRetryable(error) && (!isAnsweredForNothing(error) || empty.add(error).size < 2);
    return runner.run(
      'getObjectTagging',
      async (attempt) => (await store.getObjectTagging?.({ ...request, attempt })) ?? {},
      {
        signal,
        isRetryable: isWorthwhile,
      },
    );
  }

  /** Replaces the object's tags; only for a store that can. */
  putTags(tags: Readonly<Record<string, string>>): Promise<void> {
    const { store, location, terms, runner } = this.#binding;
    return runner.run('putObjectTagging', async (attempt) =>
      store.putObjectTagging?.({ ...location, ...terms, tags, attempt }),
    );
  }

  /** One page of the names of the object's annotations; only for a store that can. */
  annotationNames(continuationToken: string | undefined, signal?: AbortSignal): Promise<ListAnnotationsResult> {
    const { store, location, terms, runner } = this.#binding;
    const request = { ...location, ...terms, continuationToken, signal };
    const none = { names: [], continuationToken: undefined };
    return runner.run(
      'listAnnotations',
      async (attempt) => (await store.listAnnotations?.({ ...request, attempt })) ?? none,
      { signal },
    );
  }

  /** Reads an annotation; only for a store that can. */
  annotation(name: string): Promise<string> {
    const { store, location, terms, runner } = this.#binding;
    return runner.run(
      'getAnnotation',
      async (attempt) => (await store.getAnnotation?.({ ...location, ...terms, name, attempt })) ?? '',
    );
  }

  /** Writes an annotation; only for a store that can. */
  putAnnotation(name: string, text: string, objectIfMatch: string | undefined): Promise<void> {
    const { store, location, terms, runner } = this.#binding;
    const request = { ...location, ...terms, name, text, objectIfMatch };
    return runner.run('putAnnotation', async (attempt) => store.putAnnotation?.({ ...request, attempt }));
  }

  /** Puts the object under another KMS key; only for a store that can. */
  updateEncryption(keyId: string): Promise<void> {
    const { store, location, terms, runner } = this.#binding;
    const request = { ...location, ...terms, keyId };
    return runner.run('updateObjectEncryption', async () => store.updateObjectEncryption?.(request));
  }

  /** Protects the object until that time; only for a store that can. */
  putRetention(mode: string, retainUntil: Date): Promise<void> {
    const { store, location, terms, runner } = this.#binding;
    const request = { ...location, ...terms, mode, retainUntil };
    return runner.run('putObjectRetention', async () => store.putObjectRetention?.(request));
  }

  /** Puts the object under a legal hold; only for a store that can. */
  putLegalHold(): Promise<void> {
    const { store, location, terms, runner } = this.#binding;
    const request = { ...location, ...terms, on: true };
    return runner.run('putObjectLegalHold', async () => store.putObjectLegalHold?.(request));
  }

  /** Reads the object's grants; only for a store that can. */
  grants(signal?: AbortSignal): Promise<ObjectGrants> {
    const { store, location, terms, runner } = this.#binding;
    const request = { ...location, ...terms, signal };
    return runner.run(
      'getObjectAcl',
      async (attempt) => (await store.getObjectAcl?.({ ...request, attempt }))?.grants ?? {},
      { signal },
    );
  }
}
