import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import type { Build } from '../builds.ts';
import { formatTable } from '../report/markdown-table.ts';
import { formatSpread, median } from '../report/statistics.ts';
import type { Scenario } from '../scenario.ts';

const run = promisify(execFile);
const benchFolder = path.join(import.meta.dirname, '../../..');

const OTHERS: readonly (readonly [label: string, script: string])[] = [
  ['(bare node)', ''],
  ['undici', "await import('undici')"],
  [
    'undici and a first request (refused)',
    "const { request } = await import('undici'); await request('http://127.0.0.1:9').catch(() => {})",
  ],
  ['@aws-sdk/client-s3', "await import('@aws-sdk/client-s3')"],
  ['ali-oss', "await import('ali-oss')"],
  ['aws-sdk (v2)', "await import('aws-sdk')"],
];

function listOurs({ label, folder }: Build): typeof OTHERS {
  const library = JSON.stringify(path.join(folder, 'dist/index.js'));
  const request = `await s3Store({ endpoint: 'http://127.0.0.1:9', credentials: false }).headObject({ bucket: 'b', key: 'k' }).catch(() => {})`;
  return [
    [`copy-large-object at ${label}`, `await import(${library})`],
    [
      `copy-large-object at ${label} and a first request (refused)`,
      `const { s3Store } = await import(${library}); ${request}`,
    ],
  ];
}

/** What it takes to load; the installed size is a line of `cost`. */
export const footprint: Scenario = {
  name: 'footprint',
  needsPeers: true,
  async measure({ quick, builds }) {
    const loads = [...OTHERS, ...builds.flatMap(listOurs)].map(([label, script]) => {
      return { label, script, importMs: [] as number[], rssMb: [] as number[] };
    });
    for (let round = 0; round < (quick ? 3 : 9); round++) {
      for (const { script, importMs, rssMb } of loads) {
        const measured = `const t = performance.now(); ${script}; console.log(JSON.stringify([performance.now() - t, process.resourceUsage().maxRSS / 1024]))`;
        const parameters = ['--no-warnings', '--input-type=module', '-e', measured];
        const { stdout } = await run(process.execPath, parameters, { cwd: benchFolder });
        const [ms, mb] = JSON.parse(stdout.trim().split('\n').at(-1) as string) as [number, number];
        importMs.push(ms);
        rssMb.push(mb);
      }
    }
    const rows = loads.map(({ label, importMs, rssMb }) => [label, formatSpread(importMs), median(rssMb).toFixed(0)]);
    return { title: 'Footprint: loading', markdown: formatTable(['module', 'import ms', 'RSS after it MB'], rows) };
  },
};
