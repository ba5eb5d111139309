import { inspect } from 'node:util';
import { messageOf } from '../../src/errors.ts';
import { runInVirtualTime } from '../simulator/virtual-time.ts';
import { runRandomly, type RandomOutcome } from './random-run.ts';
import type { Way } from './ways-to-store.ts';

/** How many runs ended how. All from the false successes on must be 0. */
export interface Tally {
  runs: number;
  completedRight: number;
  failedTruly: number;
  /** Runs that at least one fault struck, rules that struck, and all rules. */
  met: number;
  rulesStruck: number;
  rules: number;
  /** Uploads that could not be cleaned up, each of them reported. */
  orphansTold: number;
  falseSuccesses: number;
  orphans: number;
  unhandled: number;
  hangs: number;
  otherViolations: number;
}

/** Which runs to make. */
export interface RunsToMake {
  readonly seed: number;
  readonly first: number;
  readonly runs: number;
  readonly ways?: readonly Way[] | undefined;
}

/** Runs many random copies, tells of each violation as it comes, and counts. */
export async function runMany({ seed, first, runs, ways }: RunsToMake, tell: (line: string) => void): Promise<Tally> {
  const tally: Tally = {
    runs: 0,
    completedRight: 0,
    failedTruly: 0,
    met: 0,
    rulesStruck: 0,
    rules: 0,
    orphansTold: 0,
    falseSuccesses: 0,
    orphans: 0,
    unhandled: 0,
    hangs: 0,
    otherViolations: 0,
  };
  let running = first;
  const onUnhandled = (reason: unknown): void => {
    tally.unhandled++;
    tell(`unhandled rejection: ${inspect(reason)}\n  ${reproduction(seed, running, ways)}`);
  };
  process.on('unhandledRejection', onUnhandled);
  try {
    await runInVirtualTime(async () => {
      for (; running < first + runs; running++) {
        try {
          countOutcome(tally, await runRandomly(seed, running, ways), (line) =>
            tell(`${line}\n  ${reproduction(seed, running, ways)}`),
          );
        } catch (error) {
          tally.otherViolations++;
          tell(`the run itself failed: ${messageOf(error)}\n  ${reproduction(seed, running, ways)}`);
        }
      }
    });
  } finally {
    process.off('unhandledRejection', onUnhandled);
  }
  return tally;
}

/** The command that does one run again. */
function reproduction(seed: number, run: number, ways?: readonly Way[]): string {
  return `npm run chaos -- --seed ${seed} --only ${run}${ways === undefined ? '' : ' --ways all'}`;
}

function countOutcome(tally: Tally, outcome: RandomOutcome, tell: (line: string) => void): void {
  tally.runs++;
  tally.orphansTold += outcome.toldOrphans;
  if (outcome.struck.size > 0) tally.met++;
  tally.rulesStruck += outcome.struck.size;
  tally.rules += outcome.plan.faults.length;
  const kinds = new Set(outcome.violations.map(({ kind }) => kind));
  if (kinds.has('false success')) tally.falseSuccesses++;
  if (kinds.has('orphan')) tally.orphans++;
  if (kinds.has('hang')) tally.hangs++;
  for (const kind of kinds) if (!['false success', 'orphan', 'hang'].includes(kind)) tally.otherViolations++;
  for (const { kind, what } of outcome.violations) tell(`${kind}: ${what}`);
  if (kinds.size > 0) return;
  if (outcome.observed.at(-1)?.result === undefined) tally.failedTruly++;
  else tally.completedRight++;
}

/** Whether nothing happened that must not. */
export function isClean(tally: Tally): boolean {
  const { falseSuccesses, orphans, unhandled, hangs, otherViolations } = tally;
  return falseSuccesses + orphans + unhandled + hangs + otherViolations === 0;
}

/** The counts in lines. */
export function describeTally(tally: Tally): string {
  return [
    `runs              ${tally.runs}`,
    `completed right   ${tally.completedRight}`,
    `failed truly      ${tally.failedTruly}`,
    `met a fault       ${tally.met} (${percent(tally.met, tally.runs)}); ${percent(tally.rulesStruck, tally.rules)} of the ${tally.rules} rules struck`,
    `FALSE SUCCESSES   ${tally.falseSuccesses}`,
    `orphans           ${tally.orphans} (and ${tally.orphansTold} that could not be cleaned up and were reported)`,
    `unhandled         ${tally.unhandled}`,
    `hangs             ${tally.hangs}`,
    `other violations  ${tally.otherViolations}`,
  ].join('\n');
}

function percent(count: number, of: number): string {
  return `${of === 0 ? 0 : Math.round((100 * count) / of)} %`;
}
