import { integer, optional, type Rule } from '../check-options.ts';

/** A lock that is shorter is lost by a busy process, and one that is longer keeps others waiting for hours after its process has died. */
export const leaseMs: Rule<number> = optional(integer(1000, 3_600_000), 30_000);
