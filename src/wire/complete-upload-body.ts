import type { CompletedPart } from '../store/copy-store.ts';
import { type Dialect, formatNamespace } from './dialect.ts';
import { escapeXml } from './xml.ts';

/** Algorithms whose checksum of a part can be sent, each in an element `Checksum…`. OBS takes none on Complete. */
const SENT_CHECKSUMS: ReadonlySet<string> = new Set(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256']);

/** The body of Complete. ETags go quoted, as S3 gives them; every known store takes them so. */
export function formatCompleteBody(dialect: Dialect, parts: readonly CompletedPart[]): string {
  let body = `<CompleteMultipartUpload${formatNamespace(dialect)}>`;
  for (const { partNumber, etag, checksums } of parts) {
    body += `<Part><PartNumber>${partNumber}</PartNumber><ETag>&quot;${escapeXml(etag)}&quot;</ETag>`;
    if (checksums !== undefined && dialect.hasChecksumHeaders) {
      for (const [algorithm, value] of Object.entries(checksums)) {
        if (!SENT_CHECKSUMS.has(algorithm)) continue;
        body += `<Checksum${algorithm}>${escapeXml(value)}</Checksum${algorithm}>`;
      }
    }
    body += '</Part>';
  }
  return `${body}</CompleteMultipartUpload>`;
}
