import { inspect } from 'node:util';
import {
  CompleteFailedError,
  CopyError,
  isCopyError,
  SourceChangedError,
  VerificationError,
  type CopyOptions,
} from '../../src/index.ts';
import type { TestObjectView } from '../../src/testing/index.ts';
import { destination, source, type Scene } from './copy-scene.ts';
import type { ObservedCopy } from './observe-copy.ts';

/** What was wrong with a copy; the kinds are counted apart. */
export interface Violation {
  readonly kind: 'false success' | 'orphan' | 'hang' | 'untyped error' | 'destination changed' | 'odd event' | 'secret';
  readonly what: string;
}

/** What a copy may do because of the faults that it met. */
export interface Allowances {
  /** Cleaning up could not work: an upload may stay, if the copy says so. */
  readonly uploadMayStay: boolean;
  /** The store told of another ETag than it has: a copy may be taken for wrong though it is right. */
  readonly storeLies: boolean;
  /** What the checkpoints say: an upload that one of them names is kept on purpose. */
  readonly checkpoints: string;
  /** What an earlier run of the same copy told of. */
  readonly earlierWarnings: readonly string[];
  readonly options: Pick<CopyOptions, 'signal' | 'resume'>;
}

/** Holds a copy to what is promised: the right bytes and success, or a true error and nothing changed. */
export function judgeCopy(scene: Scene, observed: ObservedCopy, allowances: Allowances): readonly Violation[] {
  const violations: Violation[] = observed.oddities.map((what) => ({ kind: 'odd event', what }));
  const { result, failure } = observed;
  if (observed.hung) {
    violations.push({ kind: 'hang', what: `it had not ended after ${Math.round(observed.elapsedMs)} ms` });
    return violations;
  }
  if (result !== undefined) {
    for (const what of findWrongSuccess(scene, observed, allowances)) violations.push({ kind: 'false success', what });
  }
  if (failure !== undefined) violations.push(...judgeFailure(scene, failure.error, allowances));
  violations.push(...findOrphans(scene, observed, allowances));
  return violations;
}

function* findWrongSuccess(
  scene: Scene,
  { result, plannedEtag }: ObservedCopy,
  { storeLies }: Allowances,
): Generator<string> {
  const { server, options } = scene;
  const object = server.object(destination.bucket, destination.key);
  if (object === undefined) {
    yield 'there is no object';
    return;
  }
  const wrongBytes = describeWrongBytes(scene);
  if (wrongBytes !== undefined) yield wrongBytes;
  if (result?.size !== options.size) yield `the result says ${result?.size} bytes of ${options.size}`;
  const toldOfEtag = storeLies && result?.warnings.some(({ code }) => code === 'ETAG_DIFFERS') === true;
  if (result?.etag !== object.etag && !toldOfEtag)
    yield `the result says ETag ${result?.etag}, but it is ${object.etag}`;
  if (result?.strategy === 'multipart' && !storeLies) {
    const [range] = server.provenance(destination.bucket, destination.key);
    if (range?.etag !== plannedEtag) yield `its bytes are of ${range?.etag}, but the copy was of ${plannedEtag}`;
  }
  if (object.headers['content-type'] !== 'application/mxf' || object.metadata['reel'] !== '7') {
    yield `its properties are ${JSON.stringify({ ...object.headers, ...object.metadata })}`;
  }
  const toldOfTags = result?.warnings.some(({ code }) => code === 'TAGS_NOT_PRESERVED') === true;
  if (!toldOfTags && object.tags['project'] !== 'archive') yield `its tags are ${JSON.stringify(object.tags)}`;
}

/** Says how the destination differs from the source, or from any one object that the source has been. */
function describeWrongBytes({ server, options: { size } }: Scene): string | undefined {
  const ranges = server.provenance(destination.bucket, destination.key);
  const [only] = ranges;
  if (size === 0 && ranges.length === 0) return undefined;
  const isRight =
    ranges.length === 1 &&
    only?.bucket === source.bucket &&
    only.key === source.key &&
    only.offset === 0 &&
    only.start === 0 &&
    only.end === size - 1;
  return isRight ? undefined : `its ${size} bytes come from ${JSON.stringify(ranges.slice(0, 4))}`;
}

function judgeFailure(scene: Scene, error: unknown, allowances: Allowances): Violation[] {
  const violations: Violation[] = [];
  const { signal } = allowances.options;
  const isCancelled = signal?.aborted === true && error === signal.reason;
  if (!isCancelled && !(error instanceof CopyError && isCopyError(error))) {
    violations.push({ kind: 'untyped error', what: inspect(error) });
  }
  const shown = inspect(error, { depth: 8 });
  const { secretAccessKey, sessionToken = secretAccessKey } = scene.server.credentials;
  if (shown.includes(secretAccessKey) || shown.includes(sessionToken)) violations.push({ kind: 'secret', what: shown });

  const { server, older } = scene;
  const now = server.object(destination.bucket, destination.key);
  if (isSame(older, now)) return violations;
  const wrongBytes = now === undefined ? 'it is gone' : describeWrongBytes(scene);
  const isSingle = scene.server.stats().operations.createMultipartUpload === undefined;
  const mayBeChanged =
    (error instanceof CompleteFailedError && error.outcome === 'unknown') ||
    (error instanceof VerificationError && allowances.storeLies) ||
    // A single copy is all or nothing, but nobody can call it back.
    (isSingle && (isCancelled || (error instanceof SourceChangedError && error.destinationWritten === true)));
  if (mayBeChanged && wrongBytes === undefined) return violations;
  const name = error instanceof Error ? `${error.name}: ${error.message}` : inspect(error);
  violations.push({
    kind: 'destination changed',
    what: `it failed with ${name}, but the destination has changed: ${wrongBytes ?? 'the copy is there'}`,
  });
  return violations;
}

function isSame(before: TestObjectView | undefined, now: TestObjectView | undefined): boolean {
  return (
    before?.etag === now?.etag &&
    before?.versionId === now?.versionId &&
    before?.lastModified.getTime() === now?.lastModified.getTime()
  );
}

function* findOrphans({ server }: Scene, observed: ObservedCopy, allowances: Allowances): Generator<Violation> {
  const error = observed.failure?.error;
  const keptId = error instanceof CopyError ? error.uploadId : undefined;
  const isUnknown = error instanceof CompleteFailedError && error.outcome === 'unknown';
  const { checkpoints, uploadMayStay, earlierWarnings } = allowances;
  const warnings = [...earlierWarnings, ...observed.warnings];
  for (const { uploadId, key } of server.uploads(destination.bucket)) {
    // An upload that the caller named is the caller's, as long as it wasn't taken up.
    if ((isUnknown && keptId === uploadId) || uploadId === allowances.options.resume) continue;
    if (observed.failure !== undefined && checkpoints.includes(uploadId)) continue;
    const isTold =
      keptId === uploadId || warnings.some((text) => text.startsWith('ORPHAN_UPLOADS') || text.includes(uploadId));
    // A machine that stands still for long enough is a fault, too.
    const isLate = warnings.some((text) => /\(TimeoutError\)|not answered in time/.test(text));
    if (isTold && (uploadMayStay || isLate)) continue;
    yield {
      kind: 'orphan',
      what: `upload ${uploadId} of ${key} is left${isTold ? ', and it was told' : ' in silence'}`,
    };
  }
}
