// Telemetry: spans and metrics of each copy and each request, by OpenTelemetry. Prometheus reads the metrics at :9464/metrics, and
// `grafana-dashboard.json` shows them. Here the spans go to the console; in a service, to an OTLP exporter.
//
//   npm run telemetry -- media/film.mxf archive/film.mxf
import { context, metrics, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, BatchSpanProcessor, ConsoleSpanExporter } from '@opentelemetry/sdk-trace-base';
import { copyLargeObject, s3Store } from 'copy-large-object';
import { traceCopies } from 'copy-large-object/opentelemetry';

const [source, destination] = process.argv.slice(2).map((name) => {
  const [bucket = '', ...key] = name.split('/');
  return { bucket, key: key.join('/') };
});
if (source === undefined || destination === undefined) throw new Error('Usage: telemetry.ts BUCKET/KEY BUCKET/KEY');

// What every service with OpenTelemetry sets up once.
const port = Number(process.env['METRICS_PORT'] ?? 9464);
const meters = new MeterProvider({ readers: [new PrometheusExporter({ port })] });
const tracers = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(new ConsoleSpanExporter())] });
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
metrics.setGlobalMeterProvider(meters);
trace.setGlobalTracerProvider(tracers);

// Then copies tell of themselves.
const stop = traceCopies();

const store = s3Store({ endpoint: process.env['AWS_ENDPOINT_URL'] });
const { etag } = await trace.getTracer('examples').startActiveSpan('archive the film', async (span) => {
  // The spans of the copy stand below this one.
  try {
    return await copyLargeObject({ store, source, destination });
  } finally {
    span.end();
  }
});
console.log(`copied, ETag ${etag}; metrics at http://localhost:${port}/metrics until Ctrl-C`);

// The exporter's server doesn't keep a process alive; a service's own does.
const alive = setInterval(() => {}, 2 ** 30);
async function end(): Promise<void> {
  clearInterval(alive);
  stop();
  await Promise.all([tracers.shutdown(), meters.shutdown()]);
}
process.once('SIGINT', () => void end());
process.once('SIGTERM', () => void end());
