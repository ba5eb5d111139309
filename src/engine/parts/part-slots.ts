import { CopyError } from '../../errors.ts';
import type { CompletedPart, ObjectChecksums } from '../../store/copy-store.ts';

/** One slot per part number. ETags land in their slot in whatever order the parts finish. */
export class PartSlots {
  readonly #etags: (string | undefined)[];
  #checksums: Map<number, ObjectChecksums> | undefined;
  #filled = 0;

  constructor(count: number) {
    this.#etags = Array.from({ length: count });
  }

  get filled(): number {
    return this.#filled;
  }

  has(partNumber: number): boolean {
    return this.#etags[partNumber - 1] !== undefined;
  }

  /** Puts a part in its slot; a part that is copied again takes the place of the earlier one. */
  fill(partNumber: number, etag: string, checksums?: ObjectChecksums): void {
    if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > this.#etags.length) {
      throw new CopyError(`Cannot file part ${partNumber} as the plan has parts 1 to ${this.#etags.length}`);
    }
    if (this.#etags[partNumber - 1] === undefined) this.#filled++;
    this.#etags[partNumber - 1] = etag;
    if (checksums !== undefined) (this.#checksums ??= new Map()).set(partNumber, checksums);
  }

  /** All parts in order. Throws if a slot is empty: an object with a hole is never completed. */
  finish(): readonly CompletedPart[] {
    return this.#etags.map((etag, index) => {
      const partNumber = index + 1;
      if (etag === undefined) {
        throw new CopyError(
          `Cannot complete the upload as part ${partNumber} of ${this.#etags.length} has not been copied`,
        );
      }
      const checksums = this.#checksums?.get(partNumber);
      return checksums === undefined ? { partNumber, etag } : { partNumber, etag, checksums };
    });
  }
}
