import { startTestStore } from '../testing/index.ts';
import { EXIT_CODES } from './exit-code.ts';
import { listenForInterruption } from './interruption.ts';
import { type Output, writeEvent, writeLine } from './output.ts';
import { parseByteSize } from './parse-byte-size.ts';
import { CopyOptionsError } from '../errors.ts';

export interface ServeFlags {
  readonly port?: number;
  readonly bucket?: readonly string[];
  /** `bucket/key=size`, split at the last `=`. */
  readonly object?: readonly string[];
  /** Milliseconds. */
  readonly latency?: number;
  readonly seed?: number;
  readonly json?: boolean;
}

/** They open this store only, and are there to be shown. */
const CREDENTIALS = Object.freeze({ accessKeyId: 'TESTACCESSKEY', secretAccessKey: 'test-secret-access-key' });

/**
 * Runs `serve`: the embedded store on 127.0.0.1, until it is interrupted. That is what was asked for, so it gives the exit code 0.
 */
export async function runServeCommand(flags: ServeFlags, output: Output): Promise<number> {
  const store = await startTestStore({
    credentials: CREDENTIALS,
    port: flags.port,
    buckets: flags.bucket,
    objects: flags.object?.map(readServedObject),
    latency: flags.latency,
    seed: flags.seed,
  });
  // A second interruption, while connections end, ends the process.
  const ended = new Promise<void>((resolve) => void listenForInterruption(resolve));
  const { endpoint, region } = store;
  const { accessKeyId, secretAccessKey } = CREDENTIALS;
  if (flags.json === true) {
    writeEvent(output.stdout, 'listening', { endpoint, region, credentials: CREDENTIALS });
  } else {
    writeLine(output.stdout, `Embedded store at ${endpoint} (Ctrl-C ends it). In another shell:`);
    writeLine(output.stdout, `  export AWS_ENDPOINT_URL=${endpoint} OBS_ENDPOINT=${endpoint} AWS_REGION=${region}`);
    writeLine(output.stdout, `  export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}`);
  }
  await ended;
  await store.close();
  return EXIT_CODES.done;
}

function readServedObject(text: string): { readonly bucket: string; readonly key: string; readonly size: number } {
  const at = text.lastIndexOf('=');
  const [, bucket, key] = /^([^/]+)\/([^]+)$/.exec(text.slice(0, Math.max(at, 0))) ?? [];
  const size = parseByteSize(text.slice(at + 1));
  if (size === undefined || bucket === undefined || key === undefined) {
    throw new CopyOptionsError(
      `${JSON.stringify(text)} names no object: write bucket/key=size, such as media/film.mxf=5GiB`,
    );
  }
  return { bucket, key, size };
}
