/** An ETag without its quotes; undefined where there is none. */
export function unquoteEtag(etag: string | undefined): string | undefined {
  const bare = etag?.trim().replace(/^(?:W\/)?"+|"+$/g, '');
  return bare === '' ? undefined : bare;
}

/** An ETag in quotes, as the stores write it. */
export function quoteEtag(etag: string): string {
  return `"${etag}"`;
}
