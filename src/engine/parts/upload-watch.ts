import { isStoreError, StoreError } from '../../store/store-error.ts';
import { mayMeanGone, saysUploadIsGone } from '../gone.ts';
import type { CopyContext } from '../copy-context.ts';
import type { Upload } from '../upload.ts';

/** A 500 may be over at the next attempt, which tells more cheaply than a look. */
const MOST_FAILURES = 2;

/** Looks whether the upload is there if parts of it fail as some stores answer for one that is gone (moto: 500, s3s-fs: 403). */
export class UploadWatch {
  readonly #context: CopyContext;
  readonly #upload: Upload;
  readonly #failures = new Map<number, number>();
  #looking: Promise<boolean> | undefined;

  constructor(context: CopyContext, upload: Upload) {
    this.#context = context;
    this.#upload = upload;
  }

  /**
   * To be called each time that a part has failed.
   *
   * @throws StoreError NoSuchUpload if the upload was there, and is gone
   */
  async assertThere(partNumber: number, error: unknown): Promise<void> {
    const { slots } = this.#upload;
    // One that was refused its first part need not be looked for.
    if (!isStoreError(error) || error.statusCode === 404 || !mayMeanGone(error) || slots.filled === 0) return;
    const failures = (this.#failures.get(partNumber) ?? 0) + 1;
    this.#failures.set(partNumber, failures);
    if (error.retryable && failures !== MOST_FAILURES) return;
    if (await (this.#looking ??= this.#isGone())) throw this.#gone(error);
  }

  /**
   * To be called if the store lists no such upload after a part has failed.
   *
   * @throws StoreError NoSuchUpload if the upload was there
   */
  refuseGone(error: StoreError): void {
    if (this.#upload.slots.filled > 0) throw this.#gone(error);
  }

  #gone(error: StoreError): StoreError {
    const { uploadId } = this.#upload;
    return new StoreError(`upload ${uploadId} does not exist any more: ${error.message}`, {
      operation: 'copyPart',
      kind: 'permanent',
      statusCode: 404,
      vendorCode: 'NoSuchUpload',
      cause: error,
    });
  }

  /** Some stores list no parts, rather than no upload, for one that is gone. */
  async #isGone(): Promise<boolean> {
    const { destination, options, runner } = this.#context;
    const request = { ...destination.address, uploadId: this.#upload.uploadId };
    try {
      const { parts } = await runner.once(() => options.store.listParts(request));
      return parts.length === 0;
    } catch (error) {
      if (isStoreError(error)) return saysUploadIsGone(error);
      throw error;
    } finally {
      this.#looking = undefined;
    }
  }
}
