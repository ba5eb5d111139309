import type { TestProject } from 'vitest/node';
import { startPostgres } from './start-postgres.ts';
import { startRedis } from './start-redis.ts';

declare module 'vitest' {
  interface ProvidedContext {
    redisUrl: string;
    postgresUrl: string;
  }
}

/** Starts a Redis and a Postgres for all files; one that restarts an engine starts its own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const engines = await Promise.allSettled([startRedis(), startPostgres()]);
  const stop = async (): Promise<void> => {
    for (const engine of engines) if (engine.status === 'fulfilled') await engine.value.stop();
  };
  const [redis, postgres] = engines;
  if (redis.status === 'rejected' || postgres.status === 'rejected') {
    await stop();
    throw (redis.status === 'rejected' ? redis : (postgres as PromiseRejectedResult)).reason;
  }
  project.provide('redisUrl', redis.value.url);
  project.provide('postgresUrl', postgres.value.url);
  return stop;
}
