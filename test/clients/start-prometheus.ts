import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A Prometheus on loopback that reads the metrics of one program. */
export interface Prometheus {
  /** Asks a query, at this moment. @throws Error if it isn't a query */
  query(expression: string): Promise<readonly { readonly value: readonly [time: number, value: string] }[]>;
  stop(): Promise<void>;
}

/**
 * Starts Debian's Prometheus.
 *
 * @param target - host and port of the metrics
 */
export async function startPrometheus(target: string): Promise<Prometheus> {
  const folder = await mkdtemp(path.join(tmpdir(), 'prometheus-'));
  const config = path.join(folder, 'prometheus.yml');
  const scrape = { job_name: 'copies', scrape_interval: '250ms', static_configs: [{ targets: [target] }] };
  // JSON is YAML.
  await writeFile(config, JSON.stringify({ scrape_configs: [scrape] }));
  const port = await freePort();
  const server = spawn(
    '/usr/bin/prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${path.join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const ended = once(server, 'exit');
  await Promise.race([
    once(server, 'spawn'),
    once(server, 'error').then(() => {
      throw new Error('/usr/bin/prometheus is missing: apt-get install --no-install-recommends prometheus');
    }),
  ]);
  return {
    async query(expression) {
      const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`;
      // It refuses connections until it has started.
      const answer = await fetch(url).catch(() => undefined);
      if (answer === undefined || answer.status === 503) return [];
      const { status, error, data } = (await answer.json()) as {
        status: string;
        error?: string;
        data?: { result: { value: [number, string] }[] };
      };
      if (status !== 'success') throw new Error(`Prometheus refuses ${expression}: ${error}`);
      return data?.result ?? [];
    },
    async stop() {
      server.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
