import type { TestStoreLimits } from './test-store-limits.ts';

/** Servers that the store can behave like. */
export type PersonalityName = 'aws' | 'obs' | 'ceph-rgw' | 'swift' | 'cloudserver' | 'moto' | 'minio' | 's3rver';

/** What a server does where others do otherwise: one row of data, read by the operations. */
export interface Personality {
  readonly name: PersonalityName;
  readonly serverHeader: string;
  readonly limits: TestStoreLimits;
  /** Whether `HEAD /?apiversion` announces the OBS dialect. */
  readonly announcesObs: boolean;

  /** The four `copy-source-if-*` headers of a part copy. */
  readonly partConditions: 'obeyed' | 'ignored' | 'refused-for-multipart-sources';
  /** The same on CopyObject; `misnamed`: only as `x-amz-copy-if-*`. */
  readonly copyConditions: 'obeyed' | 'ignored' | 'misnamed' | 'refused-for-multipart-sources';
  /** `If-Match` and friends on HEAD and GET. */
  readonly readConditions: 'obeyed' | 'ignored';
  readonly ifNoneMatchOnComplete: 'obeyed' | 'ignored' | 'obeyed-as-InvalidRequest';
  readonly ifNoneMatchOnPut: 'obeyed' | 'ignored' | 'refused';

  /** How a copy range is read; see `copy-range.ts`. */
  readonly copyRange: 'aws' | 'obs' | 'rgw' | 'swift' | 'cloudserver' | 'moto' | 'minio' | 's3rver';
  /** Times that the copy source of a part is percent-decoded. RGW decodes it once more than the client encodes it. */
  readonly partSourceDecodings: 1 | 2;
  readonly partNumbers: 'checked' | 'anything' | 'moto';

  /** How ETags are written in the answer of a copy. */
  readonly copyResultEtag: 'quoted' | 'unquoted';
  readonly completeEtag: 'quoted' | 'empty' | 'doubly-quoted';
  readonly copyObjectEtag: 'plain' | 'kept';
  readonly copySourceVersionEchoed: boolean;
  readonly wrongVersion: 'NoSuchVersion' | 'NoSuchKey' | 'InvalidArgument' | 'InternalError';
  readonly versionIdOnComplete: boolean;

  readonly unknownUpload: 'NoSuchUpload' | 'InternalError' | 'accepted';
  readonly completeUnknownUpload: 'NoSuchUpload' | 'InternalError' | 'ok-if-multipart-object';
  readonly completeAgain: 'same' | 'NoSuchUpload' | 'InternalError';
  /** A Complete that leaves out parts that were uploaded. */
  readonly partialComplete: 'accepted' | 'InvalidPart';
  readonly unorderedComplete: 'accepted' | 'InvalidPartOrder';
  readonly completeChecksEtags: boolean;
  readonly listPartsAfterEnd: 'NoSuchUpload' | 'NoSuchKey';
  readonly abortAfterComplete: 'NoSuchUpload' | 'NoSuchKey';
  /** What an object in parts is dated by. S3 documents the time of its Create. */
  readonly multipartDate: 'create' | 'complete';
  /** Whether ListParts, ListMultipartUploads and Abort exist. */
  readonly managesUploads: boolean;
  /** Whether an upload can still be listed, and given parts to no effect, once it is completed. */
  readonly uploadsOutliveComplete: boolean;
  /** A part copy whose upload is aborted meanwhile. */
  readonly abortedCopyInFlight: 'fails' | 'answers';

  readonly taggingOnCreate: 'kept' | 'lost' | 'refused';
  readonly tagging: 'kept' | 'refused';
  /** Whether CopyObject carries tags without being told to. */
  readonly copiesTags: boolean;
  /** Undefined: every class of the dialect. */
  readonly storageClasses: readonly string[] | undefined;
  readonly refusedStorageClass: 'InvalidStorageClass' | 'InvalidArgument';
  /** What an object gets whose storage class isn't named. */
  readonly defaultStorageClass: 'STANDARD' | 'of-bucket';
  readonly contentLanguageKept: boolean;

  readonly customerKeys: 'obeyed' | 'ignored' | 'refused' | 'not-from-source';
  readonly serverKeys: 'kept' | 'ignored' | 'refused';
  /** `x-amz-server-side-encryption` on a part copy, where it doesn't belong. */
  readonly encryptionOnPart: 'ignored' | 'refused';
  readonly checksums: 'kept' | 'ignored' | 'refused-on-part-copy';

  readonly objectAttributes: 'answered' | 'object-bytes' | 'NotImplemented';
  readonly headPartNumber: 'parts' | 'ignored' | 'refused';
  /** Whether HEAD of an object made of parts names the upload (`x-obs-uploadId`), in the OBS dialect. */
  readonly uploadIdOnHead: boolean;
  readonly copiesAcrossRegions: boolean;
}
