import type { CopyPlan } from '../plan/copy-plan.ts';
import type { PartRange } from '../plan/part-range.ts';
import type { LostCreates } from '../engine/orphan-search.ts';
import type { ResumedUpload } from '../engine/resumed-upload.ts';
import type { UploadRecord } from '../engine/upload-record.ts';

/** What a copy goes on with: the plan, and what an earlier run left. */
export interface TakenUp {
  readonly plan: CopyPlan;
  readonly resumed: ResumedUpload | undefined;
  /** Creates of an earlier run that was killed before they were answered. */
  readonly lostBefore: LostCreates | undefined;
  readonly record: UploadRecord;
}

/** The plan with the parts of an earlier run in place of its own. */
export function withParts(plan: CopyPlan, parts: readonly PartRange[]): CopyPlan {
  const partSize = parts.reduce((largest, part) => Math.max(largest, part.size), 0);
  return Object.freeze({ ...plan, parts, partSize, requests: plan.requests - plan.parts.length + parts.length });
}
