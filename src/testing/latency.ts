import { operationNames, type OperationName } from './operation-name.ts';
import type { Random } from './random.ts';
import type { RequestInfo } from './request-info.ts';

/** Uniform between two bounds. */
export interface UniformLatency {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Log-normal, as real stores are, with a tail of outliers on request. */
export interface LogNormalLatency {
  readonly medianMs: number;
  /** Standard deviation of the logarithm. @default 0 */
  readonly sigma?: number | undefined;
  /** Share of requests that take `tailFactor` times as long. @default 0 */
  readonly tailRatio?: number | undefined;
  /** @default 20 */
  readonly tailFactor?: number | undefined;
}

/** Milliseconds, a distribution, or a function that says how long a request takes. */
export type Latency = number | UniformLatency | LogNormalLatency | ((request: RequestInfo) => number);

/** One latency for all operations, or one for each; `default` for those that aren't named. */
export type LatencyOption =
  | Latency
  | ({ readonly [operation in OperationName]?: Latency } & { readonly default?: Latency });

/** Says how long each request takes. */
export class LatencyModel {
  readonly #byOperation: ReadonlyMap<OperationName, Latency>;
  readonly #random: Random;
  readonly #looksAtRequests: boolean;

  constructor(option: LatencyOption | undefined, random: Random) {
    this.#random = random;
    this.#byOperation = new Map(operationNames.map((operation) => [operation, latencyOf(option, operation)]));
    this.#looksAtRequests = [...this.#byOperation.values()].some((latency) => typeof latency === 'function');
  }

  /** Whether any latency is a function, which hears of each request. */
  get looksAtRequests(): boolean {
    return this.#looksAtRequests;
  }

  /** Milliseconds that this request takes. */
  draw(request: RequestInfo): number {
    const latency = this.#byOperation.get(request.operation) ?? 0;
    if (typeof latency === 'number') return latency;
    if (typeof latency === 'function') return latency(request);
    if ('medianMs' in latency) return this.#drawLogNormal(latency);
    return latency.minMs + (latency.maxMs - latency.minMs) * this.#random();
  }

  #drawLogNormal({ medianMs, sigma = 0, tailRatio = 0, tailFactor = 20 }: LogNormalLatency): number {
    // Both numbers are always drawn, so that changing one setting doesn't shift what the seed gives for the others.
    const isTail = this.#random() < tailRatio;
    const normal = Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random());
    return medianMs * Math.exp(sigma * normal) * (isTail ? tailFactor : 1);
  }
}

function latencyOf(option: LatencyOption | undefined, operation: OperationName): Latency {
  if (option === undefined) return 0;
  if (typeof option !== 'object' || 'minMs' in option || 'medianMs' in option) return option;
  return option[operation] ?? option.default ?? 0;
}
