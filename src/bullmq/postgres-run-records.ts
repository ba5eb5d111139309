import type { PostgresPool } from './postgres-pool.ts';
import { type JobEnd, type RunRecords, runState, type RunState } from './run-records.ts';

const COUNTS = ['copied', 'skipped', 'failed', 'gone', 'bytes', 'requests'] as const;
const FIGURES = ['jobs', 'jobs_done', 'objects', 'bytes_total', 'lines', 'lines_written', ...COUNTS];
const PENDING_AT_A_TIME = 500;
const NOW = 'floor(extract(epoch FROM clock_timestamp()) * 1000)';
/** `copy` in ASCII: those who make the tables at the same time wait for each other. */
const TABLES_LOCK = 0x63_6f_70_79;

type Row = Readonly<Record<string, string | number | boolean | null>>;

/** Keeps the records of runs in three tables of the schema of BullMQ, which it doesn't know. They are made when they are first needed. */
export function postgresRunRecords(pool: PostgresPool, schema: string, queue: string): RunRecords {
  const table = (name: string): string => `"${schema.replaceAll('"', '""')}".copy_${name}`;
  const [runs, jobs, lines] = ['runs', 'run_jobs', 'run_lines'].map(table) as [string, string, string];
  let ready: Promise<unknown> | undefined;
  const ask = async (text: string, ...values: unknown[]): Promise<readonly Row[]> => {
    ready ??= pool.query(tablesOf(runs, jobs, lines)).catch((error: unknown) => {
      ready = undefined;
      throw error;
    });
    await ready;
    return (await pool.query(text, [queue, ...values])).rows as Row[];
  };
  const run = 'queue = $1 AND run = $2';
  const read = async (id: string): Promise<RunState | undefined> =>
    stateFrom((await ask(`SELECT *, ${NOW} AS now FROM ${runs} WHERE ${run}`, id))[0]);
  const readLines = async (id: string, isFailure: boolean, from: number, count: number): Promise<string[]> => {
    const text = `SELECT line FROM ${lines} WHERE ${run} AND is_failure = $3 AND number >= $4 ORDER BY number LIMIT $5`;
    return (await ask(text, id, isFailure, from, count)).map(({ line }) => String(line));
  };
  // Of values from $4 on: six counts, failures, lines. What `ended` gives decides whether anything is counted.
  const addEnd = (ended: string, condition: string, change: string, isEnd: string): string => `
    WITH ended AS (${ended}), counted AS (
      UPDATE ${runs} SET ${change}, ${COUNTS.map((name, index) => `${name} = ${name} + $${index + 4}::bigint`).join()},
        lines = lines + CASE WHEN reports THEN cardinality($11::text[]) ELSE 0 END,
        ended_at = CASE WHEN ${isEnd} THEN ${NOW} ELSE ended_at END
      WHERE ${run} AND ${condition} AND EXISTS (SELECT FROM ended) RETURNING failed, lines, reports
    )
    INSERT INTO ${lines} (queue, run, is_failure, number, line)
    SELECT $1, $2, true, failed - cardinality($10::text[]) + number - 1, line
      FROM counted, unnest($10::text[]) WITH ORDINALITY AS given(line, number)
    UNION ALL SELECT $1, $2, false, lines - cardinality($11::text[]) + number - 1, line
      FROM counted, unnest($11::text[]) WITH ORDINALITY AS given(line, number) WHERE reports`;
  return {
    async begin(id, header, again) {
      if (again) {
        await ask(
          `WITH ended AS (UPDATE ${runs} SET generation = generation + 1, ended_at = NULL, is_listed = false, header = $3,
             reports = $4, started_at = ${NOW}, ${FIGURES.map((name) => `${name} = 0`).join()}
           WHERE ${run} AND ended_at IS NOT NULL RETURNING run),
           old_jobs AS (DELETE FROM ${jobs} WHERE ${run} AND EXISTS (SELECT FROM ended))
           DELETE FROM ${lines} WHERE ${run} AND EXISTS (SELECT FROM ended)`,
          id,
          JSON.stringify(header),
          header.reports,
        );
      }
      await ask(
        `INSERT INTO ${runs} (queue, run, header, reports, started_at) VALUES ($1, $2, $3, $4, ${NOW}) ON CONFLICT DO NOTHING`,
        id,
        JSON.stringify(header),
        header.reports,
      );
      return (await read(id)) as RunState;
    },
    read,
    async note(id, generation, noted) {
      const rows = await ask(
        // Locked, so that the run doesn't end meanwhile.
        `WITH open AS (SELECT FROM ${runs} WHERE ${run} AND generation = $6 AND ended_at IS NULL FOR UPDATE),
         given AS (SELECT given.* FROM open, unnest($3::text[], $4::int[], $5::bigint[]) AS given(id, objects, bytes)),
         added AS (INSERT INTO ${jobs} (queue, run, id, objects, bytes) SELECT $1, $2, * FROM given
           ON CONFLICT DO NOTHING RETURNING id, objects, bytes),
         counted AS (UPDATE ${runs} SET jobs = jobs + (SELECT count(*) FROM added),
           objects = ${runs}.objects + (SELECT coalesce(sum(objects), 0) FROM added),
           bytes_total = bytes_total + (SELECT coalesce(sum(bytes), 0) FROM added) WHERE ${run})
         SELECT id FROM added UNION ALL
         SELECT id FROM open, ${jobs} WHERE ${run} AND id = ANY($3::text[]) AND NOT is_done`,
        id,
        noted.map((job) => job.id),
        noted.map(({ objects }) => objects),
        noted.map(({ bytes }) => bytes),
        generation,
      );
      return rows.map((row) => String(row['id']));
    },
    async endListing(id, generation, settled) {
      const change = 'is_listed = true, objects = objects + $3::bigint';
      const text = addEnd('SELECT 1', 'NOT is_listed AND generation = $12', change, 'jobs_done = jobs');
      await ask(text, id, settled.skipped + settled.failed, ...endValues(settled), generation);
    },
    async stateOf(id, job) {
      const text = `SELECT is_done, reports FROM ${jobs} JOIN ${runs} USING (queue, run) WHERE ${run} AND id = $3`;
      const [row] = await ask(text, id, job);
      const state = row === undefined ? 'unknown' : row['is_done'] === true ? 'ended' : 'pending';
      return { state, reports: row?.['reports'] === true };
    },
    async endJob(id, job, end) {
      const ended = `UPDATE ${jobs} SET is_done = true WHERE ${run} AND id = $3 AND NOT is_done RETURNING id`;
      const text = addEnd(ended, 'true', 'jobs_done = jobs_done + 1', 'is_listed AND jobs_done + 1 = jobs');
      await ask(text, id, job, ...endValues(end));
    },
    async pending(id, cursor = '') {
      const text = `SELECT id FROM ${jobs} WHERE ${run} AND NOT is_done AND id > $3 ORDER BY id LIMIT ${PENDING_AT_A_TIME}`;
      const ids = (await ask(text, id, cursor)).map((row) => String(row['id']));
      return { ids, cursor: ids.length < PENDING_AT_A_TIME ? undefined : ids.at(-1) };
    },
    failures: (id, from, count) => readLines(id, true, from, count),
    lines: (id, count) => readLines(id, false, 0, count),
    async dropLines(id, from, count) {
      await ask(
        `WITH written AS (UPDATE ${runs} SET lines_written = $3::bigint + $4::bigint
           WHERE ${run} AND lines_written = $3::bigint RETURNING run)
         DELETE FROM ${lines} WHERE ${run} AND NOT is_failure AND number < $3::bigint + $4::bigint AND EXISTS (SELECT FROM written)`,
        id,
        from,
        count,
      );
    },
    list: async () =>
      (await ask(`SELECT run FROM ${runs} WHERE queue = $1 ORDER BY started_at`)).map((row) => String(row['run'])),
    remove: async (id) =>
      void (await ask(
        `WITH old_jobs AS (DELETE FROM ${jobs} WHERE ${run}), old_lines AS (DELETE FROM ${lines} WHERE ${run})
         DELETE FROM ${runs} WHERE ${run}`,
        id,
      )),
  };
}

function endValues(end: JobEnd): unknown[] {
  return [...COUNTS.map((name) => end[name]), end.failures, end.lines];
}

function tablesOf(runs: string, jobs: string, lines: string): string {
  const figures = FIGURES.map((name) => `${name} bigint NOT NULL DEFAULT 0`).join(', ');
  const key = 'queue text NOT NULL, run text NOT NULL';
  return `BEGIN; SELECT pg_advisory_xact_lock(${TABLES_LOCK});
    CREATE TABLE IF NOT EXISTS ${runs} (${key}, header text NOT NULL, reports boolean NOT NULL, generation int NOT NULL DEFAULT 1,
      is_listed boolean NOT NULL DEFAULT false, started_at bigint NOT NULL, ended_at bigint, ${figures}, PRIMARY KEY (queue, run));
    CREATE TABLE IF NOT EXISTS ${jobs} (${key}, id text NOT NULL, objects int NOT NULL, bytes bigint NOT NULL,
      is_done boolean NOT NULL DEFAULT false, PRIMARY KEY (queue, run, id));
    CREATE TABLE IF NOT EXISTS ${lines} (${key}, is_failure boolean NOT NULL, number bigint NOT NULL, line text NOT NULL,
      PRIMARY KEY (queue, run, is_failure, number));
    COMMIT`;
}

function stateFrom(row: Row | undefined): RunState | undefined {
  if (row === undefined) return undefined;
  const count = (name: string): number =>
    Number(row[name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toLowerCase()]);
  return runState(String(row['header']), count, {
    isListed: row['is_listed'] === true,
    endedAt: row['ended_at'] === null ? undefined : count('endedAt'),
  });
}
