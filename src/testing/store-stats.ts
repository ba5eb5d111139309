import type { FaultKind } from './fault.ts';
import type { OperationName } from './operation-name.ts';

/** What the store has seen so far. */
export interface TestStoreStats {
  readonly requests: number;
  /** Requests by operation. */
  readonly operations: Readonly<Partial<Record<OperationName, number>>>;
  /** Answers by status; requests that got none count as 0. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Faults by kind. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** Requests refused by the throttle. */
  readonly throttled: number;
  /** Part copies that landed. */
  readonly copiedParts: number;
  /** Part copies that landed on a part that was there already. */
  readonly duplicateParts: number;
  /** Bytes moved by part copies and CopyObject. */
  readonly bytesCopied: number;
  /** Most requests in work at once. */
  readonly maxInFlight: number;
  /** Most part copies in work at once. */
  readonly maxPartsInFlight: number;
  /** Connections accepted. */
  readonly connections: number;
}

/** Counts what happens. */
export class StatsCounter {
  readonly #operations = new Map<OperationName, number>();
  readonly #statuses = new Map<number, number>();
  readonly #faults = new Map<FaultKind, number>();
  #requests = 0;
  #inFlight = 0;
  #maxInFlight = 0;
  #partsInFlight = 0;
  #maxPartsInFlight = 0;
  throttled = 0;
  copiedParts = 0;
  duplicateParts = 0;
  bytesCopied = 0;
  connections = 0;

  begin(operation: OperationName): void {
    this.#requests += 1;
    count(this.#operations, operation);
    this.#inFlight += 1;
    this.#maxInFlight = Math.max(this.#maxInFlight, this.#inFlight);
    if (operation !== 'copyPart') return;
    this.#partsInFlight += 1;
    this.#maxPartsInFlight = Math.max(this.#maxPartsInFlight, this.#partsInFlight);
  }

  end(operation: OperationName, status: number): void {
    this.#inFlight -= 1;
    if (operation === 'copyPart') this.#partsInFlight -= 1;
    count(this.#statuses, status);
  }

  fault(kind: FaultKind): void {
    count(this.#faults, kind);
  }

  snapshot(): TestStoreStats {
    return {
      requests: this.#requests,
      operations: Object.fromEntries(this.#operations),
      statuses: Object.fromEntries(this.#statuses),
      faults: Object.fromEntries(this.#faults),
      throttled: this.throttled,
      copiedParts: this.copiedParts,
      duplicateParts: this.duplicateParts,
      bytesCopied: this.bytesCopied,
      maxInFlight: this.#maxInFlight,
      maxPartsInFlight: this.#maxPartsInFlight,
      connections: this.connections,
    };
  }
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
