import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { startTestStore, type OperationName, type TestStore } from '../../src/testing/index.ts';
import { createRandom } from '../simulator/random.ts';

const SEED = Number(process.env['CHAOS_SEED'] ?? 2);
const KILLS = 50;
/** The first of them, around Create. */
const CREATE_KILLS = 10;
const PARTS = 10_000;
const CONCURRENCY = 8;
const PART_SIZE = 5 * 1024 * 1024;
const source = { bucket: 'source', key: 'film' };
const destination = { bucket: 'destination', key: 'copy' };

/** When a client is killed: once so many requests of a kind have come in, or have been answered. */
interface Moment {
  readonly operations: readonly OperationName[];
  readonly count: number;
  /** Milliseconds after that. */
  readonly delayMs: number;
}

test(
  `a copy of ${PARTS} parts whose process is killed ${KILLS} times ends right, and copies hardly a part twice`,
  { timeout: 600_000 },
  async () => {
    const random = createRandom(SEED);
    const server = await startTestStore({
      buckets: [source.bucket, destination.bucket],
      objects: [{ ...source, size: PARTS * PART_SIZE - 12_345, contentType: 'video/mp4' }],
      // Now and then a part takes so long that the next process lists the parts before it has landed.
      latency: {
        copyPart: { medianMs: 5, sigma: 0.5, tailRatio: 0.01, tailFactor: 80 },
        createMultipartUpload: 100,
        default: 3,
      },
    });
    const checkpoints = await mkdtemp(path.join(tmpdir(), 'checkpoints-'));
    try {
      const job = {
        endpoint: server.endpoint,
        credentials: server.credentials,
        checkpoints,
        // Hedges copy parts twice, too.
        options: { source, destination, partSize: PART_SIZE, concurrency: CONCURRENCY, hedge: false },
      };
      const warnings: string[] = [];
      let killed = 0;
      let copiedBefore = 0;
      while (killed < KILLS) {
        const moment: Moment =
          killed < CREATE_KILLS
            ? // Where the upload is there already, no Create comes any more.
              { operations: ['createMultipartUpload', 'copyPart'], count: 1, delayMs: random() * 110 }
            : {
                operations: ['copyPart'],
                count: 1 + Math.floor(random() * (PARTS / (KILLS - CREATE_KILLS + 1))),
                delayMs: random() * 10,
              };
        const { lines, signal } = await runUntil(server, job, moment);
        warnings.push(...lines.filter((line) => line.startsWith('warning')));
        expect([signal, lines.filter((line) => line.startsWith('done'))]).toEqual(['SIGKILL', []]);
        killed++;
        expect(server.stats().copiedParts).toBeGreaterThanOrEqual(copiedBefore);
        copiedBefore = server.stats().copiedParts;
        // Those whose Create was never answered are looked for at the end of the copy.
        expect(server.uploads(destination.bucket).length).toBeLessThanOrEqual(1 + Math.min(killed, CREATE_KILLS));
      }
      const { lines, signal } = await runUntil(server, job, undefined);
      expect(signal).toBeNull();
      expect(lines.at(-1)).toMatch(/^done [0-9a-f]{32}-10000 true$/);

      const size = PARTS * PART_SIZE - 12_345;
      expect(server.provenance(destination.bucket, destination.key)).toEqual([
        expect.objectContaining({ ...source, start: 0, end: size - 1, offset: 0 }),
      ]);
      expect(server.uploads(destination.bucket)).toEqual([]);
      expect(await readdir(checkpoints)).toEqual([]);
      const { copiedParts, operations } = server.stats();
      const twice = copiedParts - PARTS;
      process.stdout.write(
        `seed ${SEED}: ${killed} kills, ${copiedParts} parts copied for ${PARTS}: ${twice} twice ` +
          `(at most ${killed * CONCURRENCY} were in flight), ${operations.createMultipartUpload} Creates, ` +
          `warnings: ${JSON.stringify(warnings)}\n`,
      );
      expect(twice).toBeLessThanOrEqual(killed * CONCURRENCY);
    } finally {
      await server.close();
      await rm(checkpoints, { recursive: true, force: true });
    }
  },
);

test('a process that is killed around Complete, again and again, copies nothing twice and knows its own object', async () => {
  const random = createRandom(SEED);
  const parts = 20;
  const server = await startTestStore({
    buckets: [source.bucket, destination.bucket],
    objects: [{ ...source, size: parts * PART_SIZE }],
    latency: { completeMultipartUpload: 20, default: 3 },
  });
  const checkpoints = await mkdtemp(path.join(tmpdir(), 'checkpoints-'));
  try {
    let doneBefore = 0;
    for (let round = 1; round <= 12; round++) {
      const key = `copy ${round}`;
      const ifExists = round % 2 === 0 ? 'fail' : 'overwrite';
      const options = {
        source,
        destination: { ...destination, key },
        partSize: PART_SIZE,
        multipartThreshold: 1,
        hedge: false,
        ifExists,
      };
      const job = { endpoint: server.endpoint, credentials: server.credentials, checkpoints, options };
      const copiedBefore = server.stats().copiedParts;
      await runUntil(server, job, {
        operations: ['completeMultipartUpload'],
        count: 1,
        delayMs: random() * 45,
      });
      // Whoever was fast enough to end before the kill has left nothing to go on with.
      const hasEnded = !(await readdir(checkpoints)).some((name) => name.endsWith('.json'));
      if (server.object(destination.bucket, key) !== undefined && !hasEnded) doneBefore++;
      if (!hasEnded) {
        const { lines } = await runUntil(server, job, undefined);
        expect(lines).toEqual([expect.stringMatching(/^done [0-9a-f]{32}-20 true$/)]);
      }
      expect(server.stats().copiedParts - copiedBefore).toBe(parts);
      expect(server.uploads(destination.bucket)).toEqual([]);
      expect((await readdir(checkpoints)).filter((name) => name.endsWith('.json'))).toEqual([]);
    }
    expect(doneBefore).toBeGreaterThan(0);
  } finally {
    await server.close();
    await rm(checkpoints, { recursive: true, force: true });
  }
}, 120_000);

/** Runs the copy in a process of its own, to its end or until it is killed at that moment. */
async function runUntil(
  server: TestStore,
  job: unknown,
  moment: Moment | undefined,
): Promise<{ readonly lines: readonly string[]; readonly signal: string | null }> {
  const script = path.join(import.meta.dirname, 'copy-until-killed.mjs');
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exit = once(child, 'exit') as Promise<[number | null, string | null]>;
  let timer: NodeJS.Timeout | undefined;
  if (moment !== undefined) {
    let left = moment.count;
    server.setFaults([
      ({ operation }) => {
        if (moment.operations.includes(operation) && --left === 0)
          timer = setTimeout(() => child.kill('SIGKILL'), moment.delayMs);
        return undefined;
      },
    ]);
  }
  child.stdin.end(JSON.stringify(job));
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) lines.push(line);
  const [, signal] = await exit;
  clearTimeout(timer);
  server.setFaults([]);
  return { lines, signal };
}
