import { SharedPace } from '../engine/pace/shared-pace.ts';
import type { NormalizedCopyOptions } from '../options/normalize-copy-options.ts';
import type { CopyStore } from '../store/copy-store.ts';

/** The paces of stores, for runs that share them. */
export class Paces {
  readonly #ofStore = new WeakMap<CopyStore, Map<string, SharedPace>>();

  /** @returns undefined for a fixed concurrency, which is each run's own */
  of({ store, concurrency }: Pick<NormalizedCopyOptions, 'store' | 'concurrency'>): SharedPace | undefined {
    if (!concurrency.adaptive) return undefined;
    const paces = this.#ofStore.get(store) ?? new Map<string, SharedPace>();
    this.#ofStore.set(store, paces);
    const bounds = JSON.stringify(concurrency);
    const pace = paces.get(bounds) ?? new SharedPace(concurrency);
    paces.set(bounds, pace);
    return pace;
  }
}
