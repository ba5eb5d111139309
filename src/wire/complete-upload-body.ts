import type { CompletedPart } from '../store/copy-store.ts';
import { type Dialect, formatNamespace } from './dialect.ts';
import { escapeXml } from './xml.ts';

/** Checksum elements by algorithm. OBS takes none on Complete. */
const CHECKSUM_ELEMENTS: Readonly<Record<string, string>> = {
  CRC32: 'ChecksumCRC32',
  CRC32C: 'ChecksumCRC32C',
  CRC64NVME: 'ChecksumCRC64NVME',
  SHA1: 'ChecksumSHA1',
  SHA256: 'ChecksumSHA256',
};

/** The body of Complete. ETags go quoted, as S3 gives them; every known store takes them so. */
export function formatCompleteBody(dialect: Dialect, parts: readonly CompletedPart[]): string {
  let body = `<CompleteMultipartUpload${formatNamespace(dialect)}>`;
  for (const { partNumber, etag, checksums } of parts) {
    body += `<Part><PartNumber>${partNumber}</PartNumber><ETag>&quot;${escapeXml(etag)}&quot;</ETag>`;
    if (checksums !== undefined && dialect.hasChecksumHeaders) {
      for (const [algorithm, value] of Object.entries(checksums)) {
        const name = CHECKSUM_ELEMENTS[algorithm];
        if (name !== undefined) body += `<${name}>${escapeXml(value)}</${name}>`;
      }
    }
    body += '</Part>';
  }
  return `${body}</CompleteMultipartUpload>`;
}
