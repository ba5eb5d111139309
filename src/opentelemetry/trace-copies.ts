import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';
import {
  type Context,
  context,
  type MeterProvider,
  metrics as globalMetrics,
  trace as globalTrace,
  type TracerProvider,
} from '@opentelemetry/api';
import { methods, optional, readOptions, type Rule } from '../check-options.ts';
import type { RequestTrace } from '../store/trace-request.ts';
import type { CopyTrace } from '../trace-copy.ts';
import { CopyMetrics } from './metrics.ts';
import { CopySpans } from './spans.ts';

const NAME = 'copy-large-object';

/** Options of `traceCopies`. */
export interface TraceCopiesOptions {
  /** Makes the spans; `false`: none are made. @default the global one, as it is when `traceCopies` is called */
  readonly tracerProvider?: TracerProvider | false | undefined;
  /** Makes the metrics; `false`: none are made. @default the global one, as it is when `traceCopies` is called */
  readonly meterProvider?: MeterProvider | false | undefined;
}

const unless =
  <T>(rule: Rule<T>): Rule<T | false> =>
  (value, place) =>
    value === false ? false : rule(value, place);

const RULES = {
  tracerProvider: optional(unless(methods<TracerProvider>(['getTracer'], 'a TracerProvider, or false'))),
  meterProvider: optional(unless(methods<MeterProvider>(['getMeter'], 'a MeterProvider, or false'))),
} satisfies Record<keyof TraceCopiesOptions, Rule<unknown>>;

/**
 * Makes OpenTelemetry spans and metrics of every copy in this process, from now on: a span for each `copyLargeObject` under the span that
 * is active where it was called, one below it for each request, and the metrics of `docs/telemetry.md`. Call it once, after the SDK is set up.
 *
 * @returns ends it: what begins later isn't traced, and spans that are open end when their work does
 * @throws CopyOptionsError for options that are unknown or wrong
 */
export function traceCopies(options: TraceCopiesOptions = {}): () => void {
  const { tracerProvider = globalTrace, meterProvider = globalMetrics } = readOptions(options, RULES, {
    path: '',
    owner: 'traceCopies',
  });
  const spans = tracerProvider === false ? undefined : new CopySpans(tracerProvider.getTracer(NAME));
  const metrics = meterProvider === false ? undefined : new CopyMetrics(meterProvider.getMeter(NAME));
  const contexts = new AsyncLocalStorage<Context>();
  const open = new Set<object>();
  let isOver = false;

  const copies = tracingChannel<Context, CopyTrace>('copy-large-object:copy');
  const requests = tracingChannel<Context, RequestTrace>('copy-large-object:request');
  const startCopy = (message: CopyTrace): Context => {
    open.add(message);
    metrics?.startCopy(message);
    return spans?.startCopy(message) ?? context.active();
  };
  const startRequest = (message: unknown): void => {
    open.add(message as RequestTrace);
    metrics?.startRequest(message as RequestTrace);
    spans?.startRequest(message as RequestTrace, contexts.getStore() ?? context.active());
  };
  // What began before isn't known here.
  const endCopy = (message: unknown): void => {
    if (!open.delete(message as CopyTrace)) return;
    metrics?.endCopy(message as CopyTrace);
    spans?.endCopy(message as CopyTrace);
    leaveIfOver();
  };
  const endRequest = (message: unknown): void => {
    if (!open.delete(message as RequestTrace)) return;
    metrics?.endRequest(message as RequestTrace);
    spans?.endRequest(message as RequestTrace);
    leaveIfOver();
  };
  const leaveIfOver = (): void => {
    if (!isOver || open.size > 0) return;
    copies.asyncEnd.unsubscribe(endCopy);
    requests.asyncEnd.unsubscribe(endRequest);
  };
  copies.start.bindStore(contexts, startCopy);
  copies.asyncEnd.subscribe(endCopy);
  requests.start.subscribe(startRequest);
  requests.asyncEnd.subscribe(endRequest);
  return () => {
    if (isOver) return;
    isOver = true;
    copies.start.unbindStore(contexts);
    requests.start.unsubscribe(startRequest);
    metrics?.stop();
    leaveIfOver();
  };
}
