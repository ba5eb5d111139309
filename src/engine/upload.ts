import { isRetryable } from '../request/retry.ts';
import type { CopyPlan } from '../plan/copy-plan.ts';
import type { CreateMultipartUploadResult, ListedPart, ObjectProperties } from '../store/copy-store.ts';
import type { Moment } from '../request/moment.ts';
import type { CopyContext } from './copy-context.ts';
import { fitHeader, type OptionalHeader, propertiesSent } from './optional-headers.ts';
import { type LostCreates, OrphanSearch } from './orphan-search.ts';
import type { PartSlots } from './parts/part-slots.ts';
import type { UnansweredParts } from './parts/unanswered-parts.ts';
import { readClock } from './read-clock.ts';
import type { SourceChecksum } from './source-checksum.ts';
import type { UploadRecord } from './upload-record.ts';

/** An upload that is being filled: what is live of it. */
export interface Upload {
  readonly uploadId: string;
  readonly slots: PartSlots;
  /** A part that is stored again gets another ETag, or may get one: how the upload is encrypted isn't known. */
  readonly etagsMayChange: boolean;
  readonly unanswered: UnansweredParts;
}

/** An upload of an earlier run, with the parts that can be kept. */
export interface ResumedUpload {
  readonly uploadId: string;
  readonly parts: readonly ListedPart[];
  /** How the store said on Create that it encrypts the object: `undefined` if it said nothing, or if that wasn't noted. */
  readonly encryption: string | undefined;
  /** Version that the object will be, if the store says so. */
  readonly versionId: string | undefined;
  /** Whether what Create said was noted. */
  readonly isEncryptionKnown: boolean;
  /** The type of checksum that the store was asked for on Create, if that was noted. */
  readonly checksumType: 'FULL_OBJECT' | 'COMPOSITE' | undefined;
  /** Whether another one may take its place if it turns out to be gone; not if the caller named it. */
  readonly isReplaceable: boolean;
  /** Whether a Complete may have been sent for it already. */
  readonly mayBeCompleting: boolean;
  /** When it was begun, if that is known. */
  readonly begunAt: Moment | undefined;
}

/** What a copy starts from: the plan, and what an earlier run left. */
export interface Resumption {
  readonly plan: CopyPlan;
  readonly resumed: ResumedUpload | undefined;
  /** Creates of an earlier run that was killed before they were answered. */
  readonly lostBefore: LostCreates | undefined;
  readonly record: UploadRecord;
}

interface CreateRequest extends Pick<Resumption, 'record' | 'lostBefore'> {
  readonly properties: ObjectProperties;
  readonly checksum: SourceChecksum | undefined;
}

export interface CreatedUpload extends CreateMultipartUploadResult {
  /** Looks for uploads of Creates whose answer was lost. To be called at the end of the copy, whatever that is. */
  readonly sweepOrphans: () => Promise<void>;
}

/** Begins the upload, without what the store refuses, and without tags that are too long for a header. */
export function createUpload(context: CopyContext, request: CreateRequest): Promise<CreatedUpload> {
  const { tags, websiteRedirectLocation } = request.properties;
  const { optional, options } = context;
  const hasTags = tags !== undefined && Object.keys(tags).length > 0;
  if (hasTags && options.store.putObjectTagging !== undefined && !fitHeader(tags)) optional.leaveOut('tags');
  const headers: OptionalHeader[] = [
    ...(hasTags ? (['tags'] as const) : []),
    ...(websiteRedirectLocation === undefined ? [] : (['website-redirect'] as const)),
  ];
  return optional.send(headers, (sent) =>
    create(context, { ...request, properties: propertiesSent(request.properties, sent) }),
  );
}

/**
 * A Create whose answer is lost may have begun an upload that nobody knows of; at the end of the copy such uploads are looked for and
 * aborted. The request is never cut off by the caller's signal, as its answer names what must be cleaned up.
 */
async function create(
  context: CopyContext,
  { properties, checksum, record, lostBefore }: CreateRequest,
): Promise<CreatedUpload> {
  const { options, destination, runner, clock, signal } = context;
  // What is recorded is the store's time.
  if (record.creating !== undefined && !clock.isKnown) await readClock(context, signal);
  const lost = new OrphanSearch(context, lostBefore);
  let isUnrecorded = false;
  const send = async (attempt: number): Promise<CreateMultipartUploadResult> => {
    isUnrecorded = true;
    await record.creating?.();
    isUnrecorded = false;
    signal.throwIfAborted();
    try {
      return await options.store.createMultipartUpload({
        ...destination.address,
        properties,
        sse: options.sse,
        attempt,
        ...(checksum === undefined || checksum.algorithm === 'CRC64ECMA'
          ? {}
          : { checksumAlgorithm: checksum.algorithm, checksumType: checksum.type }),
      });
    } catch (error) {
      if (!lost.failed(error)) record.refused?.();
      throw error;
    }
  };
  try {
    const created = await runner.run('createMultipartUpload', send, {
      waitSignal: signal,
      isRetryable: (error) => !isUnrecorded && isRetryable(error),
    });
    return { ...created, sweepOrphans: await lost.holdUntilSwept(created.uploadId) };
  } catch (error) {
    await lost.sweep();
    if (lost.mayHaveLeft) record.isLeft = true;
    throw error;
  }
}
