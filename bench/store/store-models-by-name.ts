import {
  type StoreModel,
  type Surroundings,
  bandwidthBound,
  latencyBound,
  rateBound,
  slotBound,
} from '../../test/simulator/store-models.ts';

/** Bytes of a part, wherever the benchmark copies parts: the largest whose 10,000 fit into 5 TiB, in whole MiB. */
export const PART_SIZE: number = 524 * 1024 * 1024;

/** The stores that the benchmark copies in. */
export const STORE_MODELS = {
  /** Answers at once. */
  instant: () => (_bytes, answer) => answer({ kind: 'copied' }),
  'latency 50 ms': latencyBound({ medianMs: 50 }),
  'latency 20 ms': latencyBound({ medianMs: 20 }),
  'latency 5 ms': latencyBound({ medianMs: 5 }),
  'latency 50 ms, varying': latencyBound({ medianMs: 50, sigma: 0.3 }),
  /** One part in a hundred takes twenty times as long. */
  'heavy tail': latencyBound({ medianMs: 100, sigma: 0.3, tail: { share: 0.01, factor: 20 } }),
  '300 a second': rateBound({ perSecond: 300, burst: 30, service: { medianMs: 50 }, rejectionMs: 0 }),
  '24 slots, rejecting': slotBound({ slots: 24, service: { medianMs: 50 }, whenBusy: 'reject', rejectionMs: 0 }),
  '24 slots, queueing': slotBound({ slots: 24, service: { medianMs: 50, sigma: 0.3 }, whenBusy: 'wait' }),
  /** As much as 500 parts a second, shared by all. */
  bandwidth: bandwidthBound({ bytesPerMs: PART_SIZE / 2, fixed: { medianMs: 20, sigma: 0.3 } }),
  '12, then 48 slots': slotBound({
    slots: [
      { fromMs: 0, value: 12 },
      { fromMs: 2000, value: 48 },
    ],
    service: { medianMs: 50, sigma: 0.3 },
    whenBusy: 'reject',
    rejectionMs: 0,
  }),
} satisfies Record<string, (surroundings: Surroundings) => StoreModel>;

export type StoreModelName = keyof typeof STORE_MODELS;
