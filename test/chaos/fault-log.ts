import type { FaultHook, FaultRule, RequestInfo } from '../../src/testing/index.ts';
import { FaultPlan } from '../../src/testing/fault-plan.ts';
import { createRandom } from '../../src/testing/random.ts';

/** A request as the store got it, and the rule that struck it. */
export interface LoggedRequest {
  readonly request: RequestInfo;
  readonly rule: FaultRule | undefined;
  /** On the clock of `performance.now()`. */
  readonly at: number;
}

/** Lets rules strike, and keeps account of which struck what: two rules of one kind are two things that go wrong. */
export class FaultLog {
  readonly requests: LoggedRequest[] = [];
  readonly #seed: number;
  #plan: FaultPlan;
  readonly #listeners = new Set<(request: RequestInfo) => void>();

  constructor(rules: readonly FaultRule[], seed: number) {
    this.#seed = seed;
    this.#plan = new FaultPlan(rules, createRandom(seed));
  }

  /** For the store. */
  readonly hook: FaultHook = (request) => {
    const rule = this.#plan.pick(request);
    this.requests.push({ request, rule, at: performance.now() });
    for (const listener of this.#listeners) listener(request);
    return rule;
  };

  /** Replaces the rules; what struck before stays on record. */
  setRules(rules: readonly FaultRule[]): void {
    this.#plan = new FaultPlan(rules, createRandom(this.#seed));
  }

  /** Calls back at each request, until the returned function is called. */
  listen(listener: (request: RequestInfo) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  hasStruck(rule: FaultRule): boolean {
    return this.requests.some((logged) => logged.rule === rule);
  }
}
