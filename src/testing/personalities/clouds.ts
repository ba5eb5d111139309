import {
  type Deviations,
  KIB,
  noServerKeys,
  noTaggingCalls,
  refuseHeader,
  refuseOperations,
  usual,
  usualEtags,
} from './usual.ts';

// Apart from AWS and OBS these follow the vendors' documents and what users report: none was run against.

export const aws: Deviations = {
  serverHeader: 'AmazonS3',
  announcesObs: true,
  multipartDate: 'create',
  knowsNews: true,
  listEncoding: 'plus',
};

export const obs: Deviations = {
  serverHeader: 'OBS',
  announcesObs: true,
  limits: { ...usual.limits, minPartSize: 100 * KIB, maxMetadataSize: 8 * KIB },
  refuses: [refuseOperations('NotImplemented', 'getObjectAttributes')],
  copyRange: 'obs',
  copySourceVersionEchoed: false,
  completeAgain: 'NoSuchUpload',
  conditionsOnComplete: 'ignored',
  conditionsOnPut: 'ignored',
  conditionsOnCopy: 'ignored',
  copiesTags: false,
  defaultStorageClass: 'of-bucket',
  headPartNumber: 'ignored',
  uploadIdOnHead: true,
  copiesAcrossRegions: false,
};

// https://developers.cloudflare.com/r2/api/s3/api/
export const r2: Deviations = {
  serverHeader: 'cloudflare',
  refuses: [
    refuseHeader('tagging'),
    refuseHeader('copy-source-if-', 'NotImplemented', ['copyPart']),
    refuseHeader('(acl|grant-|website-redirect-location|object-lock-|request-payer|server-side-encryption:)'),
    noTaggingCalls,
    refuseOperations('NotImplemented', 'getObjectAcl', 'putObjectAcl', 'getObjectAttributes', 'putBucketVersioning'),
  ],
  conditionsOnCopy: 'as-cf-copy-destination',
};

// https://www.backblaze.com/docs/cloud-storage-s3-compatible-api
export const b2: Deviations = {
  serverHeader: 'nginx',
  refuses: [refuseHeader('(tagging|website-redirect-location|request-payer):', 'InvalidArgument'), noTaggingCalls],
  conditionsOnComplete: 'ignored',
  conditionsOnPut: 'ignored',
  conditionsOnCopy: 'ignored',
  checksums: 'ignored',
};

// https://cloud.google.com/storage/docs/xml-api/overview
export const gcs: Deviations = {
  serverHeader: 'UploadServer',
  refuses: [refuseOperations('NotImplemented', 'copyPart', 'getObjectAttributes'), noTaggingCalls],
  etags: { ...usualEtags, completed: 'another-formula' },
  gzipLength: false,
  checksums: 'ignored',
  tagsOnWrite: 'lost',
  conditionsOnComplete: 'ignored',
  conditionsOnPut: 'ignored',
  conditionsOnCopy: 'ignored',
};

// https://www.alibabacloud.com/help/en/oss/developer-reference/compatibility-with-amazon-s3
export const oss: Deviations = {
  serverHeader: 'AliyunOSS',
  limits: { ...usual.limits, minPartSize: 100 * KIB, maxMetadataSize: 8 * KIB },
  etags: { ...usualEtags, of: 'upper-case-md5', completed: 'another-formula' },
  checksums: 'ignored',
  conditionsOnComplete: 'ignored',
  conditionsOnPut: 'ignored',
  conditionsOnCopy: 'ignored',
  completeAgain: 'NoSuchUpload',
};

// https://www.scaleway.com/en/docs/object-storage/reference-content/optimize-object-storage-performance/
export const scaleway: Deviations = { limits: { ...usual.limits, maxParts: 1000 } };

// https://supabase.com/docs/guides/storage/s3/compatibility, and its router's source for PUT ?tagging
export const supabase: Deviations = {
  refuses: [refuseOperations('NotImplemented', 'getObjectAcl', 'putObjectAcl'), noServerKeys],
  tagsOnWrite: 'lost',
  putTaggingOverwrites: true,
  checksums: 'ignored',
};

// Chimera: each write of a part has an ETag of its own.
export const chimera: Deviations = { etags: { ...usualEtags, of: 'random' }, checksums: 'ignored' };

// Hitachi Content Platform: its manual insists on a slash in front of the copy source.
export const hcp: Deviations = {
  serverHeader: 'HCP',
  refuses: [refuseHeader('copy-source:[^/]', 'InvalidArgument'), noTaggingCalls],
  tagsOnWrite: 'lost',
  checksums: 'ignored',
};
