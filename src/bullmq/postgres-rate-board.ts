import type { RateBoard } from '../jobs/shared-rate.ts';
import { OwnTable, type PostgresPool } from './postgres-pool.ts';

const COLUMNS =
  'name text, worker text, seen_at timestamptz NOT NULL, throttled_at timestamptz, PRIMARY KEY (name, worker)';

/** Lets workers see each other in a table of Postgres. */
export function postgresRateBoard(pool: PostgresPool, table = '"copy_rates"'): RateBoard {
  const rows = new OwnTable(pool, table, COLUMNS);
  const others = 'name = $1 AND worker <> $2';
  const isLive = `seen_at >= clock_timestamp() - $3 * interval '1 millisecond'`;
  const beat = `
    WITH mine AS (
      INSERT INTO ${table} AS old (name, worker, seen_at, throttled_at)
      VALUES ($1, $2, clock_timestamp(), CASE WHEN $4 THEN clock_timestamp() END)
      ON CONFLICT (name, worker) DO UPDATE SET seen_at = excluded.seen_at, throttled_at = coalesce(excluded.throttled_at, old.throttled_at)
      RETURNING throttled_at
    ), seen AS (SELECT throttled_at, ${isLive} AS is_live FROM ${table} WHERE ${others}),
    gone AS (DELETE FROM ${table} WHERE ${others} AND NOT (${isLive}))
    SELECT 1 + (SELECT count(*) FROM seen WHERE is_live) AS workers, extract(epoch FROM greatest(
      (SELECT throttled_at FROM mine), (SELECT max(throttled_at) FROM seen))) * 1000 AS throttled_at`;
  return {
    beat: async (name, worker, { ttlMs, isThrottled }) => {
      const [row] = await rows.ask(beat, name, worker, ttlMs, isThrottled);
      return { workers: Number(row?.['workers'] ?? 1), throttledAt: Number(row?.['throttled_at'] ?? 0) };
    },
    leave: (name, worker) => rows.ask(`DELETE FROM ${table} WHERE name = $1 AND worker = $2`, name, worker),
  };
}
