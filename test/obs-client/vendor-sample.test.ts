import { EventEmitter, once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import vm from 'node:vm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ObsClient } from '../../src/obs-client/index.ts';
import { startTestStore, type TestStore } from '../../src/testing/index.ts';

const require = createRequire(import.meta.url);
const SAMPLE = require.resolve('esdk-obs-nodejs/examples/concurrent-copypart-sample.js');

/** The vendor's own client, for the two calls of the sample that have nothing to do with copying: bucket and source. */
interface VendorClient {
  createBucket(params: object): Promise<unknown>;
  putObject(params: object): Promise<unknown>;
  close(): void;
}
const VendorObsClient = require('esdk-obs-nodejs') as new (options: object) => VendorClient;

let server: TestStore;
let folder: string;

beforeEach(async () => {
  server = await startTestStore();
  folder = await mkdtemp(path.join(os.tmpdir(), 'vendor-sample-'));
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

it('the vendor’s sample of a concurrent copy runs unchanged on our ObsClient', async () => {
  const { accessKeyId, secretAccessKey } = server.credentials;
  const keys = { access_key_id: accessKeyId, secret_access_key: secretAccessKey, server: server.endpoint };

  // Only what the sample leaves open is filled in: the keys and the endpoint.
  class SampleClient extends ObsClient {
    readonly #vendor = new VendorObsClient({ ...keys, is_signature_negotiation: false });
    constructor() {
      super(keys);
    }
    async createBucket(params: object): Promise<unknown> {
      await new Promise((resolve) => setImmediate(resolve));
      return this.#vendor.createBucket(params);
    }
    putObject(params: object): Promise<unknown> {
      return this.#vendor.putObject(params);
    }
    override close(): void {
      this.#vendor.close();
      super.close();
    }
  }

  const lines: string[] = [];
  const program = new EventEmitter();
  const finished = once(program, 'finished');
  const samples = {
    // 77 MB, line by line, in the vendor's own.
    createLargeSampleFileSync: (file: string): string => {
      writeFileSync(file, Buffer.alloc(11 * 1024 * 1024 + 17, '0.123456789\n'));
      return file;
    },
    mkdirsSync: () => true,
  };
  const modules: Readonly<Record<string, unknown>> = {
    'esdk-obs-nodejs': SampleClient,
    './utils': samples,
    os: { ...os, tmpdir: () => folder },
  };
  const log = (text: string): void => {
    lines.push(text);
    if (text.startsWith('Complete to upload')) program.emit('finished');
  };
  const context = {
    require: (name: string): unknown => modules[name] ?? require(name),
    console: { log, error: (error: unknown) => program.emit('error', error) },
    process: { on: (_event: string, close: () => void) => program.once('end', close) },
  };
  vm.runInNewContext(readFileSync(SAMPLE, 'utf8'), context, { filename: SAMPLE });
  await finished;
  program.emit('end');

  expect(lines.join('\n')).toContain('Total parts count 3');
  expect(lines.filter((line) => line.includes('ETag-->'))).toHaveLength(3);
  const size = 11 * 1024 * 1024 + 17;
  const source = server.object('my-obs-bucket-demo', 'my-obs-object-key-demo');
  expect(source?.size).toBe(size);
  expect(server.provenance('my-obs-bucket-demo', 'my-obs-object-key-demo-back')).toMatchObject([
    { start: 0, end: size - 1, bucket: 'my-obs-bucket-demo', key: 'my-obs-object-key-demo', offset: 0 },
  ]);
  expect(server.uploads('my-obs-bucket-demo')).toEqual([]);
});
