import { fail, methods, type Rule, text } from '../check-options.ts';

/** A pool of `pg`, or one client of it, or whatever asks Postgres like these. */
export interface PostgresPool {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: unknown[] }>;
}

/** The rule of a pool that is given. */
export const postgresPool: Rule<PostgresPool> = methods<PostgresPool>(
  ['query'],
  'a pool of Postgres (new Pool() of pg)',
);

/** The rule of the name of a table, or of `schema.table`; gives it as SQL writes it. */
export const tableName: Rule<string> = (value, place) => {
  const parts = text(value, place).split('.');
  if (parts.length > 2 || !parts.every((part) => /^[A-Za-z_][\w$]{0,62}$/.test(part))) {
    fail(place, `must be a table or schema.table of letters, digits and _: current value is ${JSON.stringify(value)}`);
  }
  return parts.map((part) => `"${part}"`).join('.');
};

/** Two who make the same table at once: one of them is told that it, or its type, is there already. */
const MADE_BY_OTHERS: ReadonlySet<unknown> = new Set(['23505', '42P07', '42710']);
const NO_TABLE = '42P01';

/** Asks about a table of our own, which is made when it is first missing. */
export class OwnTable {
  readonly #pool: PostgresPool;
  readonly #create: string;

  /** @param columns - what stands between the parentheses of CREATE TABLE */
  constructor(pool: PostgresPool, name: string, columns: string) {
    this.#pool = pool;
    this.#create = `CREATE TABLE IF NOT EXISTS ${name} (${columns})`;
  }

  async ask(query: string, ...values: unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
    try {
      return await this.#rowsOf(query, values);
    } catch (error) {
      if (codeOf(error) !== NO_TABLE) throw error;
    }
    await this.#pool.query(this.#create).catch((error: unknown) => {
      if (!MADE_BY_OTHERS.has(codeOf(error))) throw error;
    });
    return this.#rowsOf(query, values);
  }

  async #rowsOf(query: string, values: unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return (await this.#pool.query(query, values)).rows as readonly Readonly<Record<string, unknown>>[];
  }
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown } | undefined)?.code;
}
