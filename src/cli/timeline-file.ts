import { writeFileSync } from 'node:fs';
import { CopyOptionsError, messageOf } from '../errors.ts';
import type { CopyTask } from '../task.ts';
import { recordTimeline, type Timeline } from '../timeline/record-timeline.ts';

/** The file that `--timeline` names. */
export interface TimelineFile {
  follow(task: CopyTask): void;
  /** Draws what was recorded by now. */
  write(): void;
}

/** @throws CopyOptionsError if the file can't be written */
export function openTimeline(path: string): TimelineFile {
  try {
    writeFileSync(path, '');
  } catch (error) {
    throw new CopyOptionsError(`Option --timeline must name a file that can be written: ${messageOf(error)}`);
  }
  let timeline: Timeline | undefined;
  return {
    follow(task) {
      timeline = recordTimeline(task);
    },
    write() {
      if (timeline !== undefined) writeFileSync(path, timeline.toHtml());
    },
  };
}
