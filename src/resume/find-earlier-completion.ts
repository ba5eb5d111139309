import { type Checkpoint, NOT_ENCRYPTED, restoreParts } from './checkpoint.ts';
import type { CopyContext } from '../engine/copy-context.ts';
import type { Moment } from '../request/moment.ts';
import { destinationHidesMd5 } from '../engine/encryption.ts';
import type { PredictedEtag } from '../engine/predict-etag.ts';
import { type CompletedUpload, findCompleted } from '../engine/reconcile-complete.ts';
import type { ObjectProperties } from '../store/copy-store.ts';

/** A Complete that was on its way when its process was killed has come through by then. */
const LONGEST_COMPLETE_MS = 600_000;

/** An upload that an earlier run completed, though that run ended before it knew. */
export interface EarlierCompletion {
  readonly uploadId: string;
  readonly completed: CompletedUpload;
  readonly predicted: PredictedEtag | undefined;
  readonly hidesMd5: boolean;
}

/**
 * Looks whether the Complete came through that an earlier run was about to send when it ended: then everything is copied, and only
 * the rest remains to be done.
 */
export async function findEarlierCompletion(
  context: CopyContext,
  checkpoint: Checkpoint,
  properties: ObjectProperties,
  begunAt: Moment,
): Promise<EarlierCompletion | undefined> {
  const { uploadId, completing, encryption, source } = checkpoint;
  if (uploadId === undefined || completing === undefined) return undefined;
  const { etag, alternativeEtag = etag, at, etagBefore } = completing;
  const predicted =
    etag === undefined || alternativeEtag === undefined ? undefined : { etag, alternative: alternativeEtag };
  const hidesMd5 = destinationHidesMd5(context, encryption === NOT_ENCRYPTED ? undefined : encryption);
  const completed = await findCompleted(context, {
    uploadId,
    parts: restoreParts(checkpoint).map(({ partNumber }) => ({ partNumber, etag: '' })),
    size: source.size,
    properties,
    predicted,
    hidesMd5,
    ifNoneMatch: undefined,
    checksum: undefined,
    begunAt,
    sentAt: begunAt,
    etagBefore,
    trail: { mayHaveCompleted: true },
    completedBy: new Date(Date.parse(at) + LONGEST_COMPLETE_MS),
  });
  return completed === undefined ? undefined : { uploadId, completed, predicted, hidesMd5 };
}
