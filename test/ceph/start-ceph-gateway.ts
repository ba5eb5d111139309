import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { type CephGateway, gatewayScript, runGatewayScript } from './ceph-gateway.ts';

/** Starts a Ceph gateway for the whole run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { gateway, stop } = await startCephGateway();
  project.provide('cephGateway', gateway);
  return stop;
}

/** Starts a Ceph gateway of its own. Without Ceph's packages this fails, and says which are missing. */
export async function startCephGateway(): Promise<{ readonly gateway: CephGateway; stop(): Promise<void> }> {
  const gateway: CephGateway = {
    directory: await mkdtemp(path.join(shortTemporaryFolder(), 'ceph-')),
    accessKeyId: `AK${randomBytes(8).toString('hex')}`,
    secretAccessKey: randomBytes(20).toString('hex'),
    port: await findFreePortPair(),
  };
  stopWithThisProcess(gateway);
  const removeAll = async (): Promise<void> => {
    await runGatewayScript(gateway, 'stop');
    await rm(gateway.directory, { recursive: true, force: true });
  };
  try {
    await runGatewayScript(gateway, 'start', String(gateway.port));
  } catch (error) {
    await removeAll();
    throw error;
  }
  return { gateway, stop: removeAll };
}

/** Sockets are made in the folder, and their paths can't be long. */
function shortTemporaryFolder(): string {
  return tmpdir().length <= 60 ? tmpdir() : '/tmp';
}

/** Also where the run is interrupted or killed, no daemons are left behind. */
function stopWithThisProcess({ directory }: CephGateway): void {
  const parameters = [gatewayScript, 'stop-after', directory, String(process.pid)];
  spawn('bash', parameters, { detached: true, stdio: 'ignore' }).unref();
}

/** A free port whose successor is free as well: the gateway's and the monitor's. */
async function findFreePortPair(): Promise<number> {
  for (;;) {
    const port = await listenOnce(0);
    if (port !== undefined && (await listenOnce(port + 1)) !== undefined) return port;
  }
}

function listenOnce(wantedPort: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(wantedPort, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}
