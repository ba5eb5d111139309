import { createHash } from 'node:crypto';
import { inspect, isDeepStrictEqual } from 'node:util';
import type { CopyResult } from '../../src/index.ts';
import type { TestObjectView } from '../../src/testing/index.ts';
import { personalities } from '../../src/testing/personalities.ts';
import {
  answerHasLied,
  hasMet,
  headHasLied,
  LATE,
  timedOut,
  type Circumstances,
  rulesThatStruck,
} from './circumstances.ts';
import { destination, source, sourceView, type Scene } from './copy-scene.ts';
import type { ObservedCopy } from './observe-copy.ts';

/** Says in what a copy that succeeded is not what it says. */
export function* findWrongSuccess(
  scene: Scene,
  result: CopyResult,
  observed: ObservedCopy,
  circumstances: Circumstances,
): Generator<string> {
  const object = scene.server.object(destination.bucket, destination.key);
  const storedNothing = [...rulesThatStruck(circumstances)].some(({ kind }) => kind === 'nothingStored');
  // Who asks that nobody looks takes the store's word, and the result says so.
  if (storedNothing && result.verified === 'none') return;
  if (object === undefined) {
    yield 'there is no object';
    return;
  }
  if (result.strategy === 'skipped') {
    yield* findWrongSkip(result, object, circumstances);
    return;
  }
  const wrongBytes = describeWrongBytes(scene);
  if (wrongBytes !== undefined) yield wrongBytes;
  if (result.size !== scene.options.size) yield `the result says ${result.size} bytes of ${scene.options.size}`;
  // Of two copies at the same time, one is overwritten by the other.
  const isOurs = circumstances.isAlone || (result.uploadId !== undefined && result.uploadId === object.uploadId);
  if (!isOurs) return;
  const isLied = headHasLied(circumstances);
  const isTold =
    (isLied && result.warnings.some(({ code }) => code === (result.etag === '' ? 'NO_ETAG' : 'ETAG_DIFFERS'))) ||
    // Nobody looked, or could: the store's word is all that there is, and the result says so.
    (result.verified === 'none' && answerHasLied(circumstances));
  if (result.etag !== object.etag && !isTold && !isOvertaken(observed, circumstances))
    yield `the result says ETag ${result.etag}, but it is ${object.etag}`;
  const [range] = scene.server.provenance(destination.bucket, destination.key);
  if (result.strategy === 'multipart' && range?.etag !== observed.plan?.etag && !isLied) {
    yield `its bytes are of ${range?.etag}, but the copy was of ${observed.plan?.etag}`;
  }
  // An equal object that was written within the same seconds can't be told from the copy but by its properties: a warning names them.
  const isEqual = storedNothing && result.warnings.some(({ code }) => code === 'PROPERTIES_DIFFER');
  if (!isEqual) {
    yield* findLostProperties(scene, result, object, circumstances);
    yield* findWrongFacts(scene, result, object, observed, circumstances);
  }
  yield* findWrongVerification(observed, result, object, circumstances);
  yield* findOverwritten(scene, result, object, circumstances);
}

function* findWrongSkip(
  result: CopyResult,
  object: TestObjectView,
  { options, others, isAlone, uploadsBefore }: Circumstances,
): Generator<string> {
  if (options.ifExists !== 'skip') yield `it was skipped, but ifExists is ${inspect(options.ifExists)}`;
  const isTheirs = others.some((other) => isSame(other, object));
  // The Complete of a run that was killed may come through when nobody waits for it any more.
  const isLate = uploadsBefore.some(({ uploadId }) => uploadId === object.uploadId);
  if (!isTheirs && !isLate && isAlone) yield 'it was skipped, but what is there now is something else than before';
  if (isTheirs && result.size !== object.size) yield `the result says ${result.size} bytes of what has ${object.size}`;
  if (result.verified !== 'none' || result.parts !== 0) yield 'it was skipped, but says that something was copied';
}

/** Says how the destination differs from the source, or from any one object that the source has been. */
export function describeWrongBytes({ server, options: { size } }: Scene): string | undefined {
  const ranges = server.provenance(destination.bucket, destination.key);
  const [only] = ranges;
  const has = server.object(destination.bucket, destination.key)?.size;
  if (size === 0 && has === 0) return undefined;
  const isRight =
    ranges.length === 1 &&
    only?.bucket === source.bucket &&
    only.key === source.key &&
    only.offset === 0 &&
    only.start === 0 &&
    only.end === size - 1;
  return isRight ? undefined : `its ${has} bytes (of ${size}) come from ${JSON.stringify(ranges.slice(0, 4))}`;
}

function* findLostProperties(
  scene: Scene,
  result: CopyResult,
  object: TestObjectView,
  { options }: Circumstances,
): Generator<string> {
  const wanted = sourceView(scene);
  const { preserve = {} } = options;
  const personality = personalities[scene.options.personality ?? (scene.options.vendor === 'obs' ? 'obs' : 'aws')];
  const { 'content-language': language = '', ...headers } = wanted.headers;
  const kept = personality.lostHeaders.includes('content-language')
    ? headers
    : { ...headers, 'content-language': language };
  const carries = preserve.metadata !== false;
  if (!isDeepStrictEqual({ ...object.headers }, carries ? kept : {}) && carries) {
    yield `its headers are ${JSON.stringify(object.headers)}`;
  }
  if (!isDeepStrictEqual({ ...object.metadata }, carries ? { ...wanted.metadata } : {})) {
    yield `its metadata are ${JSON.stringify(object.metadata)}`;
  }
  // Nobody looks if nothing is to be verified, and nobody sees what can't be read.
  const isSaid =
    result.verified === 'none' ||
    result.warnings.some(({ code }) => code === 'PROPERTIES_DIFFER' || code === 'SIZE_NOT_VERIFIED');
  const isDropped = object.websiteRedirectLocation === undefined && isSaid;
  if (carries && !isDropped && object.websiteRedirectLocation !== wanted.websiteRedirectLocation) {
    yield `its redirect is ${object.websiteRedirectLocation}`;
  }
  const isTold = preserve.tags !== true && result.warnings.some(({ code }) => code === 'TAGS_NOT_PRESERVED');
  if (!isTold && !isDeepStrictEqual({ ...object.tags }, preserve.tags === false ? {} : { ...wanted.tags })) {
    yield `its tags are ${JSON.stringify(object.tags)}`;
  }
  const storageClass = preserve.storageClass === true ? wanted.storageClass : 'STANDARD';
  if (object.storageClass !== storageClass) yield `its storage class is ${object.storageClass}, not ${storageClass}`;
}

/** What the result says of how it came about. */
function* findWrongFacts(
  scene: Scene,
  result: CopyResult,
  object: TestObjectView,
  observed: ObservedCopy,
  circumstances: Circumstances,
): Generator<string> {
  const { plan, uploads, retries, warnings } = observed;
  const isMultipart = result.strategy === 'multipart';
  const upload = uploads.at(-1);
  const parts = isMultipart ? object.parts?.length : 0;
  if (result.strategy !== plan?.strategy) yield `it was ${result.strategy}, but ${plan?.strategy} was planned`;
  if (result.parts !== parts) yield `the result says ${result.parts} parts, but it has ${parts}`;
  const largest = isMultipart ? Math.max(...(object.parts ?? []).map(({ size }) => size)) : object.size;
  if (result.partSize !== largest) yield `the result says parts of ${result.partSize}, but they have ${largest} bytes`;
  const uploadId = isMultipart ? object.uploadId : undefined;
  if (result.uploadId !== uploadId) yield `the result says upload ${result.uploadId}, but ${uploadId} made it`;
  if (isMultipart && upload?.uploadId !== uploadId) yield `the event reported upload ${upload?.uploadId}`;
  if (result.resumed !== (upload?.resumed ?? false)) yield `the result says resumed: ${result.resumed}`;
  if (result.retries !== retries.length)
    yield `the result says ${result.retries} retries, but reported ${retries.length}`;
  if (!isDeepStrictEqual(result.warnings, warnings)) yield 'the result has other warnings than it reported';
  if (
    result.versionId !== undefined &&
    !isOvertaken(observed, circumstances) &&
    result.versionId !== object.versionId &&
    !isOtherAttempt(scene, result)
  ) {
    yield `the result says version ${result.versionId}, but it is ${object.versionId}`;
  }
}

/** Each CopyObject that is sent again makes a version of its own, and the one that the result names is a whole copy, too. */
function isOtherAttempt({ server }: Scene, { strategy, retries, versionId, etag, size }: CopyResult): boolean {
  if (strategy !== 'single' || retries === 0) return false;
  const ranges = server.provenance(destination.bucket, destination.key, versionId);
  const isWhole = ranges.every(({ bucket, key }) => bucket === source.bucket && key === source.key);
  const version = server.object(destination.bucket, destination.key, versionId);
  return isWhole && version?.etag === etag && version.size === size;
}

/** A CopyObject that was taken for lost may come through when the one that was sent after it has been answered. */
function isOvertaken(observed: ObservedCopy, circumstances: Circumstances): boolean {
  if (timedOut(observed).has('copyObject')) return true;
  // Also that of an earlier run, which was cancelled: each copy of an encrypted object has an ETag of its own.
  if (circumstances.isSecond && circumstances.options.destination.sse !== undefined) return true;
  return hasMet(circumstances, ({ request: { operation }, rule }) => {
    return operation === 'copyObject' && rule !== undefined && LATE.has(rule.kind);
  });
}

function* findWrongVerification(
  { plan }: ObservedCopy,
  { strategy, verified, warnings }: CopyResult,
  object: TestObjectView,
  circumstances: Circumstances,
): Generator<string> {
  const { verify = 'etag' } = circumstances.options;
  const isPredictable = strategy === 'multipart' ? object.etag === joinedEtag(object) : object.etag === plan?.etag;
  const best = verify === 'etag' && !isPredictable ? 'size' : verify;
  // What could not be read can't be compared.
  const isUnseen = warnings.some(({ code }) => code === 'SIZE_NOT_VERIFIED');
  if (verified === best || headHasLied(circumstances)) return;
  if (isUnseen && verified === 'none') return;
  yield `the result says verified: '${verified}', but it was '${best}'`;
}

/** `md5(m1 ‖ … ‖ mN)-N` over the parts. */
function joinedEtag({ parts = [] }: TestObjectView): string {
  const digests = Buffer.from(parts.map(({ etag }) => etag).join(''), 'hex');
  return `${createHash('md5').update(digests).digest('hex')}-${parts.length}`;
}

/** What came into being meanwhile must not be overwritten where the store can prevent it. */
function* findOverwritten(
  { options: { personality = 'obs' } }: Scene,
  { strategy }: CopyResult,
  object: TestObjectView,
  circumstances: Circumstances,
): Generator<string> {
  const { options, others } = circumstances;
  // Some stores refuse the condition for a key that is free, so a HEAD that shows nothing there outweighs the refusal.
  if (headHasLied(circumstances)) return;
  if ((options.ifExists ?? 'overwrite') === 'overwrite' || strategy !== 'multipart') return;
  if (personalities[personality].conditionsOnComplete !== 'obeyed') return;
  const theirs = others.find((other) => other !== undefined && other.lastModified < object.lastModified);
  if (theirs !== undefined && theirs.uploadId !== object.uploadId) {
    yield `it overwrote what was there, though ifExists is ${inspect(options.ifExists)}`;
  }
}

/** Whether two looks saw the same object. */
export function isSame(before: TestObjectView | undefined, now: TestObjectView | undefined): boolean {
  return (
    before?.etag === now?.etag &&
    before?.versionId === now?.versionId &&
    before?.uploadId === now?.uploadId &&
    before?.lastModified.getTime() === now?.lastModified.getTime()
  );
}
