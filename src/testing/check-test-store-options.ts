import { faultKinds, type FaultHook, type FaultRule } from './fault.ts';
import { operationNames } from './operation-name.ts';
import { personalities } from './personalities.ts';
import type { TestStoreOptions } from './test-store-options.ts';

const optionNames: Readonly<Record<keyof TestStoreOptions, true>> = {
  port: true,
  credentials: true,
  region: true,
  buckets: true,
  objects: true,
  latency: true,
  throttle: true,
  faults: true,
  limits: true,
  personality: true,
  seed: true,
  denied: true,
  latePartsLand: true,
  hosts: true,
  ownerId: true,
  tls: true,
};

/**
 * Refuses what would do nothing for being misspelt: a fault that never strikes makes every test of it pass.
 *
 * @throws {RangeError} an option, personality, operation or kind of fault isn't known
 */
export function checkTestStoreOptions(options: TestStoreOptions): void {
  for (const name of Object.keys(options)) requireKnown('option', name, Object.keys(optionNames));
  if (options.personality !== undefined) requireKnown('personality', options.personality, Object.keys(personalities));
  for (const operation of options.denied ?? []) requireKnown('operation', operation, operationNames);
  for (const operation of options.throttle?.operations ?? []) requireKnown('operation', operation, operationNames);
  checkFaults(options.faults ?? []);
}

/** The same for fault rules alone. */
export function checkFaults(faults: readonly (FaultRule | FaultHook)[]): void {
  for (const fault of faults) {
    if (typeof fault === 'function') continue;
    requireKnown('kind of fault', fault.kind, faultKinds);
    for (const operation of [fault.operation ?? []].flat()) requireKnown('operation', operation, operationNames);
  }
}

function requireKnown(what: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  throw new RangeError(`Cannot start the store as there is no ${what} '${name}': known are ${known.join(', ')}`);
}
