import { type Attributes, context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { onTestFinished } from 'vitest';
import { traceCopies } from '../../src/opentelemetry/index.ts';

/** The OpenTelemetry SDK, with all it is given kept in memory, and `traceCopies` on it until the test ends. */
export function collectTelemetry() {
  const contexts = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(contexts);
  const exportedSpans = new InMemorySpanExporter();
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exportedSpans)] });
  const exportedMetrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: exportedMetrics, exportIntervalMillis: 2 ** 30 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  const stop = traceCopies({ tracerProvider, meterProvider });
  onTestFinished(async () => {
    stop();
    context.disable();
    await meterProvider.shutdown();
  });
  return {
    stop,
    tracer: tracerProvider.getTracer('test'),
    spans: (): ReadableSpan[] => exportedSpans.getFinishedSpans(),
    /** The values of a metric by their attributes; of a histogram the counts. */
    metric: async (name: string): Promise<(readonly [attributes: Attributes, value: number])[]> => {
      exportedMetrics.reset();
      await reader.forceFlush();
      const all = exportedMetrics.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((s) => s.metrics));
      const found = all.find(({ descriptor }) => descriptor.name === `copy_large_object.${name}`);
      return (found?.dataPoints ?? []).map(({ attributes, value }) => [
        attributes,
        typeof value === 'number' ? value : value.count,
      ]);
    },
  };
}
