import { faultKinds, type FaultHook, type FaultRule } from './fault.ts';
import { knownNames, type NameKind } from './known-names.ts';
import type { Latency, LatencyOption } from './latency.ts';
import type { OperationName } from './operation-name.ts';
import { personalities } from './personalities.ts';
import type { TestBucket, TestObject, TestStoreOptions } from './test-store-options.ts';
import type { ThrottleOptions } from './throttle.ts';

/**
 * Refuses what would do nothing for being misspelt: a fault that never strikes makes every test of it pass.
 */
export class SpellingCheck {
  readonly #action: string;

  /** @param action - begins the message behind `Cannot …` */
  constructor(action: string) {
    this.#action = action;
  }

  /** @throws {RangeError} a name, a personality, an operation or a kind of fault isn't known */
  options(options: TestStoreOptions): void {
    this.#names('option', options);
    if (options.personality !== undefined)
      this.#require('personality', options.personality, Object.keys(personalities));
    if (options.credentials !== undefined && options.credentials !== false) {
      for (const credentials of [options.credentials].flat()) this.#names('field of credentials', credentials);
    }
    for (const bucket of options.buckets ?? []) this.bucket(bucket);
    for (const object of options.objects ?? []) this.object(object);
    this.#names('limit', options.limits ?? {});
    this.operations(options.denied ?? []);
    this.throttle(options.throttle ?? {});
    this.latency(options.latency ?? 0);
    this.faults(options.faults ?? []);
  }

  faults(faults: readonly (FaultRule | FaultHook)[]): void {
    for (const fault of faults) {
      if (typeof fault === 'function') continue;
      this.#names('field of a fault', fault);
      this.#require('kind of fault', fault.kind, faultKinds);
      this.operations([fault.operation ?? []].flat());
    }
  }

  bucket(bucket: string | TestBucket): void {
    if (typeof bucket !== 'string') this.#names('field of a bucket', bucket);
  }

  object(object: TestObject): void {
    this.#names('field of an object', object);
    this.#names('field of an object lock', object.objectLock ?? {});
    this.#names('field of an encryption', object.encryption ?? {});
  }

  throttle(throttle: ThrottleOptions): void {
    this.#names('field of a throttle', throttle);
    this.operations(throttle.operations ?? []);
  }

  latency(latency: LatencyOption): void {
    if (typeof latency !== 'object') return;
    if ('minMs' in latency || 'medianMs' in latency) {
      this.#names('field of a latency', latency);
      return;
    }
    for (const [name, one] of Object.entries(latency) as [string, Latency | undefined][]) {
      this.#require('operation', name, [...knownNames.operation, 'default']);
      if (typeof one === 'object') this.#names('field of a latency', one);
    }
  }

  operations(operations: readonly OperationName[]): void {
    for (const operation of operations) this.#require('operation', operation, knownNames.operation);
  }

  #names(what: NameKind, value: object): void {
    for (const name of Object.keys(value)) this.#require(what, name, knownNames[what]);
  }

  #require(what: string, name: string, known: readonly string[]): void {
    if (known.includes(name)) return;
    throw new RangeError(`Cannot ${this.#action} as there is no ${what} '${name}': known are ${known.join(', ')}`);
  }
}
