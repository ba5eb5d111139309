import { createHash } from 'node:crypto';
import { fail, type Rule } from '../check-options.ts';

/**
 * A connection to Redis or Valkey: an `ioredis` client or cluster, a connected client or cluster of `redis` (node-redis 4 or later),
 * or the client of a BullMQ queue.
 */
export type RedisClient =
  | {
      // oxlint-disable-next-line typescript/no-explicit-any -- the two libraries have the same name for calls of different shapes
      eval(script: string, ...parameters: any[]): Promise<unknown>;
    }
  | QueueRedis;

/** A client of Redis, as BullMQ holds it: ioredis itself, or a wrapper of BullMQ 6 around any client. */
export interface QueueRedis {
  defineCommand(name: string, definition: { readonly numberOfKeys: number; readonly lua: string }): void;
  /** Of BullMQ 6. */
  runCommand?(name: string, parameters: readonly (string | number)[]): Promise<unknown>;
}

/** The rule of a connection that is given. */
export const redisClient: Rule<RedisClient> = (value, place) => {
  const { eval: evaluates, runCommand: runs } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof evaluates === 'function' || typeof runs === 'function') return value as RedisClient;
  return fail(
    place,
    "must be a client of Redis (new Redis() of ioredis, createClient() of redis, or a queue's): it has no method 'eval'",
  );
};

/** Runs a script on one key, in one step. */
export function evaluate(
  client: RedisClient,
  script: string,
  key: string,
  ...values: readonly (string | number)[]
): Promise<unknown> {
  const texts = values.map(String);
  if ('runCommand' in client && client.runCommand !== undefined) return runScript(client, script, [key], texts);
  if (!('eval' in client)) throw new TypeError("the client of Redis has no method 'eval'");
  // Only ioredis has this method; node-redis names the parameters.
  return 'defineCommand' in client
    ? client.eval(script, 1, key, ...texts)
    : client.eval(script, { keys: [key], arguments: texts });
}

/** Runs a script in Redis, in one step, through the connection of a queue. */
export async function runScript(
  redis: QueueRedis,
  lua: string,
  keys: readonly string[],
  values: readonly (string | number)[],
): Promise<unknown> {
  const name = nameOf(lua);
  const commands = redis as unknown as Record<string, ((...parameters: unknown[]) => Promise<unknown>) | undefined>;
  if (commands[name] === undefined) redis.defineCommand(name, { numberOfKeys: keys.length, lua });
  const parameters = [...keys, ...values];
  return redis.runCommand === undefined ? commands[name]?.(...parameters) : redis.runCommand(name, parameters);
}

const names = new Map<string, string>();

function nameOf(lua: string): string {
  let name = names.get(lua);
  if (name === undefined) {
    name = `copyLargeObject${createHash('sha1').update(lua).digest('hex')}`;
    names.set(lua, name);
  }
  return name;
}
