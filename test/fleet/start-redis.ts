import { answers, type Engine, startEngine } from './engine-process.ts';

/** Starts a Redis on 127.0.0.1, from Debian's package, that keeps its data through {@link Engine.restart}. */
export function startRedis(): Promise<Engine> {
  return startEngine({
    name: 'redis',
    packageName: 'redis-server',
    url: (port) => `redis://127.0.0.1:${port}`,
    // what was answered survives the death of the process, though not that of the machine
    command: (port) => `redis-server --bind 127.0.0.1 --port ${port} --dir . --save  --appendonly yes --appendfsync no`,
    isReady: (url) => answers(url, 'PING\r\n', '+PONG'),
  });
}
