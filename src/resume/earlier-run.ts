import { abortOrWarn } from '../engine/abort.ts';
import type { CopyContext } from '../engine/copy-context.ts';
import { LATE_CREATE_MS, type LostCreates, OrphanSearch } from '../engine/orphan-search.ts';
import { CheckpointError, DestinationExistsError, messageOf, SourceNotFoundError } from '../errors.ts';
import type { CopyPlan } from '../plan/copy-plan.ts';
import type { PartRange } from '../plan/part-range.ts';
import { momentBefore } from '../request/moment.ts';
import type { HeadObjectResult, ListedPart } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import { describeLayout, restoreParts } from './checkpoint-layout.ts';
import { type CopyIdentity, findCheckpointMismatch } from './checkpoint-match.ts';
import { CheckpointRecord } from './checkpoint-record.ts';
import type { CheckpointSession } from './checkpoint-session.ts';
import { type Checkpoint, NOT_ENCRYPTED } from './parse-checkpoint.ts';
import { findKeepable, listUpload, type Resumption, withParts } from './resumption.ts';

type Begun = Pick<Checkpoint, 'createdAt' | 'openCreates'>;

/** What an earlier run of the same copy left in its checkpoint, and what can be done with it. */
export class EarlierRun {
  readonly #context: CopyContext;
  readonly #session: CheckpointSession;
  /** What it left; undefined if it left nothing that can be used. */
  readonly checkpoint: Checkpoint | undefined;

  private constructor(context: CopyContext, session: CheckpointSession, checkpoint: Checkpoint | undefined) {
    this.#context = context;
    this.#session = session;
    this.checkpoint = checkpoint;
  }

  /**
   * Reads the checkpoint. One that can't be used is discarded with a warning.
   *
   * @throws CheckpointError for that of a later version: starting afresh would overwrite what that may be able to use
   */
  static async read(context: CopyContext, session: CheckpointSession): Promise<EarlierRun> {
    const loaded = await session.load();
    if (loaded === undefined || !('reason' in loaded)) return new EarlierRun(context, session, loaded);
    if (loaded.kind === 'newer') throw new CheckpointError(`Cannot use the checkpoint as ${loaded.reason}`);
    const run = new EarlierRun(context, session, undefined);
    run.#warnOfFreshStart(`${loaded.reason}${await describeUploads(context)}`);
    return run;
  }

  /** When it began its upload, by the clocks of this process. */
  get begunAt(): ReturnType<typeof momentBefore> {
    return momentBefore(this.#context.clock.now() - Date.parse(this.checkpoint?.createdAt ?? ''));
  }

  /** Why it doesn't belong to this copy; undefined if it does. */
  findMismatch(identity: CopyIdentity): string | undefined {
    return this.checkpoint === undefined ? 'there is none' : findCheckpointMismatch(this.checkpoint, identity);
  }

  /** Names the upload that was left on an error that says that the copy can't be made, and looks for those that nobody can name. */
  async answerFailure(error: unknown): Promise<void> {
    const isRefused = error instanceof DestinationExistsError || error instanceof SourceNotFoundError;
    if (this.checkpoint === undefined || !isRefused || !this.#isForDestination()) return;
    const { uploadId } = this.checkpoint;
    if (uploadId !== undefined) error.uploadId ??= uploadId;
    await this.sweep();
  }

  /** Drops what it left, as the copy isn't needed any more. Only the upload is dropped: no object is touched. */
  async drop(): Promise<void> {
    if (this.checkpoint === undefined) return;
    const { uploadId } = this.checkpoint;
    const isGone = uploadId === undefined || !this.#isForDestination() || (await abortOrWarn(this.#context, uploadId));
    await this.sweep();
    if (!isGone) return;
    await this.#session.delete().catch((error: unknown) => {
      this.#context.reporter.warning('CHECKPOINT_LEFT', messageOf(error));
    });
  }

  /**
   * Takes it over: the parts that count are those that the store lists. If it doesn't fit this copy, it is dropped with a warning,
   * and the copy starts afresh.
   */
  async takeOver(identity: CopyIdentity, plan: CopyPlan, source: HeadObjectResult): Promise<Resumption> {
    const { checkpoint } = this;
    if (checkpoint === undefined) return this.#startAfresh(identity, plan);
    const mismatch = this.findMismatch(identity) ?? this.#findOtherPlan(checkpoint, plan);
    const { uploadId } = checkpoint;
    if (uploadId === undefined) {
      if (mismatch !== undefined) this.#warnOfFreshStart(mismatch);
      // A copy in parts looks for it at its end, when an upload that another program works on has parts.
      if (plan.strategy !== 'multipart') await this.sweep();
      return this.#startAfresh(identity, plan, this.#isForDestination() ? withOpenCreates(checkpoint) : undefined);
    }
    if (mismatch !== undefined) return this.#dropAndStartAfresh(identity, plan, uploadId, mismatch);
    const parts = restoreParts(checkpoint);
    const kept = await this.#findKept(uploadId, parts, source.lastModified);
    if (typeof kept === 'string') return this.#dropAndStartAfresh(identity, plan, uploadId, kept);
    return {
      plan: withParts(plan, parts),
      resumed: {
        uploadId,
        parts: kept,
        encryption: checkpoint.encryption === NOT_ENCRYPTED ? undefined : checkpoint.encryption,
        isEncryptionKnown: checkpoint.encryption !== undefined,
        checksumType: checkpoint.checksumType,
        isReplaceable: true,
        mayBeCompleting: checkpoint.completing !== undefined,
        begunAt: this.begunAt,
      },
      lostBefore: describeLost(checkpoint),
      record: new CheckpointRecord(this.#context.clock, this.#session, checkpoint, false),
    };
  }

  /** Looks for uploads of Creates whose answer nobody recorded, and aborts them. */
  async sweep(): Promise<void> {
    const lost = this.#isForDestination()
      ? describeLost(this.checkpoint && withOpenCreates(this.checkpoint))
      : undefined;
    if (lost === undefined) return;
    await new OrphanSearch(this.#context, lost).sweepBut(this.checkpoint?.uploadId);
  }

  #startAfresh(identity: CopyIdentity, plan: CopyPlan, earlier?: Begun): Resumption {
    const { createdAt = '', openCreates } = earlier ?? {};
    const checkpoint = { ...identity, layout: describeLayout(plan.parts), createdAt, openCreates };
    const record = new CheckpointRecord(this.#context.clock, this.#session, checkpoint, earlier !== undefined);
    return { plan, resumed: undefined, lostBefore: describeLost(earlier), record };
  }

  async #dropAndStartAfresh(
    identity: CopyIdentity,
    plan: CopyPlan,
    uploadId: string,
    reason: string,
  ): Promise<Resumption> {
    this.#warnOfFreshStart(reason);
    if (!this.#isForDestination()) return this.#startAfresh(identity, plan);
    await abortOrWarn(this.#context, uploadId);
    // Beside the upload that it knows, there may be others that it lost.
    return this.#startAfresh(identity, plan, this.checkpoint?.openCreates === undefined ? undefined : this.checkpoint);
  }

  async #findKept(
    uploadId: string,
    parts: readonly PartRange[],
    sourceModified: Date | undefined,
  ): Promise<readonly ListedPart[] | string> {
    const listed = await listUpload(this.#context, uploadId);
    if (listed === 'gone') return `upload ${uploadId} does not exist any more`;
    if (listed === 'hidden') {
      this.#context.reporter.warning(
        'PARTS_NOT_KEPT',
        `The parts of upload ${uploadId} are copied again: the store does not let them be listed`,
      );
      return [];
    }
    // It makes an upload useless: Ceph RGW joins only complete lists.
    const beyond = listed.find(({ partNumber }) => parts[partNumber - 1] === undefined);
    return beyond === undefined
      ? findKeepable(listed, parts, sourceModified)
      : `upload ${uploadId} has a part ${beyond.partNumber}, and the plan has ${parts.length} parts`;
  }

  #findOtherPlan(checkpoint: Checkpoint, plan: CopyPlan): string | undefined {
    if (plan.strategy !== 'multipart') return 'this copy is not made in parts';
    const mustBeSame = this.#context.options.partSize === 'source';
    return mustBeSame && !haveSameSizes(restoreParts(checkpoint), plan.parts)
      ? 'its parts are not those of the source'
      : undefined;
  }

  #isForDestination(): boolean {
    const { bucket, key } = this.#context.options.destination;
    const place = this.checkpoint?.destination;
    return place?.bucket === bucket && place.key === key;
  }

  #warnOfFreshStart(reason: string): void {
    this.#context.reporter.warning(
      'CHECKPOINT_DISCARDED',
      `The checkpoint was not used, the copy starts afresh: ${reason}`,
    );
  }
}

/** Names the uploads in progress for the destination: a checkpoint that can't be read may have named one of them. */
async function describeUploads(context: CopyContext): Promise<string> {
  try {
    const ids: string[] = [];
    for await (const { uploadId } of context.destination.uploads()) ids.push(uploadId);
    if (ids.length === 0) return '';
    return `. Uploads in progress for the destination, one of which may be its: ${ids.join(', ')}`;
  } catch (error) {
    if (!isStoreError(error)) throw error;
    return `. If it named an upload, that is left (${error.message})`;
  }
}

/** Without an upload id, one Create at least is open. */
function withOpenCreates({ uploadId, createdAt, openCreates }: Checkpoint): Begun {
  return {
    createdAt,
    openCreates: openCreates ?? (uploadId === undefined ? { count: 1, lastAt: createdAt } : undefined),
  };
}

function describeLost(earlier: Begun | undefined): LostCreates | undefined {
  if (earlier?.openCreates === undefined) return undefined;
  const { createdAt, openCreates } = earlier;
  return {
    sinceMs: Date.parse(createdAt),
    untilMs: Date.parse(openCreates.lastAt) + LATE_CREATE_MS,
    answers: openCreates.count,
  };
}

function haveSameSizes(a: readonly PartRange[], b: readonly PartRange[]): boolean {
  return a.length === b.length && a.every(({ size }, index) => size === b[index]?.size);
}
