import { type Checkpoint, describeLayout, NOT_ENCRYPTED, type OpenCreates } from './checkpoint.ts';
import type { CheckpointSession } from './checkpoint-session.ts';
import type { PartRange } from '../plan/part-range.ts';
import type { CopyContext } from '../engine/copy-context.ts';
import type { CreatedRecord, ExpectedCompletion, UploadRecord } from '../engine/upload-record.ts';
import type { CopyIdentity } from './checkpoint-match.ts';

/** Records the stages of an upload in a checkpoint. */
export class CheckpointRecord implements UploadRecord {
  readonly #context: CopyContext;
  readonly #session: CheckpointSession;
  #checkpoint: Checkpoint;
  readonly isKept = true;
  isLeft: boolean;

  private constructor(context: CopyContext, session: CheckpointSession, checkpoint: Checkpoint, isLeft: boolean) {
    this.#context = context;
    this.#session = session;
    this.#checkpoint = checkpoint;
    this.isLeft = isLeft;
  }

  /** For an upload that is still to be begun. `earlier` holds the Creates of a process that was killed before they were answered. */
  static ofNew(
    context: CopyContext,
    session: CheckpointSession,
    identity: CopyIdentity,
    parts: readonly PartRange[],
    earlier: Pick<Checkpoint, 'createdAt' | 'openCreates'> | undefined,
  ): CheckpointRecord {
    const { createdAt = '', openCreates } = earlier ?? {};
    const checkpoint = { ...identity, layout: describeLayout(parts), createdAt, openCreates };
    return new CheckpointRecord(context, session, checkpoint, earlier !== undefined);
  }

  /** For an upload that is resumed. */
  static ofResumed(context: CopyContext, session: CheckpointSession, checkpoint: Checkpoint): CheckpointRecord {
    return new CheckpointRecord(context, session, checkpoint, false);
  }

  async creating(): Promise<void> {
    const { source, destination, layout, createdAt, openCreates } = this.#checkpoint;
    const now = new Date(this.#context.clock.now()).toISOString();
    // Whatever upload it named before turned out to be of no use.
    this.#checkpoint = {
      source,
      destination,
      layout,
      createdAt: openCreates === undefined ? now : createdAt,
      openCreates: { count: (openCreates?.count ?? 0) + 1, lastAt: now },
    };
    await this.#save();
  }

  async created({ uploadId, encryption, checksumType }: CreatedRecord): Promise<void> {
    this.#checkpoint = {
      ...this.#checkpoint,
      uploadId,
      encryption: encryption ?? NOT_ENCRYPTED,
      checksumType,
      openCreates: withoutOne(this.#checkpoint.openCreates),
    };
    await this.#save();
    this.isLeft = false;
  }

  refused(): void {
    this.#checkpoint = { ...this.#checkpoint, openCreates: withoutOne(this.#checkpoint.openCreates) };
  }

  replanned(parts: readonly PartRange[]): void {
    this.#checkpoint = { ...this.#checkpoint, layout: describeLayout(parts) };
  }

  async completing({ predicted, etagBefore }: ExpectedCompletion): Promise<void> {
    const at = new Date(this.#context.clock.now()).toISOString();
    this.#checkpoint = {
      ...this.#checkpoint,
      completing: { etag: predicted?.etag, alternativeEtag: predicted?.alternative, etagBefore, at },
    };
    await this.#save();
  }

  left(): void {
    this.isLeft = true;
  }

  dropped(): void {
    this.isLeft = false;
  }

  #save(): Promise<void> {
    return this.#session.save(this.#checkpoint);
  }
}

function withoutOne(creates: OpenCreates | undefined): OpenCreates | undefined {
  return creates === undefined || creates.count <= 1 ? undefined : { ...creates, count: creates.count - 1 };
}
