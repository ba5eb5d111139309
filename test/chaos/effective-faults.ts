import type { FaultKind, OperationName } from '../../src/testing/index.ts';

const IN_ETAG: ReadonlySet<FaultKind> = new Set(['noEtagIn200', 'wrongEtag']);
const IN_BODY: ReadonlySet<FaultKind> = new Set(['truncate', 'slowDrip', 'whitespace']);
const BEHIND_ANSWER: ReadonlySet<FaultKind> = new Set(['errorBeforeWork', 'resetBeforeWork']);
const withEtag: ReadonlySet<OperationName> = new Set([
  'headObject',
  'copyPart',
  'listParts',
  'completeMultipartUpload',
  'copyObject',
]);
const withoutBody: ReadonlySet<OperationName> = new Set(['headObject', 'abortMultipartUpload', 'putObjectTagging']);
const withWork: ReadonlySet<OperationName> = new Set([
  'createMultipartUpload',
  'copyPart',
  'completeMultipartUpload',
  'copyObject',
]);
const withUpload: ReadonlySet<OperationName> = new Set([
  'copyPart',
  'listParts',
  'completeMultipartUpload',
  'abortMultipartUpload',
]);

/** What writes an object as a whole. */
const withObject: ReadonlySet<OperationName> = new Set(['completeMultipartUpload', 'copyObject']);

/** Whether a fault makes any difference to the answer of an operation. */
export function makesADifference(kind: FaultKind, operation: OperationName): boolean {
  if (IN_ETAG.has(kind)) return withEtag.has(operation);
  if (IN_BODY.has(kind)) return !withoutBody.has(operation);
  if (BEHIND_ANSWER.has(kind)) return withWork.has(operation);
  if (kind === 'nothingStored') return withObject.has(operation);
  return kind !== 'loseUpload' || withUpload.has(operation);
}
