import { createInterface } from 'node:readline';
import { fileCheckpointStore } from '../../src/resume/file-checkpoint-store.ts';

/**
 * Run as a process of its own: `lock-process.ts <directory> <id>`. Takes the lock for each line `lock` and answers `held`, or why not; gives
 * it back for each line `release`. When its input ends it lets go of nothing, and has to exit by itself.
 */
const [directory = '', id = ''] = process.argv.slice(2);
const store = fileCheckpointStore(directory);
let release: (() => Promise<void>) | undefined;
for await (const line of createInterface(process.stdin)) {
  try {
    if (line === 'lock') release = await store.lock?.(id);
    else await release?.();
    console.log(line === 'lock' ? 'held' : 'released');
  } catch (error) {
    console.log(`refused: ${(error as Error).message}`);
  }
}
