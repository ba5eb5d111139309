import type { CompletedPart } from '../store/copy-store.ts';
import { S3_ALGORITHMS } from './checksums.ts';
import { type Dialect, formatNamespace } from './dialect.ts';
import { escapeXml } from './xml.ts';

/** The body of Complete. ETags go quoted, as S3 gives them; every known store takes them so. */
export function formatCompleteBody(dialect: Dialect, parts: readonly CompletedPart[]): string {
  let body = `<CompleteMultipartUpload${formatNamespace(dialect)}>`;
  for (const { partNumber, etag, checksums } of parts) {
    body += `<Part><PartNumber>${partNumber}</PartNumber><ETag>&quot;${escapeXml(etag)}&quot;</ETag>`;
    // OBS takes no checksums on Complete.
    for (const algorithm of dialect.hasChecksumHeaders ? S3_ALGORITHMS : []) {
      const value = checksums?.[algorithm];
      if (value !== undefined) body += `<Checksum${algorithm}>${escapeXml(value)}</Checksum${algorithm}>`;
    }
    body += '</Part>';
  }
  return `${body}</CompleteMultipartUpload>`;
}
