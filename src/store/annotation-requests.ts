import type { SourceLocation } from './object-properties.ts';
import type { StoreRequest } from './store-request.ts';

/** A request about one annotation: a named document of up to 1 MiB on an object (S3 since 2026). */
export interface AnnotationRequest extends StoreRequest, SourceLocation {
  readonly name: string;
}

export interface PutAnnotationRequest extends AnnotationRequest {
  readonly text: string;
  /** Write only while the object has this ETag (unquoted); otherwise 412. */
  readonly objectIfMatch?: string | undefined;
}

export interface ListAnnotationsRequest extends StoreRequest, SourceLocation {
  readonly continuationToken?: string | undefined;
}

/** One page. */
export interface ListAnnotationsResult {
  readonly names: readonly string[];
  /** Where the next page begins; undefined on the last one. */
  readonly continuationToken: string | undefined;
}
