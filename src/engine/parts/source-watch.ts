import { SourceChangedError } from '../../errors.ts';
import type { HeadObjectResult } from '../../store/copy-store.ts';
import { assertSourceUnchanged } from '../source-fence.ts';
import type { CopyContext } from '../copy-context.ts';

/** Looks whether the source has changed, once for all parts that fail together. */
export class SourceWatch {
  readonly #context: CopyContext;
  readonly #planned: HeadObjectResult;
  #looking: Promise<void> | undefined;
  #changed: SourceChangedError | undefined;

  constructor(context: CopyContext, planned: HeadObjectResult) {
    this.#context = context;
    this.#planned = planned;
  }

  /**
   * Looks after a part's failure: what was seen before it says nothing.
   *
   * @throws SourceChangedError where the source did change; the same one for all parts
   */
  async assertUnchanged(cause: unknown): Promise<void> {
    if (this.#changed !== undefined) throw this.#changed;
    // One that is under way may have been answered already when this part failed.
    await this.#looking;
    await (this.#looking ??= this.#look(cause));
  }

  async #look(cause: unknown): Promise<void> {
    try {
      await assertSourceUnchanged(this.#context, this.#planned, { cause });
    } catch (error) {
      if (error instanceof SourceChangedError) this.#changed = error;
      throw error;
    } finally {
      this.#looking = undefined;
    }
  }
}
