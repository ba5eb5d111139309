import type { CompletedPart } from '../store/copy-store.ts';
import { type Dialect, formatDocument } from './dialect.ts';
import { escapeXml } from './xml.ts';

/** The body of Complete. ETags go quoted, as S3 gives them; every known store takes them so. */
export function formatCompleteBody(dialect: Dialect, parts: readonly CompletedPart[]): string {
  let body = '';
  for (const { partNumber, etag, checksums } of parts) {
    body += `<Part><PartNumber>${partNumber}</PartNumber><ETag>&quot;${escapeXml(etag)}&quot;</ETag>`;
    // OBS takes none on Complete.
    if (checksums !== undefined && !dialect.isObs) {
      for (const [algorithm, value] of Object.entries(checksums)) {
        body += `<Checksum${algorithm}>${escapeXml(value)}</Checksum${algorithm}>`;
      }
    }
    body += '</Part>';
  }
  return formatDocument(dialect, 'CompleteMultipartUpload', body);
}
