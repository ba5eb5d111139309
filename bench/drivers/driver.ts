import type * as Library from '../../src/index.ts';

/** What a driver is asked to do. */
export interface DriverOptions {
  /** `name` or `name:variant`; the file beside this one is called after the name. */
  readonly driver: string;
  /** The module of the build that is measured, for this package's own driver. */
  readonly library: string;
  readonly endpoint: string;
  readonly size: number;
  readonly partSize: number;
  readonly concurrency: number;
  /** Objects to copy, each as `concurrency` says, at the same time or one after another. */
  readonly copies: number;
  readonly oneByOne: boolean;
  /** Address of the server of the queue, for a fleet. */
  readonly queue?: string | undefined;
}

/** A driver's module. What `prepare` does (loading, making clients) isn't measured. */
export interface Driver {
  readonly prepare: (options: DriverOptions, variant: string) => Promise<(destinationKey: string) => Promise<unknown>>;
}

export const BUCKET = 'bench';
export const SOURCE_KEY = 'source/object';
export const ACCESS_KEY = { accessKeyId: 'BENCHACCESSKEY', secretAccessKey: 'bench-secret-access-key' } as const;
export const REGION = 'us-east-1';

/** Loads what only the first request loads: the other clients load theirs before they are measured, too. Nobody answers there. */
export async function warmUp({ s3Store }: Pick<typeof Library, 's3Store'>): Promise<void> {
  const nobody = s3Store({ endpoint: 'http://127.0.0.1:9', credentials: ACCESS_KEY });
  await nobody.headObject({ bucket: BUCKET, key: SOURCE_KEY }).catch(() => undefined);
}

/** Loads a library that only the benchmark uses: it is installed beside the benchmark, not with this package, and has no types here. */
// oxlint-disable-next-line typescript/no-explicit-any
export async function importPeer(name: string): Promise<any> {
  return await import(name);
}
