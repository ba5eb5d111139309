import type { FaultRule, OperationName, PersonalityName } from '../../src/testing/index.ts';
import { destination, source } from './copy-scene.ts';

/** A request that a fault strikes, and how the copy is made to send it. */
export interface MatrixTarget {
  readonly name: string;
  readonly rule: FaultRuleCondition & { readonly operation: OperationName };
  /** Other things that go wrong, so that the request is sent at all. */
  readonly besides?: readonly FaultRule[];
  /** Because of those, the copy fails anyhow. */
  readonly fails?: boolean;
  /** Only a server that behaves like this is sent the request. */
  readonly personality?: PersonalityName;
  readonly strategy?: 'single' | 'resumed' | 'encrypted';
  /** The request is part of cleaning up. */
  readonly cleansUp?: boolean;
}

type FaultRuleCondition = Pick<FaultRule, 'operation' | 'bucket' | 'partNumber' | 'after'>;

const refusedPart: FaultRule = {
  operation: 'copyPart',
  partNumber: 2,
  kind: 'error',
  status: 403,
  code: 'AccessDenied',
};
const lostPart: FaultRule = { operation: 'copyPart', partNumber: 2, kind: 'resetAfterWork', times: 1 };
const lostCreate: FaultRule = { operation: 'createMultipartUpload', kind: 'resetAfterWork', times: 1 };
const undoneComplete: FaultRule = { operation: 'completeMultipartUpload', kind: 'reset', times: 1 };
const lostComplete: FaultRule = { operation: 'completeMultipartUpload', kind: 'resetAfterWork', times: 1 };
const inSource = { bucket: source.bucket };
const inDestination = { bucket: destination.bucket };

/** What goes wrong where. */
export const matrixTargets: readonly MatrixTarget[] = [
  { name: 'the first HEAD', rule: { operation: 'headObject', ...inSource } },
  { name: 'the HEAD before Complete', rule: { operation: 'headObject', ...inSource, after: 1 } },
  { name: 'the HEAD after Complete', rule: { operation: 'headObject', ...inDestination } },
  {
    name: 'the HEAD after a lost Complete',
    rule: { operation: 'headObject', ...inDestination },
    besides: [lostComplete],
  },
  { name: 'reading the tags', rule: { operation: 'getObjectTagging', ...inSource } },
  { name: "reading the copy's tags", rule: { operation: 'getObjectTagging', ...inDestination } },
  { name: 'writing the tags', rule: { operation: 'putObjectTagging' }, personality: 'ceph-rgw' },
  { name: 'Create', rule: { operation: 'createMultipartUpload' } },
  { name: 'one part', rule: { operation: 'copyPart', partNumber: 3 } },
  { name: 'any part', rule: { operation: 'copyPart' } },
  {
    name: 'ListParts after a lost part',
    rule: { operation: 'listParts' },
    besides: [lostPart],
    strategy: 'encrypted',
  },
  { name: 'ListParts after an undone Complete', rule: { operation: 'listParts' }, besides: [undoneComplete] },
  { name: 'ListParts of a resumed upload', rule: { operation: 'listParts' }, strategy: 'resumed' },
  { name: 'Complete', rule: { operation: 'completeMultipartUpload' } },
  { name: 'Abort', rule: { operation: 'abortMultipartUpload' }, besides: [refusedPart], fails: true, cleansUp: true },
  {
    name: 'ListParts after Abort',
    rule: { operation: 'listParts' },
    besides: [refusedPart],
    fails: true,
    cleansUp: true,
  },
  {
    name: 'ListMultipartUploads after a lost Create',
    rule: { operation: 'listMultipartUploads' },
    besides: [lostCreate],
    cleansUp: true,
  },
  { name: 'CopyObject', rule: { operation: 'copyObject' }, strategy: 'single' },
  { name: 'the HEAD after CopyObject', rule: { operation: 'headObject', ...inDestination }, strategy: 'single' },
];
