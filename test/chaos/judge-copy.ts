import type { Circumstances } from './circumstances.ts';
import type { Scene } from './copy-scene.ts';
import { judgeEvents } from './judge-events.ts';
import { judgeFailure } from './judge-failure.ts';
import { findWrongSuccess } from './judge-success.ts';
import { judgeUploads } from './judge-uploads.ts';
import type { ObservedCopy } from './observe-copy.ts';

/** What was wrong with a copy; the kinds are counted apart. */
export interface Violation {
  readonly kind:
    | 'false success'
    | 'orphan'
    | 'hang'
    | 'untyped error'
    | 'false failure'
    | 'destination changed'
    | 'odd event'
    | 'odd result'
    | 'over budget'
    | 'foreign upload'
    | 'secret';
  readonly what: string;
}

/**
 * Holds a copy to what is promised: the right bytes and success, or a true error and nothing changed. To be called when the store is
 * idle, so that what comes through late counts.
 */
export function judgeCopy(scene: Scene, observed: ObservedCopy, circumstances: Circumstances): readonly Violation[] {
  const violations: Violation[] = observed.oddities.map((what) => ({ kind: 'odd event', what }));
  const { result, failure } = observed;
  if (observed.hung) {
    violations.push({ kind: 'hang', what: `it had not ended after ${Math.round(observed.elapsedMs)} ms` });
    return violations;
  }
  if (result !== undefined) {
    for (const what of findWrongSuccess(scene, result, observed, circumstances)) {
      violations.push({ kind: 'false success', what });
    }
  }
  if (failure !== undefined) violations.push(...judgeFailure(scene, failure.error, observed, circumstances));
  violations.push(...judgeEvents(scene, observed, circumstances));
  violations.push(...judgeUploads(scene, observed, circumstances));
  return violations;
}
