import { methods, type Rule } from '../check-options.ts';

/** A connection to Redis or Valkey: an `ioredis` client or cluster, or a connected client or cluster of `redis` (node-redis 4 or later). */
export interface RedisClient {
  // oxlint-disable-next-line typescript/no-explicit-any -- the two libraries have the same name for calls of different shapes
  eval(script: string, ...parameters: any[]): Promise<unknown>;
}

/** The rule of a connection that is given. */
export const redisClient: Rule<RedisClient> = methods<RedisClient>(
  ['eval'],
  'a client of Redis (new Redis() of ioredis, or createClient() of redis)',
);

/** Runs a script on one key, in one step. */
export function evaluate(
  client: RedisClient,
  script: string,
  key: string,
  ...values: readonly (string | number)[]
): Promise<unknown> {
  const texts = values.map(String);
  // Only ioredis has this method; node-redis names the parameters.
  return 'defineCommand' in client
    ? client.eval(script, 1, key, ...texts)
    : client.eval(script, { keys: [key], arguments: texts });
}
