/** What tells whether a store answered a HEAD of an object, or something in between did. */
export interface HeadFacts {
  readonly size: number;
  readonly etag: string | undefined;
  readonly lastModified: string | Date | undefined;
  readonly contentType: string | undefined;
}

/** The empty answer or the page of something in between: of an object, every store tells the ETag and the date. */
export function isForeignHead({ size, etag, lastModified, contentType }: HeadFacts): boolean {
  if (etag !== undefined || lastModified !== undefined) return false;
  return size === 0 || /\b(?:html|xml|json)\b/i.test(contentType ?? '');
}
