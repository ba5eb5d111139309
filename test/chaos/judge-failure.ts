import { inspect } from 'node:util';
import {
  CompleteFailedError,
  CopyError,
  DestinationExistsError,
  isCopyError,
  SourceChangedError,
  VerificationError,
} from '../../src/index.ts';
import {
  answerHasLied,
  hasMet,
  headHasLied,
  isKeeping,
  rulesThatStruck,
  timedOut,
  type Circumstances,
} from './circumstances.ts';
import { destination, type Scene } from './copy-scene.ts';
import { findExcuse } from './excuse-failure.ts';
import type { Violation } from './judge-copy.ts';
import { describeWrongBytes, isSame } from './judge-success.ts';
import type { ObservedCopy } from './observe-copy.ts';

/** Says in what a failure isn't true, or had no reason. */
export function* judgeFailure(
  scene: Scene,
  error: unknown,
  observed: ObservedCopy,
  circumstances: Circumstances,
): Generator<Violation> {
  const name = error instanceof Error ? `${error.name}: ${error.message}` : inspect(error);
  const isCancelled = isCancellation(error, circumstances);
  if (!isCancelled && !(error instanceof CopyError && isCopyError(error))) {
    yield { kind: 'untyped error', what: inspect(error) };
  }
  const mistake = findMistake(error);
  if (mistake !== undefined) yield { kind: 'untyped error', what: `a mistake of the library's: ${inspect(mistake)}` };
  const shown = inspect([error, observed.warnings], { depth: 8 });
  const { secretAccessKey, sessionToken = secretAccessKey } = scene.server.credentials;
  if (shown.includes(secretAccessKey) || shown.includes(sessionToken)) yield { kind: 'secret', what: shown };

  if (!isCancelled && findExcuse(scene, error, observed, circumstances) === undefined) {
    yield { kind: 'false failure', what: `nothing that it met could stop it, but it failed with ${inspect(error)}` };
  }
  for (const what of findUntrue(scene, error, observed, circumstances)) {
    yield { kind: 'false failure', what: `${what}: ${name}` };
  }
  const change = describeChange(scene, error, observed, circumstances);
  if (change !== undefined) {
    yield { kind: 'destination changed', what: `it failed with ${name}, but the destination has changed: ${change}` };
  }
}

/** Whether a copy failed as it was cancelled. */
export function isCancellation(error: unknown, { options: { signal } }: Circumstances): boolean {
  return signal?.aborted === true && error === signal.reason;
}

/** What only a wrong program throws, anywhere in what an error says of its reasons. */
function findMistake(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error) || depth > 10) return undefined;
  if ([TypeError, ReferenceError, RangeError, SyntaxError].some((type) => error instanceof type)) return error;
  const { cause, abortError, suppressed = [] } = error as CopyError;
  for (const reason of [cause, abortError, ...suppressed]) {
    const mistake = findMistake(reason, depth + 1);
    if (mistake !== undefined) return mistake;
  }
  return undefined;
}

/** Says what an error tells that isn't so. */
function* findUntrue(
  scene: Scene,
  error: unknown,
  observed: ObservedCopy,
  circumstances: Circumstances,
): Generator<string> {
  const { options, requests, isAlone, others } = circumstances;
  const rules = [...rulesThatStruck(circumstances)];
  if (error instanceof SourceChangedError) {
    const isReplaced = rules.some(({ kind }) => kind === 'replaceSource') || circumstances.sourceWasReplaced;
    if (!isReplaced && !headHasLied(circumstances)) yield 'the source has not changed';
  }
  if (error instanceof DestinationExistsError) {
    const isThere = others.some((other) => other !== undefined);
    // 412 may come from anybody.
    if (!isThere && isAlone && !rules.some(({ status }) => status === 412))
      yield 'there was nothing at the destination';
    // A HEAD that finds nothing gives nothing to skip.
    if (options.ifExists !== 'fail' && !headHasLied(circumstances)) yield `ifExists is ${inspect(options.ifExists)}`;
  }
  if (error instanceof VerificationError && !headHasLied(circumstances)) {
    const isAnswerWrong = rules.some(({ kind }) =>
      ['wrongEtag', 'replaceSource', 'nothingStored', 'loseUpload'].includes(kind),
    );
    if (!isAnswerWrong && isAlone) yield 'there is nothing wrong with the object';
  }
  if (!(error instanceof CompleteFailedError) || error.outcome !== 'unknown') return;
  const isInDoubt = hasMet(
    circumstances,
    ({ request, rule }) => isEnd(request.operation) && !(rule?.kind === 'error' && isRefusal(rule.status)),
  );
  const isLost = rules.some(({ kind }) => kind === 'loseUpload');
  const completes = requests.filter(({ request }) => isEnd(request.operation)).length;
  const mayBeInDoubt =
    isInDoubt ||
    isLost ||
    headHasLied(circumstances) ||
    // An answer without an ETag says nothing where nobody can look.
    hasMet(circumstances, ({ request }) => request.operation === 'headObject') ||
    !isAlone ||
    circumstances.isSecond ||
    circumstances.throttled;
  if (!mayBeInDoubt && completes > 0 && !timedOut(observed).has('completeMultipartUpload')) {
    yield 'every Complete was answered';
  }
  const isUnseen = hasMet(circumstances, ({ request }) =>
    ['headObject', 'listParts', 'listMultipartUploads', 'abortMultipartUpload'].includes(request.operation),
  );
  if (promisesVersion(scene) && observed.plan?.strategy === 'multipart' && !isUnseen && !isKeeping(circumstances)) {
    yield 'the version that Create promised decides';
  }
  // What could not be ended may be gone all the same.
  if (error.uploadId === undefined || error.abortError !== undefined || isLost) return;
  const isOpen = scene.server.uploads(destination.bucket).some(({ uploadId }) => uploadId === error.uploadId);
  const isDone = scene.server.object(destination.bucket, destination.key)?.uploadId === error.uploadId;
  const isOverwritten = !isAlone || others.length > 1;
  if (!isOpen && !isDone && !isOverwritten) yield `upload ${error.uploadId} is neither open nor completed`;
}

/** Whether the store says on Create which version the object will be. */
function promisesVersion({ options: { vendor, personality, versioning } }: Scene): boolean {
  return vendor === 's3' && personality === 'aws' && versioning === 'enabled';
}

function isEnd(operation: string): boolean {
  return operation === 'completeMultipartUpload' || operation === 'copyObject';
}

/** A 404 may be about an upload that is gone as it was completed. */
function isRefusal(status = 500): boolean {
  return status >= 400 && status < 500 && status !== 404;
}

/** Says how the destination has changed, where it must not have. */
function describeChange(
  scene: Scene,
  error: unknown,
  observed: ObservedCopy,
  circumstances: Circumstances,
): string | undefined {
  const { others, isAlone } = circumstances;
  const now = scene.server.object(destination.bucket, destination.key);
  if (others.some((other) => isSame(other, now))) return undefined;
  if (now === undefined) return 'it is gone';
  const wrongBytes = describeWrongBytes(scene);
  if (wrongBytes !== undefined) return wrongBytes;
  // The other copy's, or nobody knows whose.
  const isOurs = observed.uploads.some(({ uploadId }) => uploadId === now.uploadId);
  if (!isAlone && !isOurs) return undefined;
  // The Complete of a run that was killed came through when nobody waited for it any more.
  const hasCompleted = circumstances.requests.some(({ request }) => request.operation === 'completeMultipartUpload');
  if (!hasCompleted && circumstances.uploadsBefore.some(({ uploadId }) => uploadId === now.uploadId)) return undefined;
  const isSingle = observed.plan?.strategy !== 'multipart';
  const isUploadLeft = observed.warnings.some(({ code }) => code === 'UPLOAD_LEFT');
  const isCancelled = isCancellation(error, circumstances);
  const isEndInDoubt = hasMet(circumstances, ({ request }) => request.operation === 'completeMultipartUpload');
  const mayBeChanged =
    (error instanceof CompleteFailedError && error.outcome === 'unknown') ||
    // It is there, and not deleted.
    (error instanceof VerificationError && (headHasLied(circumstances) || answerHasLied(circumstances))) ||
    // An earlier attempt made it, and the store named another version in answer to the last one, which made none.
    (isSingle &&
      error instanceof VerificationError &&
      observed.retries.some(({ operation }) => operation === 'copyObject')) ||
    // A single copy is all or nothing, but nobody can call it back.
    (isSingle && (isCancelled || (error instanceof SourceChangedError && error.destinationWritten === true))) ||
    // Nor found by a HEAD that doesn't tell the truth.
    (isSingle && headHasLied(circumstances)) ||
    // Nor can a Complete be, whose upload can't be aborted.
    (isCancelled && isUploadLeft) ||
    (isCancelled && isEndInDoubt && isKeeping(circumstances)) ||
    saysThatItIsThere(error);
  return mayBeChanged ? undefined : 'the copy is there';
}

/** What was asked for beside the bytes could not be had: the object is there, as the message says. */
function saysThatItIsThere(error: unknown): boolean {
  return error instanceof CopyError && error.code === 'ERR_COPY' && / was copied \(ETag /.test(error.message);
}
