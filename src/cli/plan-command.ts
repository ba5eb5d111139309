import { planCopy } from '../copy.ts';
import { formatBytes } from '../plan/byte-size.ts';
import type { CopyPlan } from '../plan/copy-plan.ts';
import type { PartRange } from '../plan/part-range.ts';
import { type CopyFlags, readCopyFlags } from './copy-flags.ts';
import type { ReportFlags } from './copy-command.ts';
import { formatDuration } from './duration.ts';
import {
  ADAPTED_CONCURRENCY,
  type DurationAssumptions,
  estimateDuration,
  USUAL_STORE,
} from '../plan/estimate-duration.ts';
import { EXIT_CODES } from './exit-code.ts';
import { type Output, writeLine } from './output.ts';

export interface PlanFlags extends CopyFlags, ReportFlags {
  readonly parts?: boolean;
  readonly assumeLatency?: number;
  readonly assumePartRate?: number;
}

const SHOWN_PARTS = 3;
/** A plan asks little and is waited for: better a quick answer than one that a busy store grants in the end. */
const RETRY = { maxAttempts: 5, maxElapsedMs: 10_000 };

/** Runs `plan`: says what `copy` would do, by HEADs only. Gives the exit code. */
export async function runPlanCommand(
  sourceText: string,
  destinationText: string,
  flags: PlanFlags,
  output: Output,
): Promise<number> {
  const { options } = readCopyFlags(sourceText, destinationText, flags);
  const plan = await planCopy({ ...options, retry: RETRY });
  const assumptions: DurationAssumptions = {
    concurrency: typeof flags.concurrency === 'number' ? flags.concurrency : ADAPTED_CONCURRENCY,
    latencyMs: flags.assumeLatency ?? USUAL_STORE.latencyMs,
    bytesPerSecondPerPart: flags.assumePartRate ?? USUAL_STORE.bytesPerSecondPerPart,
  };
  const estimatedMs = Math.round(
    plan.strategy === 'single' || plan.strategy === 'multipart'
      ? estimateDuration(plan, assumptions)
      : plan.requests * assumptions.latencyMs,
  );
  const text =
    flags.json === true
      ? JSON.stringify({ ...plan, estimate: { durationMs: estimatedMs, ...assumptions } })
      : formatPlan(plan, estimatedMs, assumptions, flags.parts === true);
  writeLine(output.stdout, text);
  return EXIT_CODES.done;
}

function formatPlan(plan: CopyPlan, estimatedMs: number, assumptions: DurationAssumptions, showsAll: boolean): string {
  const rows = [
    ['size', `${formatBytes(plan.size)} (${plan.size} bytes)`],
    ['etag', plan.etag ?? 'unknown'],
    ['strategy', plan.strategy],
    ['parts', plan.strategy === 'multipart' ? `${plan.parts.length} of ${formatBytes(plan.partSize)}` : 'none'],
    ['requests', String(plan.requests)],
    ['estimated', `${formatDuration(estimatedMs)} ${formatAssumptions(assumptions)}`],
  ];
  const lines = rows.map(([name, value]) => `${(name ?? '').padEnd(10)} ${value}`);
  return [...lines, ...listParts(plan.parts, showsAll)].join('\n');
}

function formatAssumptions({ concurrency, latencyMs, bytesPerSecondPerPart }: DurationAssumptions): string {
  return `(assuming ${concurrency} parts at once, ${latencyMs} ms a request, ${formatBytes(bytesPerSecondPerPart)}/s a part)`;
}

function listParts(parts: readonly PartRange[], showsAll: boolean): string[] {
  if (parts.length === 0) return [];
  const format = (part: PartRange): string =>
    `${String(part.partNumber).padStart(6)}  bytes=${part.start}-${part.end}  ${formatBytes(part.size)}`;
  if (showsAll || parts.length <= SHOWN_PARTS + 2) return ['', ...parts.map(format)];
  const hidden = parts.length - SHOWN_PARTS - 1;
  return [
    '',
    ...parts.slice(0, SHOWN_PARTS).map(format),
    `     …  ${hidden} more (--parts shows them)`,
    ...parts.slice(-1).map(format),
  ];
}
