import { connect } from 'node:tls';
import { CopyOptionsError } from '../errors.ts';
import type { RetryEvent } from '../events.ts';
import { isStoreError } from '../store/store-error.ts';
import type { CopyTask } from '../task.ts';
import { formatDuration } from './duration.ts';
import { type Output, writeLine } from './output.ts';

const LONG_MS = 5000;
const PROBE_MS = 2000;

/** How a port that speaks TLS ends a connection on which plain HTTP comes. */
const CUT_OFF: ReadonlySet<string | undefined> = new Set(['UND_ERR_SOCKET', 'ECONNRESET']);

/**
 * Says why nothing moves before there is a plan: a wrong endpoint would look like a hanging program. If a request by http is cut
 * off and the port speaks https, the copy is cancelled with an error that says so.
 *
 * @param endpoints - where its requests go, as far as that is known
 */
export function noteFirstAnswer(task: CopyTask, endpoints: readonly string[], { stderr }: Output): void {
  const where = endpoints.length === 0 ? 'the store' : endpoints.join(' and ');
  const timer = setTimeout(() => {
    writeLine(
      stderr,
      `${where}: no answer for ${formatDuration(LONG_MS)}. Does a store listen on that port? Waiting … (Ctrl-C ends it)`,
    );
  }, LONG_MS);
  const note = ({ error, delayMs }: RetryEvent): void => {
    clearTimeout(timer);
    writeLine(stderr, `${error.message}: trying again in ${formatDuration(delayMs)}`);
    if (!isStoreError(error) || !CUT_OFF.has(error.vendorCode)) return;
    for (const endpoint of endpoints) void endIfHttps(task, endpoint);
  };
  const stop = (): void => {
    clearTimeout(timer);
    task.off('retry', note);
  };
  task.on('retry', note);
  task.once('plan', stop);
  task.once('failed', stop);
}

async function endIfHttps(task: CopyTask, endpoint: string): Promise<void> {
  if (!endpoint.startsWith('http://') || !(await speaksTls(new URL(endpoint)))) return;
  const corrected = endpoint.replace(/^http:/, 'https:');
  task.abort(new CopyOptionsError(`The port of ${endpoint} speaks https: use --endpoint ${corrected}`));
}

function speaksTls({ hostname, port }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    // Only whether it shakes hands counts: nothing is sent.
    const socket = connect({ host: hostname, port: Number(port || 80), rejectUnauthorized: false, timeout: PROBE_MS });
    const end = (speaks: boolean) => (): void => {
      socket.destroy();
      resolve(speaks);
    };
    socket.once('secureConnect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}
