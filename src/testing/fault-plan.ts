import type { Fault, FaultHook, FaultRule } from './fault.ts';
import type { Random } from './random.ts';
import type { RequestInfo } from './request-info.ts';

/** Picks the fault, if any, that strikes a request: the first rule that applies. */
export class FaultPlan {
  readonly #rules: readonly { readonly rule: FaultRule | FaultHook; seen: number; struck: number }[];
  readonly #random: Random;

  constructor(rules: readonly (FaultRule | FaultHook)[], random: Random) {
    this.#rules = rules.map((rule) => ({ rule, seen: 0, struck: 0 }));
    this.#random = random;
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  pick(request: RequestInfo): Fault | undefined {
    for (const entry of this.#rules) {
      const { rule } = entry;
      if (typeof rule === 'function') {
        const fault = rule(request);
        if (fault !== undefined) return fault;
        continue;
      }
      if (!applies(rule, request)) continue;
      entry.seen += 1;
      if (entry.seen <= (rule.after ?? 0)) continue;
      if (entry.struck >= (rule.times ?? Infinity)) continue;
      if (this.#random() >= (rule.probability ?? 1)) continue;
      entry.struck += 1;
      return rule;
    }
    return undefined;
  }
}

function applies(rule: FaultRule, request: RequestInfo): boolean {
  const { operation } = rule;
  if (
    typeof operation === 'string' ? operation !== request.operation : operation?.includes(request.operation) === false
  ) {
    return false;
  }
  return (
    (rule.bucket === undefined || rule.bucket === request.bucket) &&
    (rule.key === undefined || rule.key === request.key) &&
    (rule.partNumber === undefined || rule.partNumber === request.partNumber) &&
    (rule.attempt === undefined || rule.attempt === request.attempt) &&
    request.attempt <= (rule.maxAttempt ?? Infinity)
  );
}
