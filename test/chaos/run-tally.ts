import { inspect } from 'node:util';
import pLimit from 'p-limit';
import { messageOf } from '../../src/errors.ts';
import { runRandomly, type RandomOutcome } from './random-run.ts';

/** Copies at once: enough to fill the time that stalled ones wait. */
const CONCURRENCY = 10;

/** How many runs ended how. All but the first four must be 0. */
export interface Tally {
  runs: number;
  completedRight: number;
  failedTruly: number;
  /** Uploads that could not be cleaned up, each of them told of. */
  orphansTold: number;
  falseSuccesses: number;
  orphans: number;
  unhandled: number;
  hangs: number;
  otherViolations: number;
}

/** Runs many random copies, tells of each violation as it comes, and counts. */
export async function runMany(
  { seed, first, runs }: { readonly seed: number; readonly first: number; readonly runs: number },
  tell: (line: string) => void,
): Promise<Tally> {
  const tally: Tally = {
    runs: 0,
    completedRight: 0,
    failedTruly: 0,
    orphansTold: 0,
    falseSuccesses: 0,
    orphans: 0,
    unhandled: 0,
    hangs: 0,
    otherViolations: 0,
  };
  const running = new Set<number>();
  const onUnhandled = (reason: unknown): void => {
    tally.unhandled++;
    tell(`unhandled rejection during one of the runs ${[...running].join(', ')} of seed ${seed}: ${inspect(reason)}`);
  };
  process.on('unhandledRejection', onUnhandled);
  const limit = pLimit(CONCURRENCY);
  try {
    await Promise.all(
      Array.from({ length: runs }, (_, index) =>
        limit(async () => {
          const run = first + index;
          running.add(run);
          try {
            countOutcome(tally, await runRandomly(seed, run), (line) => tell(`${line}\n  ${reproduction(seed, run)}`));
          } catch (error) {
            tally.otherViolations++;
            tell(`the run itself failed: ${messageOf(error)}\n  ${reproduction(seed, run)}`);
          }
          running.delete(run);
        }),
      ),
    );
  } finally {
    process.off('unhandledRejection', onUnhandled);
  }
  return tally;
}

/** The command that does one run again. */
function reproduction(seed: number, run: number): string {
  return `npm run chaos -- --seed ${seed} --only ${run}`;
}

function countOutcome(tally: Tally, outcome: RandomOutcome, tell: (line: string) => void): void {
  tally.runs++;
  tally.orphansTold += outcome.toldOrphans;
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
    `FALSE SUCCESSES   ${tally.falseSuccesses}`,
    `orphans           ${tally.orphans} (and ${tally.orphansTold} that could not be cleaned up and were told of)`,
    `unhandled         ${tally.unhandled}`,
    `hangs             ${tally.hangs}`,
    `other violations  ${tally.otherViolations}`,
  ].join('\n');
}
