import { type QueueRedis, runScript } from './redis-client.ts';
import { type JobEnd, type JobState, type NotedJob, type RunRecords, runState, type RunState } from './run-records.ts';

const COUNTS = ['copied', 'skipped', 'failed', 'gone', 'bytes', 'requests'] as const;
const PENDING_AT_A_TIME = 500;

/** Adds what ended; ARGV from `first` on: six counts, the number of failures, failures, lines. KEYS: run, failures, lines. */
const addEnd = (first: number): string => `
for i, name in ipairs({${COUNTS.map((name) => `'${name}'`).join()}}) do
  redis.call('HINCRBY', run, name, ARGV[${first - 1} + i])
end
local failed = tonumber(ARGV[${first + COUNTS.length}])
local reports = redis.call('HGET', run, 'reports') == '1'
for i = ${first + COUNTS.length + 1}, #ARGV do
  if i <= ${first + COUNTS.length} + failed then redis.call('RPUSH', failures, ARGV[i])
  elseif reports then redis.call('RPUSH', lines, ARGV[i]) end
end`;

const KEYS = `local run, pending, done, failures, lines = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
`;
/** ARGV[1]: the generation that is meant. */
const IS_CURRENT = `if redis.call('HGET', run, 'generation') ~= ARGV[1] or redis.call('HEXISTS', run, 'endedAt') == 1 then `;
const END = `
local jobs, jobsDone = unpack(redis.call('HMGET', run, 'jobs', 'jobsDone'))
if redis.call('HGET', run, 'isListed') == '1' and (jobs or '0') == (jobsDone or '0') then
  local time = redis.call('TIME')
  redis.call('HSETNX', run, 'endedAt', time[1] * 1000 + math.floor(time[2] / 1000))
end
return 1`;

/** Each works on the five keys of one run, so that they are in one slot of a cluster. */
const SCRIPTS = {
  begin: `${KEYS}
local generation = 1
if redis.call('EXISTS', run) == 1 then
  if ARGV[2] ~= '1' or redis.call('HEXISTS', run, 'endedAt') == 0 then return redis.call('HGETALL', run) end
  generation = redis.call('HGET', run, 'generation') + 1
end
redis.call('DEL', run, pending, done, failures, lines)
local time = redis.call('TIME')
redis.call('HSET', run, 'generation', generation, 'header', ARGV[1], 'reports', ARGV[3],
  'startedAt', time[1] * 1000 + math.floor(time[2] / 1000))
return redis.call('HGETALL', run)`,
  read: `
local fields, time = redis.call('HGETALL', KEYS[1]), redis.call('TIME')
if #fields == 0 then return fields end
fields[#fields + 1] = 'now'
fields[#fields + 1] = time[1] * 1000 + math.floor(time[2] / 1000)
return fields`,
  note: `${KEYS}
local open = {}
${IS_CURRENT}return open end
for i = 2, #ARGV, 3 do
  local id = ARGV[i]
  if redis.call('SISMEMBER', done, id) == 0 then
    open[#open + 1] = id
    if redis.call('HSETNX', pending, id, 1) == 1 then
      redis.call('HINCRBY', run, 'jobs', 1)
      redis.call('HINCRBY', run, 'objects', ARGV[i + 1])
      redis.call('HINCRBY', run, 'bytesTotal', ARGV[i + 2])
    end
  end
end
return open`,
  endListing: `${KEYS}
${IS_CURRENT}return 0 end
if redis.call('HSETNX', run, 'isListed', 1) == 0 then return 0 end
redis.call('HINCRBY', run, 'objects', ARGV[2])
${addEnd(3)}${END}`,
  stateOf: `${KEYS}
local state = 'unknown'
if redis.call('HEXISTS', pending, ARGV[1]) == 1 then state = 'pending'
elseif redis.call('SISMEMBER', done, ARGV[1]) == 1 then state = 'ended' end
return {state, redis.call('HGET', run, 'reports') or '0'}`,
  endJob: `${KEYS}
if redis.call('HDEL', pending, ARGV[1]) == 0 then return 0 end
redis.call('SADD', done, ARGV[1])
redis.call('HINCRBY', run, 'jobsDone', 1)
${addEnd(2)}${END}`,
  pending: `
local page = redis.call('HSCAN', KEYS[2], ARGV[1], 'COUNT', ${PENDING_AT_A_TIME})
local ids = {}
for i = 1, #page[2], 2 do ids[#ids + 1] = page[2][i] end
return {page[1], ids}`,
  failures: `return redis.call('LRANGE', KEYS[4], ARGV[1], ARGV[2])`,
  lines: `return redis.call('LRANGE', KEYS[5], 0, ARGV[1])`,
  dropLines: `${KEYS}
if (redis.call('HGET', run, 'linesWritten') or '0') ~= ARGV[1] then return 0 end
redis.call('HINCRBY', run, 'linesWritten', ARGV[2])
redis.call('LTRIM', lines, ARGV[2], -1)
return 1`,
  remove: `return redis.call('DEL', unpack(KEYS))`,
} as const;

const LIST = `return redis.call('ZRANGE', KEYS[1], 0, -1)`;
const ADD_TO_LIST = `return redis.call('ZADD', KEYS[1], 'NX', ARGV[1], ARGV[2])`;
const DROP_FROM_LIST = `return redis.call('ZREM', KEYS[1], ARGV[1])`;

/** Keeps the records of runs in Redis, outside the keys of BullMQ: neither `obliterate` nor the search for orphans finds them. */
export function redisRunRecords(redis: QueueRedis, queue: string): RunRecords {
  const base = `copy-large-object:${queue}`;
  const ask = async <T>(name: keyof typeof SCRIPTS, run: string, ...values: (string | number)[]): Promise<T> => {
    const keys = ['run', 'pending', 'done', 'failures', 'lines'].map((part) => `${base}:{${run}}:${part}`);
    return (await runScript(redis, SCRIPTS[name], keys, values)) as T;
  };
  const read = async (run: string): Promise<RunState | undefined> => stateFrom(await ask('read', run));
  return {
    begin: async (run, header, again) => {
      await runScript(redis, ADD_TO_LIST, [`${base}:runs`], [Date.now(), run]);
      const fields = await ask<unknown>('begin', run, JSON.stringify(header), again ? 1 : 0, header.reports ? 1 : 0);
      return stateFrom(fields) as RunState;
    },
    read,
    note: (run, generation, jobs) =>
      ask('note', run, generation, ...jobs.flatMap(({ id, objects, bytes }: NotedJob) => [id, objects, bytes])),
    endListing: async (run, generation, settled) => {
      const { skipped, failed } = settled;
      await ask('endListing', run, generation, skipped + failed, ...endValues(settled));
    },
    stateOf: async (run, job) => {
      const [state, reports] = await ask<[JobState['state'], string]>('stateOf', run, job);
      return { state, reports: reports === '1' };
    },
    endJob: async (run, job, end) => void (await ask('endJob', run, job, ...endValues(end))),
    pending: async (run, cursor = '0') => {
      const [next, ids] = await ask<[string, string[]]>('pending', run, cursor);
      return { ids, cursor: next === '0' ? undefined : next };
    },
    failures: (run, from, count) => ask('failures', run, from, from + count - 1),
    lines: (run, count) => ask('lines', run, count - 1),
    dropLines: async (run, from, count) => void (await ask('dropLines', run, from, count)),
    list: async () => (await runScript(redis, LIST, [`${base}:runs`], [])) as string[],
    remove: async (run) => {
      await ask('remove', run);
      await runScript(redis, DROP_FROM_LIST, [`${base}:runs`], [run]);
    },
  };
}

function endValues(end: JobEnd): (string | number)[] {
  return [...COUNTS.map((name) => end[name]), end.failures.length, ...end.failures, ...end.lines];
}

function stateFrom(reply: unknown): RunState | undefined {
  const flat = reply as readonly string[];
  if (flat.length === 0) return undefined;
  const fields = new Map<string, string>();
  for (let index = 0; index < flat.length; index += 2) fields.set(flat[index] ?? '', flat[index + 1] ?? '');
  const count = (name: string): number => Number(fields.get(name) ?? 0);
  return runState(fields.get('header') ?? '{}', count, {
    isListed: count('isListed') === 1,
    endedAt: fields.has('endedAt') ? count('endedAt') : undefined,
  });
}
