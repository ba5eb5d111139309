import { optional, readOptions, type Rule } from '../check-options.ts';
import type { CheckpointStore } from '../store/checkpoint-store.ts';
import { LeasedCheckpoints, leaseMs } from './leased-checkpoints.ts';
import { OwnTable, type PostgresPool, postgresPool, tableName } from './postgres-pool.ts';

/** Options of {@link postgresCheckpointStore}. */
export interface PostgresCheckpointOptions {
  /** A table, or `schema.table`; it is made when it is first needed. @default 'copy_checkpoints' */
  readonly table?: string | undefined;
  /** How long a lock lasts that isn't renewed, in milliseconds, from 1,000 to 3,600,000. @default 30000 */
  readonly leaseMs?: number | undefined;
}

const RULES = {
  table: optional(tableName, tableName('copy_checkpoints', { path: 'table' })),
  leaseMs,
} satisfies Record<keyof PostgresCheckpointOptions, Rule<unknown>>;

/** `fence`: the token that was given the lock last. */
const COLUMNS = `id text PRIMARY KEY, text text, fence text, ends_at timestamptz NOT NULL DEFAULT '-infinity'`;

/**
 * Keeps checkpoints in a table of Postgres, so that any machine goes on with a copy that another one has begun. A lock is a lease with
 * a fence: the token of the lock is a condition of the statement that writes.
 *
 * @param pool - stays the caller's, who listens to its `error` events: a pool of `pg` without a listener ends the process when Postgres
 * is restarted
 * @throws CopyOptionsError if an option is unknown or out of range
 */
export function postgresCheckpointStore(pool: PostgresPool, options: PostgresCheckpointOptions = {}): CheckpointStore {
  const owner = 'postgresCheckpointStore';
  const { table, leaseMs: lastsMs } = readOptions(options, RULES, { path: '', owner });
  const rows = new OwnTable(postgresPool(pool, { path: 'pool', owner }), table, COLUMNS);
  const isDone = async (query: string, ...values: unknown[]): Promise<boolean> =>
    (await rows.ask(`${query} RETURNING id`, ...values)).length > 0;
  const end = `clock_timestamp() + $3 * interval '1 millisecond'`;
  const upsert = `ON CONFLICT (id) DO UPDATE SET`;
  return new LeasedCheckpoints(
    {
      take: (id, token, ms) =>
        isDone(
          `INSERT INTO ${table} AS mine (id, fence, ends_at) VALUES ($1, $2, ${end}) ${upsert} fence = excluded.fence, ends_at = excluded.ends_at
           WHERE mine.ends_at <= clock_timestamp() OR mine.fence = excluded.fence`,
          id,
          token,
          ms,
        ),
      renew: (id, token, ms) =>
        isDone(`UPDATE ${table} SET ends_at = ${end} WHERE id = $1 AND fence = $2`, id, token, ms),
      release: (id, token) =>
        rows.ask(
          `WITH kept AS (
             UPDATE ${table} SET fence = NULL, ends_at = '-infinity' WHERE id = $1 AND fence = $2 AND text IS NOT NULL
           ) DELETE FROM ${table} WHERE id = $1 AND fence = $2 AND text IS NULL`,
          id,
          token,
        ),
      load: async (id) => {
        const [row] = await rows.ask(`SELECT text FROM ${table} WHERE id = $1`, id);
        return (row?.['text'] as string | null | undefined) ?? undefined;
      },
      save: (id, text, token) =>
        token === undefined
          ? isDone(`INSERT INTO ${table} (id, text) VALUES ($1, $2) ${upsert} text = excluded.text`, id, text)
          : isDone(`UPDATE ${table} SET text = $3 WHERE id = $1 AND fence = $2`, id, token, text),
      delete: async (id, token) => {
        if (token !== undefined)
          return isDone(`UPDATE ${table} SET text = NULL WHERE id = $1 AND fence = $2`, id, token);
        await rows.ask(
          `WITH locked AS (UPDATE ${table} SET text = NULL WHERE id = $1 AND ends_at > now())
           DELETE FROM ${table} WHERE id = $1 AND ends_at <= now()`,
          id,
        );
        return true;
      },
    },
    lastsMs,
  );
}
