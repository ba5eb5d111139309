import type { RateBoard } from '../jobs/shared-rate.ts';
import { evaluate, type RedisClient } from './redis-client.ts';

/** A hash for each rate: `w:<worker>`, when it was seen last; `throttledAt`. All in milliseconds by the clock of Redis. */
const BEAT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], 'w:' .. ARGV[1], now)
if ARGV[3] == '1' then redis.call('HSET', KEYS[1], 'throttledAt', now) end
redis.call('PEXPIRE', KEYS[1], ARGV[2] * 20)
local workers, throttledAt = 0, 0
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if all[i] == 'throttledAt' then throttledAt = tonumber(all[i + 1])
  elseif now - all[i + 1] > tonumber(ARGV[2]) then redis.call('HDEL', KEYS[1], all[i])
  else workers = workers + 1 end
end
return {workers, throttledAt}`;

const LEAVE = `return redis.call('HDEL', KEYS[1], 'w:' .. ARGV[1])`;

/** Lets workers see each other in Redis. */
export function redisRateBoard(client: RedisClient, prefix = 'copy-rate:'): RateBoard {
  return {
    beat: async (name, worker, { ttlMs, isThrottled }) => {
      const reply = await evaluate(client, BEAT, prefix + name, worker, ttlMs, isThrottled ? 1 : 0);
      const [workers = 1, throttledAt = 0] = (reply as unknown[]).map(Number);
      return { workers, throttledAt };
    },
    leave: (name, worker) => evaluate(client, LEAVE, prefix + name, worker),
  };
}
