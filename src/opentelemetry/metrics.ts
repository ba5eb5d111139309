import type { Attributes, Counter, Histogram, Meter, UpDownCounter } from '@opentelemetry/api';
import { isThrottled } from '../request/retry.ts';
import type { RequestTrace } from '../store/trace-request.ts';
import type { CopyTrace } from '../trace-copy.ts';
import { errorTypeOf, s3NameOf } from './names.ts';

/** Seconds; parts take from some milliseconds to minutes. */
const BOUNDARIES = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

/** Counts copies and requests. */
export class CopyMetrics {
  readonly #bytes: Counter;
  readonly #parts: Counter;
  readonly #retries: Counter;
  readonly #throttles: Counter;
  readonly #hedges: Counter;
  readonly #activeRequests: UpDownCounter;
  readonly #activeCopies: UpDownCounter;
  readonly #requestDuration: Histogram;
  readonly #copyDuration: Histogram;
  /** Once seen, a store is told of for good: what is left out would keep its last value. */
  readonly #stores = new Set<string>();
  readonly #running = new Map<CopyTrace, { readonly 'copy_large_object.store': string }>();
  readonly stop: () => void;

  constructor(meter: Meter) {
    const of = (what: string, unit: string, description: string): [string, { unit: string; description: string }] => [
      `copy_large_object.${what}`,
      { unit, description },
    ];
    const seconds = { advice: { explicitBucketBoundaries: BOUNDARIES } };
    const [request, requestOptions] = of('request.duration', 's', 'Time that a request to a store takes');
    const [copy, copyOptions] = of('copy.duration', 's', 'Time that a copy of one object takes');
    this.#bytes = meter.createCounter(...of('bytes', 'By', 'Bytes that stores have copied'));
    this.#parts = meter.createCounter(...of('parts', '{part}', 'Parts that stores have copied'));
    this.#retries = meter.createCounter(...of('retries', '{request}', 'Requests that repeat one that failed'));
    this.#throttles = meter.createCounter(...of('throttles', '{request}', 'Requests refused as too many'));
    this.#hedges = meter.createCounter(...of('hedges', '{request}', 'Second requests for parts that straggle'));
    this.#activeRequests = meter.createUpDownCounter(...of('active_requests', '{request}', 'Requests in flight'));
    this.#activeCopies = meter.createUpDownCounter(...of('active_copies', '{copy}', 'Copies that are running'));
    this.#requestDuration = meter.createHistogram(request, { ...requestOptions, ...seconds });
    this.#copyDuration = meter.createHistogram(copy, { ...copyOptions, ...seconds });
    const concurrency = meter.createObservableUpDownCounter(
      ...of('concurrency', '{part}', 'Parts that the running copies may have in flight'),
    );
    const observe: Parameters<typeof concurrency.addCallback>[0] = (observer) => {
      const sums = new Map(Array.from(this.#stores, (store) => [store, 0]));
      for (const { store, copy: task } of this.#running.keys()) {
        sums.set(store, (sums.get(store) ?? 0) + task.concurrency);
      }
      for (const [store, sum] of sums) observer.observe(sum, { 'copy_large_object.store': store });
    };
    concurrency.addCallback(observe);
    this.stop = () => concurrency.removeCallback(observe);
  }

  startCopy(message: CopyTrace): void {
    const attributes = { 'copy_large_object.store': message.store };
    this.#stores.add(message.store);
    this.#running.set(message, attributes);
    this.#activeCopies.add(1, attributes);
  }

  endCopy(message: CopyTrace): void {
    const attributes = this.#running.get(message);
    if (attributes === undefined) return;
    this.#running.delete(message);
    this.#activeCopies.add(-1, attributes);
    this.#copyDuration.record((message.durationMs ?? 0) / 1000, {
      ...attributes,
      ...('error' in message && { 'error.type': errorTypeOf(message.error) }),
      ...(message.result && { 'copy_large_object.strategy': message.result.strategy }),
    });
  }

  startRequest(message: RequestTrace): void {
    const attributes = attributesOf(message);
    this.#activeRequests.add(1, attributes);
    if (message.attempt > 1) this.#retries.add(1, attributes);
    if (message.hedge) this.#hedges.add(1, attributes);
  }

  endRequest(message: RequestTrace): void {
    const { operation, bytes, durationMs = 0, status, error } = message;
    const attributes = attributesOf(message);
    const hasFailed = 'error' in message;
    this.#activeRequests.add(-1, attributes);
    if (isThrottled(error)) this.#throttles.add(1, attributes);
    if (!hasFailed && bytes !== undefined) this.#bytes.add(bytes, attributes);
    if (!hasFailed && operation === 'copyPart') this.#parts.add(1, attributes);
    this.#requestDuration.record(durationMs / 1000, {
      ...attributes,
      ...(status !== undefined && { 'http.response.status_code': status }),
      ...(hasFailed && { 'error.type': errorTypeOf(error) }),
    });
  }
}

function attributesOf({ store, operation }: RequestTrace): Attributes {
  return { 'copy_large_object.store': store, 'rpc.method': `S3/${s3NameOf(operation)}` };
}
