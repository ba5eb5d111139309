import { CompleteFailedError, CopyError } from '../../src/index.ts';
import type { OperationName } from '../../src/testing/index.ts';
import { hasMet, isKeeping, LATE, timedOut, type Circumstances } from './circumstances.ts';
import { destination, type Scene } from './copy-scene.ts';
import type { LoggedRequest } from './fault-log.ts';
import type { Violation } from './judge-copy.ts';
import { isCancellation } from './judge-failure.ts';
import type { ObservedCopy } from './observe-copy.ts';

const CLEANING: ReadonlySet<OperationName> = new Set(['abortMultipartUpload', 'listParts', 'listMultipartUploads']);

const UPLOAD_ID = /[0-9A-F]{32}/;

/** Looks for uploads that are left though they must not be, and for those of others that are not. */
export function* judgeUploads(
  scene: Scene,
  observed: ObservedCopy,
  circumstances: Circumstances,
): Generator<Violation> {
  const { foreign, notOurs } = circumstances;
  const left = scene.server.uploads(destination.bucket);
  // Of a Create that nobody answered, and that begins its upload after the look, nothing tells that one without parts isn't it.
  const mayMistake = timedOut(observed).has('createMultipartUpload');
  const mistaken = foreign.filter(
    ({ uploadId, parts }) => mayMistake && parts === 0 && !left.some((upload) => upload.uploadId === uploadId),
  );
  for (const { uploadId, parts } of foreign) {
    const now = left.find((upload) => upload.uploadId === uploadId);
    if (now?.parts === parts || mistaken.some((upload) => upload.uploadId === uploadId)) continue;
    // The store itself lost it.
    if (hasMet(circumstances, ({ request, rule }) => rule?.kind === 'loseUpload' && request.uploadId === uploadId))
      continue;
    const what = now === undefined ? 'gone' : `there with ${now.parts} parts of ${parts}`;
    yield { kind: 'foreign upload', what: `another program's upload ${uploadId} is ${what}` };
  }
  const error = observed.failure?.error;
  const named = error instanceof CopyError ? error.uploadId : undefined;
  const told = new Told(observed, circumstances);
  for (const { uploadId } of left) {
    if (notOurs.includes(uploadId) || foreign.some((upload) => upload.uploadId === uploadId)) continue;
    const isOurs = observed.uploads.some((upload) => upload.uploadId === uploadId);
    // An upload that the caller named is the caller's, as long as it wasn't taken up.
    if (uploadId === circumstances.options.resume && !isOurs) continue;
    if (isOurs && observed.failure !== undefined && isKept(uploadId, error, circumstances)) {
      if (named !== uploadId && !isCancellation(error, circumstances)) {
        yield { kind: 'orphan', what: `upload ${uploadId} is kept, but the error names ${named}` };
      }
      continue;
    }
    // A process that was killed took with it what it knew.
    if (!isOurs && circumstances.options.resume !== undefined && isFromBefore(uploadId, circumstances)) continue;
    // One of an earlier run, which the checkpoint still names.
    if (!isOurs && observed.failure !== undefined && circumstances.checkpoint.includes(uploadId)) continue;
    // Or one whose Create was not answered: a later run with the checkpoint looks for it.
    if (!isOurs && observed.failure !== undefined && circumstances.checkpoint.includes('"openCreates"')) continue;
    if (!isOurs && mistaken.length > 0) continue;
    if (isFromBefore(uploadId, circumstances) && isRevivedLater(observed, circumstances)) continue;
    const isTold = told.takes(uploadId) || named === uploadId;
    if (isTold && mayStay(observed, circumstances)) continue;
    yield { kind: 'orphan', what: `upload ${uploadId} is left${isTold ? ', and it was told' : ' in silence'}` };
  }
}

function isFromBefore(id: string, { uploadsBefore }: Circumstances): boolean {
  return uploadsBefore.some(({ uploadId }) => uploadId === id);
}

/** Whether the store finished a part of an earlier run, which brings its upload back, only when this one had ended. */
function isRevivedLater({ elapsedMs }: ObservedCopy, { requestsBefore }: Circumstances): boolean {
  return hasMet({ requests: requestsBefore }, ({ request: { operation }, rule }) => {
    return operation === 'copyPart' && rule !== undefined && LATE.has(rule.kind) && (rule.delayMs ?? 1000) > elapsedMs;
  });
}

/** Whether it is left for another run, or since nobody knows whether it is being completed. */
function isKept(uploadId: string, error: unknown, circumstances: Circumstances): boolean {
  const { options, checkpoint } = circumstances;
  if (error instanceof CompleteFailedError && error.outcome === 'unknown' && error.uploadId === uploadId) return true;
  return isKeeping(circumstances) && (options.checkpoint === undefined || checkpoint.includes(uploadId));
}

/** Whether cleaning up could not work, because of what the copy met. */
function mayStay(observed: ObservedCopy, circumstances: Circumstances): boolean {
  const late = timedOut(observed);
  if ([...CLEANING, 'createMultipartUpload'].some((operation) => late.has(operation))) return true;
  if (circumstances.isSecond && circumstances.earlierWarnings.some(({ code }) => code === 'ORPHAN_UPLOADS'))
    return true;
  if (circumstances.throttled || circumstances.foreign.length > 0 || !circumstances.isAlone) return true;
  // Begun after everybody has gone, also for a run that was killed.
  const { requests, requestsBefore } = circumstances;
  const isLateCreate = hasMet({ requests: [...requestsBefore, ...requests] }, ({ request: { operation }, rule }) => {
    return operation === 'createMultipartUpload' && rule !== undefined && LATE.has(rule.kind);
  });
  // By a clock that lies nobody can tell whose upload it is.
  const isHindered = ({ request, rule }: LoggedRequest): boolean =>
    CLEANING.has(request.operation) || rule?.kind === 'skewedClock';
  return isLateCreate || hasMet(circumstances, isHindered);
}

/** The uploads that warnings speak of: by name, or as so many that were begun without anybody knowing. */
class Told {
  readonly #text: string;
  #unnamed = 0;

  constructor({ warnings }: ObservedCopy, { earlierWarnings }: Circumstances) {
    const all = [...earlierWarnings, ...warnings];
    this.#text = all.map(({ message }) => message).join('\n');
    for (const { code, message } of all) {
      if (code !== 'ORPHAN_UPLOADS') continue;
      // Nothing but the text says how many.
      const times = /(\d+) times|of (\d+) the store may still/.exec(message);
      this.#unnamed += Number(times?.[1] ?? times?.[2] ?? (UPLOAD_ID.test(message) ? 0 : 1));
    }
  }

  takes(uploadId: string): boolean {
    if (this.#text.includes(uploadId)) return true;
    return this.#unnamed-- > 0;
  }
}
