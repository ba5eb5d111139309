import { spawn } from 'node:child_process';
import path from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { inject } from 'vitest';
import { plainClient } from '../stores/harness/plain-client.ts';

/** What the tests need to know of the running gateway. */
export interface CephGateway {
  readonly directory: string;
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    cephGateway: CephGateway;
  }
}

/** The script that does everything with the gateway's processes. */
export const gatewayScript: string = path.join(import.meta.dirname, 'ceph-gateway.sh');

type GatewayCommand = 'start' | 'stop' | 'kill-gateway' | 'start-gateway' | 'delay' | 'limit';

/** Runs `ceph-gateway.sh`; rejects with what it wrote to stderr. */
export async function runGatewayScript(
  gateway: CephGateway,
  command: GatewayCommand,
  ...parameters: readonly string[]
): Promise<void> {
  const child = spawn('bash', [gatewayScript, command, gateway.directory, ...parameters], {
    env: { ...process.env, ACCESS_KEY_ID: gateway.accessKeyId, SECRET_ACCESS_KEY: gateway.secretAccessKey },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const written: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => written.push(chunk));
  // not 'close': the daemons outlive the script
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (exitCode !== 0) throw new Error(Buffer.concat(written).toString().trim());
}

/** The gateway of this run, with an independent client for what the tests set up and read back. */
export function connectToGateway(): {
  readonly gateway: CephGateway;
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly client: S3Client;
} {
  const gateway = inject('cephGateway');
  const endpoint = `http://127.0.0.1:${gateway.port}`;
  const credentials = { accessKeyId: gateway.accessKeyId, secretAccessKey: gateway.secretAccessKey };
  const client = plainClient({ endpoint, credentials });
  return { gateway, endpoint, credentials, client };
}
