import { createHash } from 'node:crypto';

/** One multipart upload, and what is wrong with it in the end. */
export interface Upload {
  readonly key: string;
  /** By part number: first and last byte, and how often it was copied. */
  readonly parts: Map<number, { readonly start: number; readonly end: number; readonly copies: number }>;
}

/** The ETag of a part: looks like an MD5, the same however often the part is copied. */
export function formatPartEtag(partNumber: number): string {
  return `c0ffee${partNumber.toString(16).padStart(26, '0')}`;
}

/** What the object's ETag is by S3's rule: the MD5 of the parts' MD5s. */
export function computeObjectEtag(partNumbers: readonly number[]): string {
  const hash = createHash('md5');
  for (const partNumber of partNumbers) hash.update(formatPartEtag(partNumber), 'hex');
  return `${hash.digest('hex')}-${partNumbers.length}`;
}

/** Checks a Complete: parts in ascending order from 1, each with the ETag it was given, and ranges that tile the object. */
export function findFault(
  upload: Upload,
  body: string,
  size: number,
): { readonly fault: string | undefined; readonly partNumbers: number[] } {
  const partNumbers: number[] = [];
  let fault: string | undefined;
  let offset = 0;
  for (const [part] of body.matchAll(/<Part>.*?<\/Part>/gs)) {
    const partNumber = Number(/<PartNumber>(\d+)/.exec(part)?.[1]);
    const etag = /<ETag>(?:&quot;|&#34;|")?([0-9a-f]+)/.exec(part)?.[1];
    partNumbers.push(partNumber);
    const copied = upload.parts.get(partNumber);
    if (partNumber !== partNumbers.length) fault ??= `part ${partNumber} stands at place ${partNumbers.length}`;
    else if (copied === undefined) fault ??= `part ${partNumber} was never copied`;
    else if (etag !== formatPartEtag(partNumber)) fault ??= `part ${partNumber} has ETag ${etag}`;
    else if (copied.start !== offset) fault ??= `part ${partNumber} starts at ${copied.start} instead of ${offset}`;
    else offset = copied.end + 1;
  }
  if (fault === undefined && offset !== size) fault = `the parts end at ${offset} of ${size} bytes`;
  return { fault, partNumbers };
}
