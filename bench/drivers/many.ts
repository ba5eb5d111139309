import { pathToFileURL } from 'node:url';

import type * as Library from '../../src/index.ts';
import type * as Jobs from '../../src/jobs/index.ts';
import { COPY_PREFIX, SMALL_PREFIX } from '../store/small-objects.ts';
import { TRANSPORTS } from './bare-transports.ts';
import { ACCESS_KEY, BUCKET, type DriverOptions, REGION, warmUp } from './driver.ts';
import { signV4 } from './sign-simply.ts';

const JOBS_AT_A_TIME = 4;

/** Copies a prefix of small objects. Variants: `floor` (a bare loop), `floor,unsigned`, `ours`, `ours,auto`, `ours,jobs`. */
export function prepare(options: DriverOptions, variant: string): Promise<() => Promise<unknown>> {
  const is = new Set(variant.split(','));
  return is.has('floor') ? prepareFloor(options, !is.has('unsigned')) : prepareOurs(options, is);
}

/** As little as can be: pages listed one ahead, one CopyObject for each key, no retries, no checks. */
async function prepareFloor(
  { endpoint, concurrency }: DriverOptions,
  isSigned: boolean,
): Promise<() => Promise<unknown>> {
  const transmit = TRANSPORTS['request']!(endpoint, concurrency + 1);
  const { host } = new URL(endpoint);
  const send = (method: 'GET' | 'PUT', path: string, query: string, headers: string[]): Promise<string> => {
    if (isSigned) signV4(method, host, path, query, headers);
    return transmit(method, query === '' ? path : `${path}?${query}`, headers);
  };
  const list = async (token: string | undefined): Promise<{ keys: string[]; next: string | undefined }> => {
    const from = token === undefined ? '' : `continuation-token=${encodeURIComponent(token)}&`;
    const page = await send('GET', `/${BUCKET}`, `${from}list-type=2&prefix=${encodeURIComponent(SMALL_PREFIX)}`, []);
    const keys = Array.from(page.matchAll(/<Key>(.*?)<\/Key>/g), ([, key]) => key as string);
    return { keys, next: /<NextContinuationToken>(.*?)</.exec(page)?.[1] };
  };
  return async () => {
    let page = await list(undefined);
    for (;;) {
      const next = page.next === undefined ? undefined : list(page.next);
      const { keys } = page;
      let at = 0;
      const copyKeys = async (): Promise<void> => {
        while (at < keys.length) {
          const key = keys[at++] as string;
          const answer = await send('PUT', `/${BUCKET}/${COPY_PREFIX}${key.slice(SMALL_PREFIX.length)}`, '', [
            'x-amz-copy-source',
            `/${BUCKET}/${key}`,
          ]);
          if (!answer.includes('<ETag>')) throw new Error(answer);
        }
      };
      await Promise.all(Array.from({ length: concurrency }, copyKeys));
      if (next === undefined) return;
      page = await next;
    }
  };
}

async function prepareOurs(options: DriverOptions, is: ReadonlySet<string>): Promise<() => Promise<unknown>> {
  const { library, endpoint, concurrency } = options;
  const { copyObjects, s3Store } = (await import(pathToFileURL(library).href)) as typeof Library;
  await warmUp({ s3Store });
  const store = s3Store({ endpoint, region: REGION, credentials: ACCESS_KEY });
  const source = { bucket: BUCKET, prefix: SMALL_PREFIX };
  const destination = { bucket: BUCKET, prefix: COPY_PREFIX };
  if (is.has('jobs')) return prepareJobs(library, store, { source, destination }, concurrency);
  return () => copyObjects({ store, source, destination, concurrency: is.has('auto') ? 'auto' : concurrency });
}

/** The same as jobs, each through JSON as by a queue; as many run at once as keep all requests in flight. */
async function prepareJobs(
  library: string,
  store: Library.CopyStore,
  places: Pick<Jobs.PlanJobsOptions, 'source' | 'destination'>,
  concurrency: number,
): Promise<() => Promise<unknown>> {
  const url = new URL('jobs/index.js', pathToFileURL(library)).href;
  const { planJobs, runJob } = (await import(url)) as typeof Jobs;
  async function* list(): AsyncGenerator<Library.ListedObject> {
    let next: Library.ListContinuation | undefined;
    do {
      const page = await store.listObjects?.({ ...places.source, ...next });
      yield* page?.objects ?? [];
      next = page?.next;
    } while (next !== undefined);
  }
  return async () => {
    const jobs = planJobs(list(), { from: 'eu', ...places });
    const work = async (): Promise<void> => {
      for await (const job of { [Symbol.asyncIterator]: () => ({ next: () => jobs.next() }) }) {
        await runJob(JSON.parse(JSON.stringify(job)) as Jobs.CopyJob, {
          stores: { eu: store },
          concurrency: concurrency / JOBS_AT_A_TIME,
        });
      }
    };
    await Promise.all(Array.from({ length: JOBS_AT_A_TIME }, work));
  };
}
