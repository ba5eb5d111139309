import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { CopyObjectsResult, ObjectOutcome } from '../../src/index.ts';
import { startTestStore } from '../../src/testing/index.ts';

const OBJECTS = Number(process.env['KILLED_OBJECTS'] ?? 4500);
const KILLS = 3;
/** Copied and not yet reported, and requests in flight. */
const MOST_COPIED_TWICE = 2000 + 64;

test(
  `a run over ${OBJECTS} objects whose process is killed ${KILLS} times copies all, and at most what was in flight twice`,
  { timeout: 3_600_000 },
  async () => {
    const server = await startTestStore({
      series: [{ bucket: 'src', prefix: 't/', count: OBJECTS, size: 4096 }],
      buckets: ['dst'],
    });
    const folder = await mkdtemp(path.join(tmpdir(), 'many-'));
    const report = path.join(folder, 'run.ndjson');
    const { endpoint, credentials } = server;
    const options = {
      source: { bucket: 'src', prefix: 't/' },
      destination: { bucket: 'dst', prefix: 'c/' },
      concurrency: 64,
    };
    const start = () => {
      const child = spawn(process.execPath, [path.join(import.meta.dirname, 'copy-many-until-killed.mjs')], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      child.stdin.end(JSON.stringify({ endpoint, credentials, report, options }));
      return child;
    };
    const copies = (): number => server.stats().operations.copyObject ?? 0;
    try {
      for (let kill = 1; kill <= KILLS; kill++) {
        const child = start();
        const ended = once(child, 'exit');
        // Looked at again and again, so that the kill falls at any point of a batch.
        while ((await countLines(report)) < (OBJECTS * kill) / (KILLS + 2)) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        child.kill('SIGKILL');
        await ended;
        await server.idle();
      }
      const child = start();
      const result = JSON.parse(await text(child.stdout)) as CopyObjectsResult & { readonly peakRssMb: number };
      process.stdout.write(`${JSON.stringify(result)}\n`);
      expect(result).toMatchObject({ listed: OBJECTS, failed: 0, gone: 0 });
      expect(result.copied + result.skipped).toBe(OBJECTS);
      expect(result.skipped).toBeGreaterThanOrEqual((OBJECTS * KILLS) / (KILLS + 2));
      // What the report has is not listed again to prove the rest: no HEAD for each.
      expect(result.requests).toBeLessThan(result.copied + 200);
      expect(copies()).toBeLessThanOrEqual(OBJECTS + KILLS * MOST_COPIED_TWICE);
      expect(server.keys('dst')).toHaveLength(OBJECTS);
      for (const key of server.keys('dst')) {
        const ranges = server.provenance('dst', key);
        expect(ranges).toHaveLength(1);
        expect(ranges[0]).toMatchObject({ start: 0, end: 4095, bucket: 'src', key: `t/${key.slice(2)}`, offset: 0 });
      }
      const lines = (await readFile(report, 'utf8')).trimEnd().split('\n');
      const reported = lines.map((line) => JSON.parse(line) as ObjectOutcome);
      expect(reported.every(({ outcome }) => outcome === 'copied')).toBe(true);
      expect(new Set(reported.map(({ source }) => source.key)).size).toBe(OBJECTS);
      expect(lines).toHaveLength(OBJECTS);
    } finally {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
);

async function countLines(file: string): Promise<number> {
  return (await readFile(file, 'utf8').catch(() => '')).split('\n').length - 1;
}
