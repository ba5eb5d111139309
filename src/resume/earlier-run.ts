import { isDeepStrictEqual } from 'node:util';
import { abortOrWarn } from '../engine/abort.ts';
import type { CopyContext } from '../engine/copy-context.ts';
import { LATE_CREATE_MS, type LostCreates, OrphanSearch } from '../engine/orphan-search.ts';
import { CheckpointError, DestinationExistsError, SourceNotFoundError } from '../errors.ts';
import type { CopyPlan } from '../plan/copy-plan.ts';
import type { PartRange } from '../plan/part-range.ts';
import { type Moment, momentBefore } from '../request/moment.ts';
import type { HeadObjectResult, ListedPart } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import { describeLayout, restoreParts } from './checkpoint-layout.ts';
import { type CopyIdentity, findCheckpointMismatch } from './checkpoint-match.ts';
import { CheckpointRecord } from './checkpoint-record.ts';
import type { CheckpointSession } from './checkpoint-session.ts';
import { type Checkpoint, NOT_ENCRYPTED } from './parse-checkpoint.ts';
import { findKeepable, listUpload, withParts } from './resumption.ts';
import type { Resumption } from '../engine/upload.ts';

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
    if (loaded === undefined) return new EarlierRun(context, session, undefined);
    let problem: string | undefined;
    if ('reason' in loaded) {
      if (loaded.kind === 'newer') throw new CheckpointError(`Cannot use the checkpoint as ${loaded.reason}`);
      problem = `${loaded.reason}${await describeUploads(context)}`;
    } else {
      const { bucket, key } = context.options.destination;
      const isOurs = loaded.destination.bucket === bucket && loaded.destination.key === key;
      if (isOurs) {
        for (const uploadId of loaded.discarded ?? []) context.discarded.add(uploadId);
        return new EarlierRun(context, session, loaded);
      }
      problem = 'it belongs to another destination';
    }
    warnOfFreshStart(context, problem);
    return new EarlierRun(context, session, undefined);
  }

  /** When it began its upload, by the clocks of this process. */
  get begunAt(): Moment {
    return momentBefore(this.#context.clock.now() - Date.parse(this.checkpoint?.createdAt ?? ''));
  }

  /** Names the upload that was left on an error that says that the copy can't be made, and looks for those that nobody can name. */
  async answerFailure(error: unknown): Promise<void> {
    const isRefused = error instanceof DestinationExistsError || error instanceof SourceNotFoundError;
    if (this.checkpoint === undefined || !isRefused) return;
    const { uploadId } = this.checkpoint;
    if (uploadId !== undefined) error.uploadId ??= uploadId;
    await this.sweep();
  }

  /** Drops what it left, as the copy isn't needed any more. Only the upload is dropped: no object is touched. */
  async drop(): Promise<void> {
    if (this.checkpoint === undefined) return;
    const { uploadId } = this.checkpoint;
    const isGone = uploadId === undefined || (await abortOrWarn(this.#context, uploadId));
    await this.sweep();
    if (isGone) await this.#session.delete();
  }

  /**
   * Takes it over: the parts that count are those that the store lists. If it doesn't fit this copy, it is dropped with a warning,
   * and the copy starts afresh.
   */
  async takeOver(identity: CopyIdentity, plan: CopyPlan, source: HeadObjectResult): Promise<Resumption> {
    const { checkpoint } = this;
    if (checkpoint === undefined) return this.#startAfresh(identity, plan);
    const mismatch = findCheckpointMismatch(checkpoint, identity) ?? this.#findOtherPlan(checkpoint, plan);
    const { uploadId } = checkpoint;
    if (uploadId === undefined) {
      if (mismatch !== undefined) warnOfFreshStart(this.#context, mismatch);
      // A copy in parts looks for it at its end, when an upload that another program works on has parts.
      if (plan.strategy !== 'multipart') await this.sweep();
      return this.#startAfresh(identity, plan);
    }
    const parts = restoreParts(checkpoint);
    const kept = mismatch ?? (await this.#findKept(uploadId, parts, source.lastModified));
    if (typeof kept === 'string') {
      warnOfFreshStart(this.#context, kept);
      await abortOrWarn(this.#context, uploadId);
      return this.#startAfresh(identity, plan);
    }
    return {
      plan: withParts(plan, parts),
      resumed: {
        uploadId,
        parts: kept,
        encryption: checkpoint.encryption === NOT_ENCRYPTED ? undefined : checkpoint.encryption,
        versionId: checkpoint.versionId,
        isEncryptionKnown: checkpoint.encryption !== undefined,
        checksumType: checkpoint.checksumType,
        isReplaceable: true,
        mayBeCompleting: checkpoint.completing !== undefined,
        begunAt: this.begunAt,
      },
      lostBefore: this.#lostCreates,
      record: new CheckpointRecord(this.#context, this.#session, checkpoint, false),
    };
  }

  /** Looks for uploads of Creates whose answer nobody recorded, and aborts them. */
  async sweep(): Promise<void> {
    await new OrphanSearch(this.#context, this.#lostCreates).sweepBut(this.checkpoint?.uploadId);
  }

  /** Creates whose answer isn't recorded: without an upload id, there is one at least. */
  get #openCreates(): Checkpoint['openCreates'] {
    if (this.checkpoint === undefined) return undefined;
    const { uploadId, createdAt, openCreates } = this.checkpoint;
    return openCreates ?? (uploadId === undefined ? { count: 1, lastAt: createdAt } : undefined);
  }

  get #lostCreates(): LostCreates | undefined {
    const { checkpoint } = this;
    const openCreates = this.#openCreates;
    if (checkpoint === undefined || openCreates === undefined) return undefined;
    return {
      sinceMs: Date.parse(checkpoint.createdAt),
      untilMs: Date.parse(openCreates.lastAt) + LATE_CREATE_MS,
      answers: openCreates.count,
    };
  }

  /** Beside an upload that the earlier run knew, there may be others that it lost. */
  #startAfresh(identity: CopyIdentity, plan: CopyPlan): Resumption {
    const openCreates = this.#openCreates;
    const { createdAt = '' } = this.checkpoint ?? {};
    const checkpoint = { ...identity, layout: describeLayout(plan.parts), createdAt, openCreates };
    const record = new CheckpointRecord(this.#context, this.#session, checkpoint, openCreates !== undefined);
    return { plan, resumed: undefined, lostBefore: this.#lostCreates, record };
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
    if (this.#context.options.partSize !== 'source') return undefined;
    const isSame = isDeepStrictEqual(restoreParts(checkpoint), plan.parts);
    return isSame ? undefined : 'its parts are not those of the source';
  }
}

function warnOfFreshStart({ reporter }: CopyContext, reason: string): void {
  reporter.warning('CHECKPOINT_DISCARDED', `The checkpoint was not used, the copy starts afresh: ${reason}`);
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
