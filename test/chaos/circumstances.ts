import { StoreError, type CopyOptions, type CopyWarning } from '../../src/index.ts';
import type { FaultKind, FaultRule, TestObjectView, TestUpload } from '../../src/testing/index.ts';
import type { LoggedRequest } from './fault-log.ts';
import type { ObservedCopy } from './observe-copy.ts';

/** What a copy met, by which it is judged. */
export interface Circumstances {
  readonly options: CopyOptions;
  /** What the store was sent while the copy ran, and what struck it. */
  readonly requests: readonly LoggedRequest[];
  /** The same of earlier runs. */
  readonly requestsBefore: readonly LoggedRequest[];
  /** Whether the store refused requests as they were too many. */
  readonly throttled: boolean;
  /** Whether no other copy to the same key ran at the same time. */
  readonly isAlone: boolean;
  /** The uploads that such a copy reported. */
  readonly notOurs: readonly string[];
  /** Whether an earlier run left an upload, or a Complete, that may come through even now. */
  readonly isSecond: boolean;
  /** What was at the destination at first, and what others put there meanwhile. */
  readonly others: readonly (TestObjectView | undefined)[];
  /** Uploads that were there before, of which this copy was told by its options, or by a checkpoint. */
  readonly uploadsBefore: readonly TestUpload[];
  /** Uploads of other programs, with the number of their parts. */
  readonly foreign: readonly TestUpload[];
  /** What the checkpoint says after the copy: an upload that it names is kept on purpose. */
  readonly checkpoint: string;
  /** What an earlier run of the same copy reported, or one at the same time. */
  readonly earlierWarnings: readonly CopyWarning[];
  /** Whether the source was replaced after an earlier run. */
  readonly sourceWasReplaced: boolean;
}

/** The rules that struck, each of them once. */
export function rulesThatStruck({ requests }: Pick<Circumstances, 'requests'>): ReadonlySet<FaultRule> {
  return new Set(requests.flatMap(({ rule }) => rule ?? []));
}

/** Whether some rule struck that is as asked. */
export function hasMet(circumstances: Pick<Circumstances, 'requests'>, is: (rule: LoggedRequest) => boolean): boolean {
  return circumstances.requests.some((logged) => logged.rule !== undefined && is(logged));
}

const LYING: ReadonlySet<FaultKind> = new Set(['wrongEtag', 'noEtagIn200']);

/** Whether a HEAD said something untrue of an object: the copy may be taken for wrong, or the source for another one, though it is right. */
export function headHasLied(circumstances: Circumstances): boolean {
  return hasMet(
    circumstances,
    ({ request, rule }) =>
      request.operation === 'headObject' && rule !== undefined && (LYING.has(rule.kind) || rule.status === 404),
  );
}

/** Whether a copy that fails leaves its upload for another run. */
export function isKeeping({ options }: Circumstances): boolean {
  return options.onFailure === 'keep' || (options.checkpoint !== undefined && options.onFailure !== 'abort');
}

/** Whether the answer to CopyObject named an ETag that its object doesn't have. */
export function answerHasLied(circumstances: Circumstances): boolean {
  return hasMet(
    circumstances,
    ({ request: { operation }, rule }) =>
      rule !== undefined && (operation === 'copyObject' ? LYING.has(rule.kind) : rule.kind === 'wrongEtag'),
  );
}

/** The requests that were given up as no answer came in time: a machine that stands still for long enough is a fault, too. */
export function timedOut({ failure, retries }: ObservedCopy): ReadonlySet<string> {
  const errors: unknown[] = retries.map(({ error }) => error);
  for (let reason = failure?.error; reason instanceof Error && errors.length < 1000; reason = reason.cause) {
    errors.push(reason, (reason as { abortError?: unknown }).abortError);
  }
  const late = errors.filter((error) => error instanceof StoreError && error.vendorCode === 'TimeoutError');
  return new Set(late.map((error) => (error as StoreError).operation));
}

/** Kinds whose work is done, or may be, after the client has been told otherwise or has stopped waiting. */
export const LATE: ReadonlySet<FaultKind> = new Set(['delay', 'qosDelay', 'errorBeforeWork', 'resetBeforeWork']);
