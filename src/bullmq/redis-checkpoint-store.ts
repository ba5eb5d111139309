import { optional, readOptions, type Rule, text } from '../check-options.ts';
import type { CheckpointStore } from '../store/checkpoint-store.ts';
import { LeasedCheckpoints, leaseMs } from './leased-checkpoints.ts';
import { evaluate, type RedisClient, redisClient } from './redis-client.ts';

/** Options of {@link redisCheckpointStore}. */
export interface RedisCheckpointOptions {
  /** In front of each key. @default 'copy-checkpoint:' */
  readonly prefix?: string | undefined;
  /** How long a lock lasts that isn't renewed, in milliseconds, from 1,000 to 3,600,000. @default 30000 */
  readonly leaseMs?: number | undefined;
}

const RULES = {
  prefix: optional(text, 'copy-checkpoint:'),
  leaseMs,
} satisfies Record<keyof RedisCheckpointOptions, Rule<unknown>>;

/** A hash for each checkpoint: `text`; `fence`, the token that was given the lock last; `endsAt`, in milliseconds by the clock of Redis. */
const NOW = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;
const IS_MINE = `redis.call('HGET', KEYS[1], 'fence') == ARGV[1]`;

const TAKE = `${NOW}
if tonumber(redis.call('HGET', KEYS[1], 'endsAt') or 0) > now and not (${IS_MINE}) then return 0 end
redis.call('HSET', KEYS[1], 'fence', ARGV[1], 'endsAt', now + ARGV[2])
return 1`;

const RENEW = `${NOW}
if not (${IS_MINE}) then return 0 end
redis.call('HSET', KEYS[1], 'endsAt', now + ARGV[2])
return 1`;

const RELEASE = `
if ${IS_MINE} then redis.call('HDEL', KEYS[1], 'fence', 'endsAt') end
return 1`;

const LOAD = `return redis.call('HGET', KEYS[1], 'text')`;

const IF_MINE = `if ARGV[1] ~= '' and not (${IS_MINE}) then return 0 end
`;
const SAVE = `${IF_MINE}
redis.call('HSET', KEYS[1], 'text', ARGV[2])
return 1`;
const DELETE = `${IF_MINE}
redis.call('HDEL', KEYS[1], 'text')
return 1`;

/**
 * Keeps checkpoints in Redis or Valkey, so that any machine goes on with a copy that another one has begun. A lock is a lease with a
 * fence: a script of Redis compares the token of the lock in the step that writes.
 *
 * A Redis that loses what it has answered (no append-only file, or a failover to a replica that lags) may lose a lock. Then two
 * workers copy the same object until the next save.
 *
 * @param client - stays the caller's: it is neither connected nor closed here
 * @throws CopyOptionsError if an option is unknown or out of range
 */
export function redisCheckpointStore(client: RedisClient, options: RedisCheckpointOptions = {}): CheckpointStore {
  const redis = redisClient(client, { path: 'client', owner: 'redisCheckpointStore' });
  const { prefix, leaseMs: lastsMs } = readOptions(options, RULES, { path: '', owner: 'redisCheckpointStore' });
  const call = async (script: string, id: string, ...values: readonly (string | number)[]): Promise<unknown> =>
    evaluate(redis, script, prefix + id, ...values);
  const holds = async (script: string, id: string, ...values: readonly (string | number)[]): Promise<boolean> =>
    (await call(script, id, ...values)) === 1;
  return new LeasedCheckpoints(
    {
      take: (id, token, ms) => holds(TAKE, id, token, ms),
      renew: (id, token, ms) => holds(RENEW, id, token, ms),
      release: (id, token) => call(RELEASE, id, token),
      load: async (id) => ((await call(LOAD, id)) as string | null) ?? undefined,
      save: (id, written, token = '') => holds(SAVE, id, token, written),
      delete: (id, token = '') => holds(DELETE, id, token),
    },
    lastsMs,
  );
}
