import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { copyLargeObject, recordTimeline, s3Store } from '../../src/index.ts';
import { startTestStore } from '../../src/testing/index.ts';
import { runProgram } from './debian-programs.ts';

const CHROMIUM = { name: 'chromium', debianPackage: 'chromium' };
const SOURCE = { bucket: 'media', key: 'film.mxf' };

/** A page of a copy from a store that straggles, throttles and fails now and then. */
async function drawCopy(): Promise<string> {
  const server = await startTestStore({
    buckets: ['archive'],
    objects: [{ ...SOURCE, size: 1000 * 1024 ** 2 }],
    latency: { copyPart: { medianMs: 40, sigma: 0.4, tailRatio: 0.03, tailFactor: 20 } },
    faults: [
      { kind: 'error', status: 503, code: 'SlowDown', operation: 'copyPart', times: 2 },
      { kind: 'error', status: 500, code: 'InternalError', operation: 'copyPart', probability: 0.05 },
    ],
    seed: 7,
  });
  onTestFinished(() => server.close());
  const { endpoint, credentials, region } = server;
  const copy = copyLargeObject({
    store: s3Store({ endpoint, credentials, region }),
    source: SOURCE,
    destination: { bucket: 'archive', key: 'film.mxf' },
    partSize: 5 * 1024 ** 2,
  });
  const timeline = recordTimeline(copy);
  await copy;
  return timeline.toHtml();
}

test('a browser draws the page of a copy, and loads nothing else', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'timeline-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'copy.html');
  const picture = process.env['TIMELINE_PICTURE'] ?? path.join(folder, 'copy.png');
  // It says what each shape measures on the page.
  const measure = `<script>document.title = JSON.stringify([...document.querySelectorAll('svg')].map((svg) => [svg.id, svg.getBoundingClientRect().height > 20, [...svg.querySelectorAll('rect, circle, polyline')].every((shape) => shape.getBBox().x + shape.getBBox().width <= 1201)]))</script>`;
  await writeFile(file, (await drawCopy()) + measure);
  const browse = (...flags: string[]): Promise<string> =>
    runProgram(
      CHROMIUM,
      ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${folder}`, ...flags, pathToFileURL(file).href],
      { HOME: folder },
    );
  const page = await browse('--dump-dom');
  const title = /<title>(.*)<\/title>/.exec(page)?.[1]?.replaceAll('&quot;', '"') ?? '[]';
  const drawn = ['parts', 'marks', 'throughput', 'pace'].map((id) => [id, true, true]);
  expect(JSON.parse(title)).toEqual(drawn);
  expect(page.match(/<rect class="(?:part|again)"/g)).toHaveLength(200);
  expect(page.match(/<circle class="(?:retry|throttle|hedge)"/g)?.length).toBeGreaterThan(2);
  await browse(`--screenshot=${picture}`, '--window-size=1280,1400');
  expect((await readFile(picture)).byteLength).toBeGreaterThan(20_000);
});
