import type { HeadObjectRequest } from '../store/copy-store.ts';
import type { CopyContext } from './copy-context.ts';

/** How an object is named in messages: `bucket/key`, and its version where one was asked. */
export function describeObject(location: { bucket: string; key: string; versionId?: string | undefined }): string {
  const version = location.versionId === undefined ? '' : ` (version ${location.versionId})`;
  return `${location.bucket}/${location.key}${version}`;
}

/** Whether source and destination are one and the same object, to be written anew. */
export function isOntoItself({ options }: Pick<CopyContext, 'options'>): boolean {
  const { source, destination, store, sourceStore } = options;
  const sameStore = sourceStore === store || sourceStore.traits?.endpoint === store.traits?.endpoint;
  return sameStore && source.bucket === destination.bucket && source.key === destination.key;
}

/** The HEAD request for the source: the version and key that the caller gave, never one of our own choosing. */
export function sourceHeadRequest({ options, signal }: CopyContext): HeadObjectRequest {
  return {
    ...options.source,
    sse: options.sourceSse,
    requestPayer: options.requestPayer,
    expectedBucketOwner: options.expectedSourceBucketOwner,
    signal,
  };
}

/** The HEAD request for the destination. Without the caller's signal: what became of a finished copy is read in any case. */
export function destinationHeadRequest({ options }: CopyContext): HeadObjectRequest {
  return {
    ...options.destination,
    sse: options.sse?.type === 'SSE-C' ? options.sse : undefined,
    requestPayer: options.requestPayer,
    expectedBucketOwner: options.expectedBucketOwner,
  };
}
