// Copies 1 GiB on a real Ceph gateway with each client, same part size and concurrency, as whole processes in interleaved rounds, and
// writes the section into results.md: `npm run bench:ceph`. Needs Ceph's Debian packages (see test/ceph/ceph-gateway.sh), and rclone
// and awscli for their lines.
import { spawn, spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

import { ACCESS_KEY, BUCKET, SOURCE_KEY } from './.build/bench/drivers/driver.js';
import { findCommit, findUncommitted, makeBuild } from './.build/bench/builds.js';
import { formatTable } from './.build/bench/report/markdown-table.js';
import { formatSpread } from './.build/bench/report/statistics.js';
import { writeSection } from './.build/bench/report/written-section.js';

const MIB = 1024 * 1024;
const SIZE = 1024 * MIB;
const PART_SIZE = 8 * MIB;
const CONCURRENCY = 8;
const ROUNDS = 3;
const PORT = 28_100;
const root = path.join(import.meta.dirname, '..');
const endpoint = `http://127.0.0.1:${PORT}`;
const client = new S3Client({ endpoint, region: 'us-east-1', credentials: ACCESS_KEY, forcePathStyle: true });

await compare();

async function compare() {
  const uncommitted = findUncommitted(root);
  if (uncommitted !== undefined) throw new Error(uncommitted);
  const build = makeBuild(root, findCommit(root, 'HEAD'), false);
  const tables = [];
  const directory = mkdtempSync('/tmp/ceph-bench-');
  const env = {
    ...process.env,
    // rclone dies of it.
    AWS_CA_BUNDLE: undefined,
    NODE_NO_WARNINGS: '1',
    ACCESS_KEY_ID: ACCESS_KEY.accessKeyId,
    SECRET_ACCESS_KEY: ACCESS_KEY.secretAccessKey,
    AWS_ACCESS_KEY_ID: ACCESS_KEY.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ACCESS_KEY.secretAccessKey,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_CONFIG_FILE: path.join(directory, 'aws-config'),
  };
  const gateway = (...parameters) => {
    const script = path.join(root, 'test/ceph/ceph-gateway.sh');
    const { status } = spawnSync('bash', [script, ...parameters], { env, stdio: ['ignore', 2, 2] });
    if (status !== 0) throw new Error(`ceph-gateway.sh ${parameters[0]} ended with ${status}`);
  };
  try {
    gateway('start', path.join(directory, 'ceph'), String(PORT));
    writeFileSync(
      env.AWS_CONFIG_FILE,
      `[default]\ns3 =\n  multipart_threshold = 8MB\n  multipart_chunksize = 8MB\n  max_concurrent_requests = ${CONCURRENCY}\n  addressing_style = path\n`,
    );
    await putSource();
    for (const delay of ['0', '0.05']) {
      gateway('delay', path.join(directory, 'ceph'), delay);
      tables.push(formatRounds(delay, await runRounds(build.folder, env, delay)));
    }
  } finally {
    gateway('stop', path.join(directory, 'ceph'));
    rmSync(directory, { recursive: true, force: true });
  }
  const title = `## On Ceph: 1 GiB, ${SIZE / PART_SIZE} parts, ${CONCURRENCY} at a time, whole processes`;
  const origin = `Commit \`${build.label}\`, ${new Date().toISOString().slice(0, 10)}, \`npm run bench:ceph\`.`;
  const section = [title, origin, ...tables].join('\n\n');
  console.log(section);
  await writeSection(path.join(import.meta.dirname, 'results.md'), 'ceph', section);
}

async function putSource() {
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const upload = { Bucket: BUCKET, Key: SOURCE_KEY };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(upload));
  const Parts = [];
  for (let number = 1; number <= SIZE / (64 * MIB); number++) {
    const part = { ...upload, UploadId, PartNumber: number, Body: randomFillSync(Buffer.alloc(64 * MIB)) };
    const { ETag } = await client.send(new UploadPartCommand(part));
    Parts.push({ PartNumber: number, ETag });
  }
  await client.send(new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload: { Parts } }));
}

function clientsFor(build, key) {
  const remote = `:s3,provider=Ceph,env_auth=true,endpoint="${endpoint}":${BUCKET}`;
  const ours = [
    path.join(build, 'dist/cli/main.js'),
    'copy',
    `s3://${BUCKET}/${SOURCE_KEY}`,
    `s3://${BUCKET}/${key}`,
    '--quiet',
  ];
  const size = ['--part-size', '8MiB', '--multipart-threshold', '8MiB', '--concurrency', String(CONCURRENCY)];
  const driver = path.join(import.meta.dirname, '.build/bench/drivers/drive.js');
  const options = { endpoint, size: SIZE, partSize: PART_SIZE, concurrency: CONCURRENCY, copies: 1 };
  const rclone = [
    'copyto',
    `${remote}/${SOURCE_KEY}`,
    `${remote}/${key}`,
    '--s3-copy-cutoff',
    '8M',
    '--s3-chunk-size',
    '8M',
  ];
  return {
    'copy-large-object': [process.execPath, ...ours, '--endpoint', endpoint, ...size],
    'AWS SDK v3 + p-limit + p-retry': [process.execPath, driver, JSON.stringify({ ...options, driver: 'aws-sdk' })],
    'AWS CLI': [
      '/usr/bin/aws',
      '--endpoint-url',
      endpoint,
      's3',
      'cp',
      `s3://${BUCKET}/${SOURCE_KEY}`,
      `s3://${BUCKET}/${key}`,
      '--copy-props',
      'none',
      '--quiet',
    ],
    rclone: ['/usr/bin/rclone', ...rclone, '--s3-upload-concurrency', String(CONCURRENCY), '--s3-no-check-bucket'],
  };
}

async function runRounds(build, env, delay) {
  const walls = {};
  for (let round = 1; round <= ROUNDS; round++) {
    for (const name of Object.keys(clientsFor(build, ''))) {
      // rclone copies parts one after another, and would take most of the time.
      if (name === 'rclone' && delay !== '0' && round > 1) continue;
      const key = `copy-${delay}-${round}-${name.length}`;
      const [command, ...parameters] = clientsFor(build, key)[name];
      if (!existsSync(command)) continue;
      const startedAt = performance.now();
      const child = spawn(command, parameters, { env, stdio: ['ignore', 'ignore', 2] });
      const status = await new Promise((resolve) => child.once('exit', resolve));
      const seconds = (performance.now() - startedAt) / 1000;
      const written = name.startsWith('AWS SDK') ? 'copy/0' : key;
      const copied = await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: written })).catch(() => undefined);
      const isRight = status === 0 && copied?.ContentLength === SIZE;
      (walls[name] ??= []).push(isRight ? seconds : Number.NaN);
      process.stderr.write(`  delay ${delay}: ${name} ${seconds.toFixed(2)} s${isRight ? '' : ', FAILED'}\n`);
    }
  }
  return walls;
}

function formatRounds(delay, walls) {
  const rows = Object.entries(walls).map(([name, seconds]) => [name, formatSpread(seconds, 2)]);
  return `OSD delay up to ${delay} s:\n\n${formatTable(['client', 's'], rows)}`;
}
