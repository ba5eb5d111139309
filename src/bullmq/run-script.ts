import { createHash } from 'node:crypto';
import type { QueueRedis } from './redis-client.ts';

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
