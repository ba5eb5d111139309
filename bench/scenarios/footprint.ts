import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { formatTable } from '../report/markdown-table.ts';
import { formatSpread, median } from '../report/statistics.ts';
import type { Scenario } from '../scenario.ts';

const run = promisify(execFile);
const projectFolder = path.join(import.meta.dirname, '../../../..');
const ours = path.join(projectFolder, 'dist/index.js');

const SUBJECTS: readonly (readonly [label: string, script: string])[] = [
  ['(bare node)', ''],
  ['undici', "await import('undici')"],
  [
    'undici and a first request (refused)',
    "const { request } = await import('undici'); await request('http://127.0.0.1:9').catch(() => {})",
  ],
  ['copy-large-object', `await import(${JSON.stringify(ours)})`],
  [
    'copy-large-object and a first request (refused)',
    `const { s3Store } = await import(${JSON.stringify(ours)}); await s3Store({ endpoint: 'http://127.0.0.1:9', credentials: false }).headObject({ bucket: 'b', key: 'k' }).catch(() => {})`,
  ],
  ['@aws-sdk/client-s3', "await import('@aws-sdk/client-s3')"],
  ['ali-oss', "await import('ali-oss')"],
  ['aws-sdk (v2)', "await import('aws-sdk')"],
];

/** What it takes to load and to install. */
export const footprint: Scenario = {
  name: 'footprint',
  async measure({ quick }) {
    const loads = SUBJECTS.map(() => ({ importMs: [] as number[], rssMb: [] as number[] }));
    for (let round = 0; round < (quick ? 3 : 9); round++) {
      for (const [index, [, script]] of SUBJECTS.entries()) {
        const measured = `const t = performance.now(); ${script}; console.log(JSON.stringify([performance.now() - t, process.resourceUsage().maxRSS / 1024]))`;
        const { stdout } = await run(process.execPath, ['--no-warnings', '--input-type=module', '-e', measured], {
          cwd: path.join(projectFolder, 'bench'),
        });
        const [importMs, rssMb] = JSON.parse(stdout.trim().split('\n').at(-1) as string) as [number, number];
        loads[index]?.importMs.push(importMs);
        loads[index]?.rssMb.push(rssMb);
      }
    }
    const rows = SUBJECTS.map(([label], index) => [
      label,
      formatSpread(loads[index]?.importMs ?? []),
      median(loads[index]?.rssMb ?? []).toFixed(0),
    ]);
    const { bytes, files } = await measureInstalled();
    return {
      title: 'Footprint: loading and installing',
      markdown: `${formatTable(['module', 'import ms', 'RSS after it MB'], rows)}\n\nInstalled with all its dependencies: **${(bytes / 1e6).toFixed(1)} MB** in ${files} files.`,
    };
  },
};

/** Packs the package, installs it into an empty folder, and adds up what is there. */
async function measureInstalled(): Promise<{ bytes: number; files: number }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'copy-large-object-'));
  try {
    const { stdout } = await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], {
      cwd: projectFolder,
    });
    const tarball = path.join(folder, stdout.trim().split('\n').at(-1) as string);
    await run('npm', ['install', '--silent', '--no-audit', '--no-fund', '--prefix', folder, tarball]);
    let bytes = 0;
    let files = 0;
    const entries = await readdir(path.join(folder, 'node_modules'), { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (!entry.isFile()) continue;
      bytes += (await stat(path.join(entry.parentPath, entry.name))).size;
      files++;
    }
    return { bytes, files };
  } finally {
    await rm(folder, { recursive: true });
  }
}
