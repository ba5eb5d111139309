import type { OperationName } from './operation-name.ts';
import type { TestStoreLimits } from './test-store-limits.ts';

/** Servers that the store can behave like: what runs, was run against; the clouds from `r2` on are by their documents. */
export const personalityNames = [
  'aws',
  'obs',
  'ceph-rgw',
  'swift',
  'cloudserver',
  'minio',
  's3rver',
  'moto',
  'localstack',
  's3mock',
  's3proxy',
  'versitygw',
  'seaweedfs',
  'rclone',
  'juicefs',
  's3s-fs',
  'rustfs',
  'gofakes3',
  'r2',
  'b2',
  'gcs',
  'oss',
  'scaleway',
  'supabase',
  'hcp',
  'chimera',
] as const;

export type PersonalityName = (typeof personalityNames)[number];

/** A request that a server doesn't take, whatever it would do. All conditions that are given must hold. */
export interface Refusal {
  /** @default every operation */
  readonly operations?: readonly OperationName[];
  /** Matches one of the header lines, `name:value`, the name in lower case. */
  readonly header?: RegExp;
  readonly key?: RegExp;
  readonly code: string;
  /** @default that of the code */
  readonly status?: number;
}

/** How an ETag is written. */
export type EtagForm = 'quoted' | 'unquoted' | 'doubly-quoted' | 'empty' | 'absent';

/** The ETags that a server makes, and how it writes them in its answers. */
export interface EtagRules {
  /** Of bytes that come in one piece: an object's, a part's. */
  readonly of: 'md5' | 'upper-case-md5' | 'random';
  /** Of an object in parts: MD5 of the parts' MD5s and their number; the MD5 of all bytes; the same shape by another rule. */
  readonly completed: 'formula' | 'md5' | 'another-formula';
  readonly head: EtagForm;
  readonly listing: EtagForm;
  readonly part: EtagForm;
  readonly copy: EtagForm;
  readonly complete: EtagForm;
  /** Where a Complete is answered that had been answered before. */
  readonly completeAgain: EtagForm;
}

/** What is answered for an upload that isn't there. */
type GoneCode = 'NoSuchUpload' | 'NoSuchKey' | 'AccessDenied' | 'BadRequest' | 'InternalError';

/** What a server does that others do otherwise: one row of data, read by the operations. */
export interface Personality {
  readonly name: PersonalityName;
  /** Empty: none. */
  readonly serverHeader: string;
  readonly limits: TestStoreLimits;
  /** Whether `HEAD /?apiversion` announces the OBS dialect. */
  readonly announcesObs: boolean;
  readonly refuses: readonly Refusal[];
  /** What stands in the body of an error, by its code, if it isn't an `<Error>` document. */
  readonly errorBodies: Readonly<Record<string, 'html' | 'json'>>;
  /** Names of root elements, by the documented ones. */
  readonly rootNames: Readonly<Record<string, string>>;
  readonly etags: EtagRules;

  /** The four `copy-source-if-*` headers of a part copy. */
  readonly partConditions: 'obeyed' | 'ignored' | 'refused-for-multipart-sources';
  /** The same on CopyObject; `misnamed`: only as `x-amz-copy-if-*`. */
  readonly copyConditions: 'obeyed' | 'ignored' | 'misnamed' | 'refused-for-multipart-sources';
  /** `If-Match` and friends on HEAD and GET. */
  readonly readConditions: 'obeyed' | 'ignored';
  readonly conditionsOnComplete: 'obeyed' | 'ignored' | 'obeyed-as-InvalidRequest';
  readonly conditionsOnPut: 'obeyed' | 'ignored';
  /**
   * `by-source`: judged by the source, which is always there; `overwrites`: refused, and written all the same;
   * `as-cf-copy-destination`: obeyed under the names that R2 gives them.
   */
  readonly conditionsOnCopy: 'obeyed' | 'ignored' | 'by-source' | 'overwrites' | 'as-cf-copy-destination';

  /** How a copy range is read; see `copy-range.ts`. */
  readonly copyRange: 'aws' | 'obs' | 'rgw' | 'swift' | 'cloudserver' | 'moto' | 'minio' | 's3rver' | 's3proxy';
  /** Times that the copy source of a part is percent-decoded. RGW decodes it once more than the client encodes it. */
  readonly partSourceDecodings: 1 | 2;
  readonly partNumbers: 'checked' | 'anything' | 'moto';
  /**
   * `a/`, `a//b`, …: `folded`: one with `a` and `a/b`, as are `./a` and `b/../a`; `folded-unread`: without those, and `a/` is written
   * only, and read by `a` alone; `slash-doubled`: `a/` is stored as `a/a`, and `a//b` and `a\b` are `a/b`; `slash-lost`: not at all.
   */
  readonly keys: 'exact' | 'folded' | 'folded-unread' | 'slash-doubled' | 'slash-lost';
  /** How listings write keys where the request wants them encoded; `claimed`: not at all, but they say so. */
  readonly listEncoding: 'plus' | 'percent' | 'percent-slash' | 'ignored' | 'claimed';
  /** Whether the answer to DeleteObjects tells the keys that it has deleted. */
  readonly deletedKeys: 'named' | 'unnamed';

  readonly copyObjectEtag: 'plain' | 'kept';
  readonly copySourceVersionEchoed: boolean;
  readonly wrongVersion: 'NoSuchVersion' | 'NoSuchKey' | 'InvalidArgument' | 'InternalError';
  readonly versionIdOnComplete: boolean;
  /**
   * Whether the server knows what S3 learnt by 2026: annotations, event holds, UpdateObjectEncryption, version ids from Create on,
   * and checksums beyond SHA256. Others ignore such headers, and take a word in the query that they don't know for none.
   */
  readonly knowsNews: boolean;

  // An upload that was completed, aborted or never there: the code that is answered, or what happens instead.
  /** A part. `accepted`: stored nowhere; `revives`: an aborted upload is there again. */
  readonly unknownUpload: GoneCode | 'accepted' | 'revives';
  readonly completeUnknownUpload: GoneCode | 'ok-if-multipart-object' | 'ok-if-object';
  readonly completeAgain: GoneCode | 'same';
  readonly listPartsAfterEnd: GoneCode | 'empty';
  readonly abortUnknownUpload: GoneCode;
  readonly abortAfterComplete: GoneCode;
  /** Whether Abort deletes a finished object at the upload's key. */
  readonly abortDeletesObject: boolean;
  /** A Complete that leaves out parts that were uploaded. */
  readonly partialComplete: 'accepted' | 'InvalidPart';
  readonly unorderedComplete: 'accepted' | 'InvalidPartOrder';
  readonly completeChecksEtags: boolean;
  /** What an object in parts is dated by. S3 documents the time of its Create. */
  readonly multipartDate: 'create' | 'complete';
  /** Whether an upload can still be listed, and given parts to no effect, once it is completed. */
  readonly uploadsOutliveComplete: boolean;
  /** A part copy whose upload is aborted meanwhile. */
  readonly abortedCopyInFlight: 'fails' | 'answers';
  /** What a bucket that has never had an upload answers to ListMultipartUploads. */
  readonly noUploads: 'page' | 'NoSuchUpload';
  /** A part that is copied again, or while an earlier request for it is still in work. */
  readonly duplicateParts: 'replace' | 'first-wins';

  /** `undecoded`: as the header writes them, percent-encoded. */
  readonly tagsOnWrite: 'kept' | 'undecoded' | 'lost-on-create' | 'lost';
  /** GET ?tagging. */
  readonly tagsRead: 'document' | 'nothing-if-none' | 'nothing-for-parts' | 'object-bytes';
  /** Whether PUT ?tagging is taken for PutObject. */
  readonly putTaggingOverwrites: boolean;
  /** Whether CopyObject carries tags without being told to. */
  readonly copiesTags: boolean;
  /** Undefined: every class of the dialect. */
  readonly storageClasses: readonly string[] | undefined;
  readonly refusedStorageClass: 'InvalidStorageClass' | 'InvalidArgument';
  /** What an object gets whose storage class isn't named. */
  readonly defaultStorageClass: 'STANDARD' | 'of-bucket';
  /** Headers that are taken and forgotten; `metadata` stands for all of the user's. */
  readonly lostHeaders: readonly string[];
  /** Content headers of a CopyObject that replaces: the source's all the same, or none. */
  readonly replacedHeaders: 'kept' | 'source' | 'lost';
  /** Metadata beyond ASCII; `utf8`: what isn't UTF-8 becomes U+FFFD. */
  readonly metadataValues: 'kept' | 'utf8' | 'rfc2047';
  /** Whether `_` in the name of metadata becomes `-`. */
  readonly metadataDashed: boolean;
  /** Whether HEAD of a gzip-encoded object names its length. */
  readonly gzipLength: boolean;

  readonly customerKeys: 'obeyed' | 'ignored' | 'not-from-source';
  readonly serverKeys: 'kept' | 'ignored';
  /**
   * `of-whole-source`: a part's is that of its whole source, if the source carries one, and the object's follows from these;
   * `object-only`: parts name none; `short`: so too, and the object's CRC64NVME is 4 bytes.
   */
  readonly checksums: 'kept' | 'ignored' | 'refused-on-part-copy' | 'of-whole-source' | 'object-only' | 'short';

  readonly objectAttributes: 'answered' | 'without-parts' | 'object-bytes';
  readonly headPartNumber: 'parts' | 'ignored' | 'refused';
  /** Whether HEAD of an object made of parts names the upload (`x-obs-uploadId`), in the OBS dialect. */
  readonly uploadIdOnHead: boolean;
  readonly copiesAcrossRegions: boolean;
}
