import { tracingChannel } from 'node:diagnostics_channel';
import { pathToFileURL } from 'node:url';

import type * as Library from '../../src/index.ts';
import { ACCESS_KEY, BUCKET, type DriverOptions, REGION, SOURCE_KEY, warmUp } from './driver.ts';

/** A build of this package, of any age, by its public interface. Variants, joined by commas: `obs` (else SigV4), `auto`, `no-hedge`, `listen` (a listener on every event), `trace` (a subscriber to both channels), `limiter`. */
export async function prepare(options: DriverOptions, variant: string): Promise<(key: string) => Promise<unknown>> {
  const { library } = options;
  const url = pathToFileURL(library).href;
  const { copyLargeObject, createLimiter, obsStore, s3Store } = (await import(url)) as typeof Library;
  await warmUp({ s3Store });
  const is = new Set(variant.split(','));
  const ended: number[] = [];
  const { endpoint, partSize, concurrency } = options;
  const store = is.has('obs')
    ? obsStore({ endpoint, credentials: ACCESS_KEY })
    : s3Store({ endpoint, region: REGION, credentials: ACCESS_KEY });
  const limiter = is.has('limiter') ? createLimiter({ maxConcurrency: concurrency }) : undefined;
  if (is.has('trace')) {
    for (const name of ['copy', 'request']) {
      const noteEnd = (message: object): void => void ended.push((message as { durationMs: number }).durationMs);
      tracingChannel(`copy-large-object:${name}`).asyncEnd.subscribe(noteEnd as never);
    }
  }
  return async (key) => {
    const copy = copyLargeObject({
      store,
      source: { bucket: BUCKET, key: SOURCE_KEY },
      destination: { bucket: BUCKET, key },
      partSize,
      concurrency: is.has('auto') ? { max: concurrency } : concurrency,
      hedge: !is.has('no-hedge'),
      limiter,
    });
    if (is.has('listen')) {
      let events = 0;
      for (const name of ['plan', 'upload', 'part', 'retry', 'throttle', 'warning', 'progress', 'complete'] as const) {
        copy.on(name, () => {
          events++;
        });
      }
      await copy;
      return events;
    }
    return await copy;
  };
}
