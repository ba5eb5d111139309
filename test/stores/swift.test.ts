import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { testStore } from './contract/test-store.ts';
import { needProgram, runProgram } from './harness/run-program.ts';
import { startServer, type ServerProcess } from './harness/server-process.ts';

const version = '2.30';
const packages = 'swift-proxy swift-account swift-container swift-object';
const services = ['account', 'container', 'object'] as const;
const credentials = { accessKeyId: 'test:tester', secretAccessKey: 'secret-of-tests-only' };

testStore({
  name: 'OpenStack Swift, s3api',
  version,
  from: `Debian 12: ${packages}`,
  differs: { 'tags, as one': 'right; the server keeps no tags', 'tags, in parts': 'right; the server keeps no tags' },
  start: async () => {
    await needProgram(
      'swift-proxy-server',
      ['--help'],
      `on Debian: apt-get install --no-install-recommends ${packages}`,
    );
    const started: ServerProcess[] = [];
    const stop = async (): Promise<void> => {
      for (const server of started.toReversed()) await server.stop();
    };
    try {
      for (const service of services)
        started.push(await startServer((folder, port) => storageServer(service, folder, port)));
      const proxy = await startServer((folder, port) => proxyServer(folder, port, started));
      started.push(proxy);
      return { endpoint: proxy.endpoint, credentials, stop };
    } catch (error) {
      await stop();
      throw error;
    }
  },
});

async function storageServer(service: string, folder: string, port: number) {
  await mkdir(path.join(folder, 'disk'));
  const file = await writeConfiguration(folder, service, {
    DEFAULT: { ...common(port), devices: folder, mount_check: false, swift_dir: folder },
    'pipeline:main': { pipeline: `${service}-server` },
    [`app:${service}-server`]: { use: `egg:swift#${service}` },
  });
  return { program: `swift-${service}-server`, parameters: [file] };
}

/** One disk, one replica; the rings say where it is. */
async function proxyServer(folder: string, port: number, storage: readonly ServerProcess[]) {
  for (const [index, service] of services.entries()) {
    const builder = path.join(folder, `${service}.builder`);
    const { host } = new URL(storage[index]!.endpoint);
    await runProgram('swift-ring-builder', [builder, 'create', '4', '1', '0']);
    await runProgram('swift-ring-builder', [builder, 'add', `r1z1-${host}/disk`, '1']);
    await runProgram('swift-ring-builder', [builder, 'rebalance']);
  }
  const filters = [
    'cache',
    'listing_formats',
    's3api',
    'tempauth',
    'copy',
    'slo',
    'dlo',
    'versioned_writes',
    'symlink',
  ];
  const { accessKeyId, secretAccessKey } = credentials;
  const settings: Record<string, object> = {
    tempauth: { [`user_${accessKeyId.replace(':', '_')}`]: `${secretAccessKey} .admin` },
    versioned_writes: { allow_object_versioning: true },
    // no memcached: nothing is kept
    cache: { use: 'egg:swift#memcache', memcache_servers: '127.0.0.1:1' },
  };
  const file = await writeConfiguration(folder, 'proxy', {
    DEFAULT: { ...common(port), swift_dir: folder },
    'pipeline:main': { pipeline: `catch_errors gatekeeper ${filters.join(' ')} proxy-server` },
    'app:proxy-server': { use: 'egg:swift#proxy', account_autocreate: true },
    ...Object.fromEntries(
      ['catch_errors', 'gatekeeper', ...filters].map((name) => [
        `filter:${name}`,
        { use: `egg:swift#${name}`, ...settings[name] },
      ]),
    ),
  });
  return { program: 'swift-proxy-server', parameters: [file] };
}

function common(port: number) {
  return { bind_ip: '127.0.0.1', bind_port: port, workers: 0, user: userInfo().username, log_level: 'WARNING' };
}

async function writeConfiguration(folder: string, name: string, sections: Readonly<Record<string, object>>) {
  const text = Object.entries(sections).map(([section, settings]) => {
    const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value as string}`);
    return [`[${section}]`, ...lines, ''].join('\n');
  });
  const file = path.join(folder, `${name}.conf`);
  await writeFile(file, text.join('\n'));
  return file;
}
