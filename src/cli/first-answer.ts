import type { RetryEvent } from '../events.ts';
import type { CopyTask } from '../task.ts';
import { formatDuration } from './duration.ts';
import { type Output, writeLine } from './output.ts';

const LONG_MS = 5000;

/**
 * Says why nothing moves before there is a plan: a wrong endpoint would look like a hanging program.
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
  };
  const stop = (): void => {
    clearTimeout(timer);
    task.off('retry', note);
  };
  task.on('retry', note);
  task.once('plan', stop);
  task.once('failed', stop);
}
