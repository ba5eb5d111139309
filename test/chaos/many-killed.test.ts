import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { CopyObjectsResult, ObjectOutcome } from '../../src/index.ts';
import { startTestStore } from '../../src/testing/index.ts';

const OBJECTS = Number(process.env['KILLED_OBJECTS'] ?? 4500);
const KILLS = 3;
const CONCURRENCY = 64;

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
      concurrency: CONCURRENCY,
    };
    const start = () => {
      const child = spawn(process.execPath, [path.join(import.meta.dirname, 'copy-many-until-killed.mjs')], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      child.stdin.end(JSON.stringify({ endpoint, credentials, report, options }));
      return child;
    };
    const copies = (): number => server.stats().operations.copyObject ?? 0;
    let unreported = 0;
    const countLines = lineCounter(report);
    try {
      for (let kill = 1; kill <= KILLS; kill++) {
        const child = start();
        const ended = once(child, 'exit');
        // Looked at again and again, so that the kill falls at any point of a batch.
        while ((await countLines()) < (OBJECTS * kill) / (KILLS + 2)) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        child.kill('SIGKILL');
        await ended;
        unreported += server.keys('dst').length - (await countLines());
        await server.idle();
      }
      const child = start();
      const result = JSON.parse(await text(child.stdout)) as CopyObjectsResult & { readonly peakRssMb: number };
      process.stdout.write(`${JSON.stringify({ ...result, unreported, copiedTwice: copies() - OBJECTS })}\n`);
      expect(unreported).toBeGreaterThan(0);
      expect(result).toMatchObject({ listed: OBJECTS, failed: 0, gone: 0 });
      expect(result.copied + result.skipped).toBe(OBJECTS);
      expect(result.skipped).toBeGreaterThanOrEqual((OBJECTS * KILLS) / (KILLS + 2));
      // Three listings, and no HEAD for each.
      expect(result.requests).toBeLessThan(result.copied + 200 + (3 * OBJECTS) / 1000);
      // What was copied and not reported is seen at the destination: only what was in flight is copied again.
      expect(copies()).toBeLessThanOrEqual(OBJECTS + KILLS * CONCURRENCY);
      expect(server.keys('dst')).toHaveLength(OBJECTS);
      const wrong = server.keys('dst').filter((to) => {
        const [range, ...more] = server.provenance('dst', to);
        const isWhole = range?.start === 0 && range.end === 4095 && range.offset === 0;
        return more.length > 0 || !isWhole || range.bucket !== 'src' || range.key !== `t/${to.slice(2)}`;
      });
      expect(wrong).toEqual([]);
      const reported = new Set<string>();
      for await (const line of createInterface({ input: createReadStream(report) })) {
        const { outcome, source } = JSON.parse(line) as ObjectOutcome;
        if (outcome !== 'copied' || reported.has(source.key)) wrong.push(line);
        reported.add(source.key);
      }
      expect(wrong).toEqual([]);
      expect(reported.size).toBe(OBJECTS);
    } finally {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
);

/** Counts the lines of a file that grows, without reading any of it twice. */
function lineCounter(file: string): () => Promise<number> {
  let lines = 0;
  let read = 0;
  return async () => {
    const size = await stat(file).then(
      (stats) => stats.size,
      () => 0,
    );
    if (size > read) {
      for await (const chunk of createReadStream(file, { start: read, end: size - 1 })) {
        for (let at = (chunk as Buffer).indexOf(10); at !== -1; at = (chunk as Buffer).indexOf(10, at + 1)) lines++;
      }
    }
    // A later run cuts off half a line.
    read = size;
    return lines;
  };
}
