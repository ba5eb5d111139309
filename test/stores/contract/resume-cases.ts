import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileCheckpointStore } from '../../../src/index.ts';
import type { ContractCase, Sources } from './case.ts';
import { describeEnd, describeError, endOf, inParts, startCopy, uploadIdOf } from './outcome.ts';
import { destinationBucket, type Scene } from './scene.ts';

/** Copies a second time with the same checkpoint, and says whether the work of the first time was kept. */
async function goOn(scene: Scene, { medium }: Sources, key: string, checkpointPath: string): Promise<string> {
  const checkpoint = fileCheckpointStore(checkpointPath);
  const end = await endOf(startCopy(scene, medium, { key, ...inParts, checkpoint }));
  const description = await describeEnd(scene, medium, key, end, inParts);
  return end.result === undefined ? description : `${end.result.resumed ? 'resumed' : 'begun anew'}, ${description}`;
}

async function inFolder(run: (checkpointPath: string) => Promise<string>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'checkpoints-'));
  try {
    return await run(path.join(folder, 'copies'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Copies in a process of its own, which is killed as soon as it has copied three parts; resolves with its last line. */
async function copyUntilKilled(job: unknown): Promise<string> {
  const script = path.join(import.meta.dirname, 'copy-in-own-process.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
  const exit = once(child, 'exit');
  child.stdin.end(JSON.stringify(job));
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  let parts = 0;
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    if (line.startsWith('part ')) parts += 1;
    if (parts === 3) child.kill('SIGKILL');
  }
  await exit;
  return parts >= 3 ? 'killed' : `${last} ${errors}`.trim();
}

export const resumeCases: readonly ContractCase[] = [
  {
    name: 'resume after a cancelled copy',
    group: 'resume',
    usual: 'resumed, right',
    run: (scene, sources) =>
      inFolder(async (checkpointPath) => {
        const key = `${scene.way}/cancelled`;
        const controller = new AbortController();
        const copy = startCopy(scene, sources.medium, {
          key,
          ...inParts,
          concurrency: 1,
          hedge: false,
          checkpoint: fileCheckpointStore(checkpointPath),
          onFailure: 'keep',
          signal: controller.signal,
        });
        let parts = 0;
        copy.on('part', () => {
          parts += 1;
          if (parts === 3) controller.abort(new Error('cancelled'));
        });
        const { error } = await endOf(copy);
        if (error !== controller.signal.reason)
          return `first copy: ${error === undefined ? 'ended' : describeError(error)}`;
        return goOn(scene, sources, key, checkpointPath);
      }),
  },
  {
    name: 'resume after SIGKILL',
    group: 'resume',
    usual: 'resumed, right',
    run: (scene, sources) =>
      inFolder(async (checkpointPath) => {
        const key = `${scene.way}/killed`;
        const { bucket, key: sourceKey } = sources.medium;
        const { endpoint, credentials, region = 'us-east-1' } = scene.running;
        const first = await copyUntilKilled({
          way: scene.way,
          connection: { endpoint, credentials, region },
          checkpointPath,
          options: {
            ...inParts,
            concurrency: 1,
            hedge: false,
            source: { bucket, key: sourceKey },
            destination: { bucket: destinationBucket, key },
          },
        });
        if (first !== 'killed') return `first copy: ${first}`;
        return goOn(scene, sources, key, checkpointPath);
      }),
  },
  {
    name: 'resume of an upload that is gone',
    group: 'resume',
    usual: /^begun anew, right; CHECKPOINT_DISCARDED: .* upload \S+ does not exist any more$/,
    run: (scene, sources) =>
      inFolder(async (checkpointPath) => {
        const key = `${scene.way}/gone`;
        const controller = new AbortController();
        const copy = startCopy(scene, sources.medium, {
          key,
          ...inParts,
          concurrency: 1,
          hedge: false,
          checkpoint: fileCheckpointStore(checkpointPath),
          signal: controller.signal,
        });
        copy.once('part', () => controller.abort(new Error('cancelled')));
        const { error } = await endOf(copy);
        if (error !== controller.signal.reason)
          return `first copy: ${error === undefined ? 'ended' : describeError(error)}`;
        await scene.abortUploads(key, async () => {
          const files = await readdir(checkpointPath);
          const texts = files.map((file) => readFile(path.join(checkpointPath, file), 'utf8'));
          return (await Promise.all(texts)).map(uploadIdOf);
        });
        return goOn(scene, sources, key, checkpointPath);
      }),
  },
];
