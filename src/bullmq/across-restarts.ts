import { sleep } from '../request/sleep.ts';

/** What clients of Redis and Postgres say while their server is restarted. */
const OF_CONNECTION =
  /ECONN|EPIPE|ETIMEDOUT|terminat|connection is closed|MaxRetriesPerRequest|LOADING|\b57P0\d|\b08\d{3}|starting up|shutting down|recovery mode/i;

const LONGEST_MS = 120_000;
const PAUSE_MS = 250;

/**
 * Makes a call again while the connection is lost, for at most two minutes. Only for calls that may be made twice.
 *
 * @throws what the call throws at last
 */
export async function acrossRestarts<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const startedAt = performance.now();
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const {
        code = '',
        name = '',
        message = '',
      } = (error ?? {}) as { code?: string; name?: string; message?: string };
      const isLong = performance.now() - startedAt > LONGEST_MS;
      if (isLong || !OF_CONNECTION.test(`${code} ${name} ${message}`)) throw error;
      await sleep(PAUSE_MS, signal);
    }
  }
}
