import cliProgress from 'cli-progress';
import type { CopyProgress } from '../events.ts';
import type { CopyTask } from '../task.ts';
import type { Output } from './output.ts';
import { layOutProgress } from './progress-line.ts';

const USUAL_COLUMNS = 80;

// Not by util.styleText: from Node 22 on it looks at stdout, and here only stderr matters.
const GREEN = '\u001b[32m';
const DIM = '\u001b[2m';
const PLAIN = '\u001b[0m';

/**
 * Draws a bar on `stderr` from the moment when the copy is planned.
 *
 * @returns what draws the last state, gives the cursor back and leaves the line; safe to call twice
 */
export function showProgressBar(task: CopyTask, stderr: Output['stderr']): () => void {
  const colours = usesColours();
  const bar = new cliProgress.SingleBar({
    stream: stderr,
    hideCursor: true,
    format: () => drawLine(task.progress, stderr.columns ?? USUAL_COLUMNS, colours),
  });
  task.once('plan', (plan) => bar.start(plan.size, 0));
  return () => bar.stop();
}

function drawLine(progress: CopyProgress, columns: number, colours: boolean): string {
  // One column stays free, as terminals differ in what they do at the last one.
  const { done, open, text } = layOutProgress(progress, columns - 1);
  if (done === '' && open === '') return text;
  return colours ? `${GREEN}${done}${PLAIN}${DIM}${open}${PLAIN} ${text}` : `${done}${open} ${text}`;
}

/** See https://no-color.org */
function usesColours(): boolean {
  return (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb';
}
