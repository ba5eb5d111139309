import type { CopyContext } from '../engine/copy-context.ts';
import type { PredictedEtag } from '../engine/etag.ts';
import type { UploadRecord } from '../engine/upload-record.ts';
import type { PartRange } from '../plan/part-range.ts';
import { describeLayout } from './checkpoint-layout.ts';
import type { CheckpointSession } from './checkpoint-session.ts';
import { type Checkpoint, NOT_ENCRYPTED } from './parse-checkpoint.ts';

/** Of so many uploads that were aborted nobody forgets to look whether they are there again. */
const MOST_DISCARDED = 10;

export class CheckpointRecord implements UploadRecord {
  readonly #context: CopyContext;
  readonly #session: CheckpointSession;
  #checkpoint: Checkpoint;
  isLeft: boolean;

  /** @param checkpoint - of the upload that is resumed; or, without an upload id, of one that is still to be begun */
  constructor(context: CopyContext, session: CheckpointSession, checkpoint: Checkpoint, isLeft: boolean) {
    this.#context = context;
    this.#session = session;
    this.#checkpoint = checkpoint;
    this.isLeft = isLeft;
  }

  creating(): Promise<void> {
    const { source, destination, layout, createdAt, openCreates } = this.#checkpoint;
    const now = this.#now();
    // Whatever upload it named before turned out to be of no use.
    this.#checkpoint = {
      source,
      destination,
      layout,
      createdAt: openCreates === undefined ? now : createdAt,
      openCreates: { count: (openCreates?.count ?? 0) + 1, lastAt: now },
      discarded: [...this.#context.discarded].slice(-MOST_DISCARDED),
    };
    return this.#session.save(this.#checkpoint);
  }

  async created(
    uploadId: string,
    { encryption = NOT_ENCRYPTED, versionId, checksumType }: Parameters<NonNullable<UploadRecord['created']>>[1],
  ): Promise<void> {
    this.refused();
    this.#checkpoint = { ...this.#checkpoint, uploadId, encryption, versionId, checksumType };
    await this.#session.save(this.#checkpoint);
    this.isLeft = false;
  }

  refused(): void {
    const { openCreates } = this.#checkpoint;
    const isLast = openCreates === undefined || openCreates.count <= 1;
    const left = isLast ? undefined : { ...openCreates, count: openCreates.count - 1 };
    this.#checkpoint = { ...this.#checkpoint, openCreates: left };
  }

  replanned(parts: readonly PartRange[]): void {
    this.#checkpoint = { ...this.#checkpoint, layout: describeLayout(parts) };
  }

  completing(predicted: PredictedEtag | undefined, etagBefore: string | null | undefined): Promise<void> {
    const completing = { etag: predicted?.etag, alternativeEtag: predicted?.alternative, etagBefore, at: this.#now() };
    this.#checkpoint = { ...this.#checkpoint, completing };
    return this.#session.save(this.#checkpoint);
  }

  #now(): string {
    return new Date(this.#context.clock.now()).toISOString();
  }
}
