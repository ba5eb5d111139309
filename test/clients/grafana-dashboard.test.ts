import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyLargeObject, s3Store } from '../../src/index.ts';
import { traceCopies } from '../../src/opentelemetry/index.ts';
import { startTestStore } from '../../src/testing/index.ts';
import { type Prometheus, startPrometheus } from './start-prometheus.ts';

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
}

const file = path.join(import.meta.dirname, '../../examples/grafana-dashboard.json');
const { panels } = JSON.parse(await readFile(file, 'utf8')) as Dashboard;
const queries = panels.flatMap(({ title, targets }) =>
  targets.map(({ expr, legendFormat }) => [`${title}: ${legendFormat}`, expr] as const),
);

/** What Grafana puts in place of its variables. */
function fillIn(expression: string): string {
  return expression.replaceAll('$__rate_interval', '1m').replaceAll('$store', '.*');
}

const closers: (() => unknown)[] = [];
let prometheus: Prometheus;
let isOver = false;

/** Copies again and again, with a store that throttles, fails and straggles, until every query was answered. */
async function copyUntilOver(): Promise<void> {
  const source = { bucket: 'media', key: 'film.mxf' };
  const server = await startTestStore({
    buckets: ['archive'],
    objects: [{ ...source, size: 400 * 1024 ** 2 }],
    latency: { copyPart: { medianMs: 10, sigma: 0.1, tailRatio: 0.05, tailFactor: 40 } },
    faults: [{ kind: 'error', status: 503, code: 'SlowDown', operation: 'copyPart', probability: 0.02 }],
  });
  closers.push(() => server.close());
  const { endpoint, credentials, region } = server;
  for (let count = 0; !isOver; count++) {
    await copyLargeObject({
      store: s3Store({ endpoint, credentials, region }),
      source,
      destination: { bucket: 'archive', key: `${count}` },
      partSize: 5 * 1024 ** 2,
      concurrency: 8,
      multipartThreshold: 0,
    });
  }
}

let copying: Promise<void>;

beforeAll(async () => {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const meterProvider = new MeterProvider({ readers: [exporter] });
  const metrics = createServer((request, response) => exporter.getMetricsRequestHandler(request, response));
  metrics.listen(0, '127.0.0.1');
  await once(metrics, 'listening');
  closers.push(
    traceCopies({ tracerProvider: false, meterProvider }),
    () => metrics.close(),
    () => metrics.closeAllConnections(),
    () => meterProvider.shutdown(),
  );
  prometheus = await startPrometheus(`127.0.0.1:${(metrics.address() as AddressInfo).port}`);
  closers.push(() => prometheus.stop());
  copying = copyUntilOver();
});

afterAll(async () => {
  isOver = true;
  await copying;
  for (const close of closers.toReversed()) await close();
});

describe('each query of the Grafana dashboard is answered by a Prometheus that a real run feeds', () => {
  test.for(queries)('%s', async ([, expression]) => {
    await expect
      .poll(async () => (await prometheus.query(fillIn(expression))).map(({ value }) => Number(value[1])), {
        timeout: 45_000,
        interval: 200,
      })
      .toSatisfy((values: number[]) => values.length > 0 && values.every((value) => Number.isFinite(value)));
  });

  test('none is answered by something that no copy has', async () => {
    expect(await prometheus.query('copy_large_object_nothing')).toEqual([]);
    await expect(prometheus.query('sum(')).rejects.toThrow('Prometheus refuses sum(');
  });
});
