import { CopyOptionsError } from '../errors.ts';
import { type Output, writeLine } from './output.ts';

/** What says how a command reports. */
export interface ProgressFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly progress?: 'plain' | 'json' | 'none';
}

/** How a command says how far it is. */
export interface ProgressMode {
  /** JSON lines on stdout. */
  readonly writesJson: boolean;
  /** What is shown on stderr meanwhile. */
  readonly shows: 'bar' | 'lines' | 'nothing';
  /** Whether JSON lines have events of progress. */
  readonly hasProgress: boolean;
  /** Whether there is one for each part: a copy may have 10,000, so they have to be asked for. */
  readonly hasParts: boolean;
}

const LINE_INTERVAL_MS = 5000;

/**
 * Without `--progress`, a bar goes to a terminal on stderr, and JSON lines to a stdout that is none.
 *
 * @throws CopyOptionsError if the flags contradict each other
 */
export function readProgressMode({ json, quiet, progress }: ProgressFlags, { stdout, stderr }: Output): ProgressMode {
  if (json === true && progress === 'plain') {
    throw new CopyOptionsError('Options --json and --progress plain say two things: leave one of them out');
  }
  const isQuiet = quiet === true;
  const asksJson = json === true || progress === 'json';
  const writesJson = asksJson || (progress !== 'plain' && stdout.isTTY !== true && !isQuiet);
  const showsBar = progress === undefined && stderr.isTTY === true && !asksJson;
  const shows = isQuiet ? 'nothing' : progress === 'plain' ? 'lines' : showsBar ? 'bar' : 'nothing';
  const hasProgress = progress !== 'none';
  return { writesJson, shows, hasProgress, hasParts: hasProgress && asksJson };
}

/** What tells how far it is, again and again. */
interface Progressing {
  on(event: 'progress', listener: (progress: { readonly elapsedMs: number }) => void): unknown;
}

/**
 * Writes a line on how far it is every five seconds.
 *
 * @returns what writes the last one; safe to call twice
 */
export function showProgressLines(task: Progressing, stderr: Output['stderr'], format: () => string): () => void {
  let nextMs = LINE_INTERVAL_MS;
  let isOpen = true;
  task.on('progress', ({ elapsedMs }) => {
    if (!isOpen || elapsedMs < nextMs) return;
    nextMs = elapsedMs + LINE_INTERVAL_MS;
    writeLine(stderr, format());
  });
  return () => {
    if (isOpen) writeLine(stderr, format());
    isOpen = false;
  };
}
