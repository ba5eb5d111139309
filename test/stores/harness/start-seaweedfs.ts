import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import { refusedFor } from './refused-for.ts';
import { freePort, startServer } from './server-process.ts';
import { type RunningStore, type StoreSetup, testCredentials } from './store-setup.ts';

/** What differs on it, whichever build it is. */
export const seaweedFSDiffers: Pick<StoreSetup, 'differs'> = {
  differs: {
    // it stores them as `dir/dir` and `name/name`
    "key 'dir/'":
      /^to it as one: VerificationError: .*\/dir\/ has 0 bytes, but its source has .* \| to it in parts: VerificationError: /,
    'a prefix of odd keys':
      /^"a\/\/b" is not listed: right \| "a\/b" is listed, and copied \| "dir\/" (?:is listed, and failed|fails) with NoSuchKey$/,
    "'a/b' beside 'a//b'": refusedFor('a/b'),
    "'name' beside 'name/'":
      /^as one: VerificationError: .* \| in parts: VerificationError: .*\/name\/ has 1000 bytes, but its source has [^|]*$/,
  },
};

/** Starts all its services as one process. */
export async function startSeaweedFS(weed: string): Promise<RunningStore> {
  let masterPort = 0;
  const server = await startServer(async (folder, port) => {
    const data = path.join(folder, 'data');
    await mkdir(data);
    const { accessKeyId: accessKey, secretAccessKey: secretKey } = testCredentials;
    const identity = {
      name: 'tester',
      credentials: [{ accessKey, secretKey }],
      actions: ['Admin', 'Read', 'Write', 'List', 'Tagging'],
    };
    const config = path.join(folder, 's3.json');
    await writeFile(config, JSON.stringify({ identities: [identity] }));
    const services = ['master', 'volume', 'filer'];
    const ports: string[] = [];
    for (const service of services) {
      const servicePort = await freePort();
      if (service === 'master') masterPort = servicePort;
      ports.push(`-${service}.port=${servicePort}`, `-${service}.port.grpc=${await freePort()}`);
    }
    const s3 = [
      '-s3',
      `-s3.port=${port}`,
      `-s3.port.grpc=${await freePort()}`,
      '-s3.port.iceberg=0',
      '-s3.port.lance=0',
    ];
    const place = [
      '-ip=127.0.0.1',
      '-ip.bind=127.0.0.1',
      `-dir=${data}`,
      `-filer.localSocket=${folder}/f`,
      `-s3.localSocket=${folder}/s`,
    ];
    const parameters = [
      'server',
      '-filer',
      ...place,
      ...ports,
      ...s3,
      `-s3.config=${config}`,
      '-volume.max=100',
      '-master.volumeSizeLimitMB=256',
    ];
    return { program: weed, parameters };
  });
  await volumesAreThere(masterPort);
  return { ...server, credentials: testCredentials };
}

/** The gateway answers before there is a volume to write to. */
async function volumesAreThere(masterPort: number): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const { statusCode, body } = await request(`http://127.0.0.1:${masterPort}/dir/assign`);
    await body.dump();
    if (statusCode === 200) return;
    await delay(100);
  }
  throw new Error('SeaweedFS has no volume to write to after a minute');
}
