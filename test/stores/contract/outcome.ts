/** Says in one line what a user got from a copy, as precisely as the table and a failed test need it. */
import { type CopyOptions, copyLargeObject, type CopyResult, type CopyTask } from '../../../src/index.ts';
import type { EveryCopy } from '../harness/store-setup.ts';
import { destinationBucket, MiB, type Scene, type TestObject } from './scene.ts';

export type CopyInput = Partial<CopyOptions> & { readonly key: string };

/** Parts small enough that a small object has several. */
export const inParts = { multipartThreshold: 0, partSize: 5 * MiB } as const;
/** Never in parts. */
export const asOne = { multipartThreshold: 5 * 1024 * MiB } as const;

export interface Ended {
  readonly result?: CopyResult;
  readonly error?: unknown;
  readonly elapsedMs: number;
}

/** Starts a copy that is cut off at the setup's limit, so that one that hangs ends, too. */
export function startCopy(scene: Scene, source: TestObject, { key, ...options }: CopyInput): CopyTask {
  const limit = AbortSignal.timeout(60_000);
  return copyLargeObject({
    store: scene.store,
    source: { bucket: source.bucket, key: source.key },
    ...options,
    destination: { bucket: destinationBucket, key, ...options.destination },
    signal: options.signal === undefined ? limit : AbortSignal.any([options.signal, limit]),
  });
}

export async function endOf(copy: CopyTask): Promise<Ended> {
  const startedAt = performance.now();
  try {
    const result = await copy;
    return { result, elapsedMs: performance.now() - startedAt };
  } catch (error) {
    return { error, elapsedMs: performance.now() - startedAt };
  }
}

/** Copies and describes the end. */
export async function copyAndDescribe(scene: Scene, source: TestObject, input: CopyInput): Promise<string> {
  return describeEnd(scene, source, input.key, await endOf(startCopy(scene, source, input)), input);
}

/**
 * `right` if all is as it should be; else what isn't, one remark after another.
 *
 * @param source - what a successful copy must hold
 */
export async function describeEnd(
  scene: Scene,
  source: TestObject,
  key: string,
  { result, error, elapsedMs }: Ended,
  options: Partial<CopyOptions> = {},
): Promise<string> {
  const remarks: string[] = [];
  if (result === undefined) {
    remarks.push(describeError(error));
  } else {
    const difference = await scene.compare(key, source);
    remarks.push(difference === undefined ? 'right' : `reported as copied, but ${difference}`);
    const asked = options.multipartThreshold === 0 && source.size > 0 ? 'inParts' : 'asOne';
    remarks.push(...scene.withoutUsual(remarksOn(result, asked, options), asked));
  }
  if (elapsedMs > scene.timeLimitMs(source.size)) remarks.push(`only after ${Math.round(elapsedMs / 1000)} s`);
  const uploads = await scene.uploads(key);
  if (uploads !== undefined && uploads.length > 0) remarks.push(`${uploads.length} uploads left behind`);
  return remarks.join('; ');
}

function remarksOn(
  { strategy, verified, retries, warnings }: CopyResult,
  asked: keyof EveryCopy,
  { verify = 'etag' }: Partial<CopyOptions>,
): string[] {
  return [
    ...(asked === 'inParts' && strategy === 'single' ? ['as one CopyObject'] : []),
    ...(verified === verify ? [] : [`verified: ${verified}`]),
    ...(retries > 0 ? [`${retries} retries`] : []),
    ...warnings.map(({ code, message }) => `${code}: ${onOneLine(message)}`),
  ];
}

export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'does not end within a minute';
  return `${error.name}: ${onOneLine(error.message)}`;
}

function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

/** The upload that a checkpoint names. */
export function uploadIdOf(checkpoint: string): string {
  return (JSON.parse(checkpoint) as { uploadId: string }).uploadId;
}
