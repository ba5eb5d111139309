import type { CopyPhase, HedgeEvent, PartEvent, UploadEvent, WarningCode } from '../events.ts';
import type { RetryListener } from '../request/operation-runner.ts';
import type { CopyPlan } from '../plan/copy-plan.ts';

/** Hears what happens to a copy. Nothing it does comes back to the engine. */
export interface CopyReporter extends RetryListener {
  phase(phase: CopyPhase): void;
  plan(plan: CopyPlan): void;
  upload(event: UploadEvent): void;
  /** Bytes and parts that an earlier run has copied already. */
  alreadyCopied(parts: number, bytes: number): void;
  /** @param describe - makes the event, if somebody listens */
  part(size: number, attempts: number, describe: () => PartEvent): void;
  inFlight(parts: number, concurrency: number): void;
  hedge(event: HedgeEvent): void;
  /** @param uploadId - the upload that it is about, if it is about one */
  warning(code: WarningCode, message: string, uploadId?: string): void;
}

const ignore = (): void => undefined;

/** For what nobody listens to. */
export const SILENT: CopyReporter = {
  phase: ignore,
  plan: ignore,
  upload: ignore,
  alreadyCopied: ignore,
  part: ignore,
  inFlight: ignore,
  retry: ignore,
  hedge: ignore,
  throttle: ignore,
  warning: ignore,
};
