import { type Deviations, noVersioning, refuseOperations, usual, usualEtags } from './usual.ts';

// For tests on one's own machine; milder than stores in some places, odder in others.

export const gofakes3: Deviations = {
  serverHeader: 'AmazonS3',
  refuses: [refuseOperations('MissingContentLength', 'copyPart'), noVersioning],
  partConditions: 'ignored',
  copyConditions: 'ignored',
  conditionsOnComplete: 'ignored',
  conditionsOnPut: 'ignored',
  conditionsOnCopy: 'ignored',
  listEncoding: 'ignored',
  noUploads: 'NoSuchUpload',
  tagsOnWrite: 'lost',
  tagsRead: 'object-bytes',
  putTaggingOverwrites: true,
  replacedHeaders: 'lost',
  metadataValues: 'utf8',
  serverKeys: 'ignored',
  customerKeys: 'ignored',
  checksums: 'ignored',
};

export const moto: Deviations = {
  serverHeader: 'Werkzeug',
  errorBodies: { InternalError: 'html' },
  rootNames: {
    ListPartsResult: 'ListPartsResponse',
    GetObjectAttributesResponse: 'GetObjectAttributesOutput',
  },
  partConditions: 'ignored',
  copyConditions: 'ignored',
  conditionsOnCopy: 'ignored',
  copyRange: 'moto',
  partNumbers: 'moto',
  copySourceVersionEchoed: false,
  wrongVersion: 'NoSuchKey',
  unknownUpload: 'InternalError',
  completeUnknownUpload: 'InternalError',
  unorderedComplete: 'accepted',
  abortedCopyInFlight: 'answers',
  customerKeys: 'ignored',
  checksums: 'short',
  objectAttributes: 'without-parts',
};

export const localstack: Deviations = {
  serverHeader: 'hypercorn-h11',
  conditionsOnCopy: 'overwrites',
  completeAgain: 'NoSuchUpload',
  metadataValues: 'rfc2047',
  customerKeys: 'ignored',
};

export const s3mock: Deviations = {
  errorBodies: { BadRequest: 'json' },
  rootNames: {
    GetObjectAttributesResponse: 'GetObjectAttributesOutput',
    ListVersionsResult: 'ListBucketResult',
  },
  conditionsOnCopy: 'ignored',
  copyRange: 'cloudserver',
  copySourceVersionEchoed: false,
  wrongVersion: 'NoSuchKey',
  unknownUpload: 'InternalError',
  completeUnknownUpload: 'BadRequest',
  abortUnknownUpload: 'BadRequest',
  abortDeletesObject: true,
  tagsOnWrite: 'undecoded',
  tagsRead: 'nothing-if-none',
  lostHeaders: ['website-redirect-location'],
  replacedHeaders: 'source',
  customerKeys: 'ignored',
  checksums: 'object-only',
  objectAttributes: 'without-parts',
  headPartNumber: 'ignored',
};

export const s3rver: Deviations = {
  serverHeader: 'S3rver',
  limits: { ...usual.limits, minPartSize: 0 },
  refuses: [
    refuseOperations('MethodNotAllowed', 'listParts', 'abortMultipartUpload'),
    refuseOperations('NotImplemented', 'listMultipartUploads'),
  ],
  etags: { ...usualEtags, complete: 'doubly-quoted', completeAgain: 'doubly-quoted' },
  partConditions: 'ignored',
  copyConditions: 'ignored',
  readConditions: 'ignored',
  conditionsOnComplete: 'ignored',
  conditionsOnPut: 'ignored',
  conditionsOnCopy: 'ignored',
  copyRange: 's3rver',
  partNumbers: 'anything',
  copyObjectEtag: 'kept',
  versionIdOnComplete: false,
  unknownUpload: 'accepted',
  completeUnknownUpload: 'InternalError',
  completeAgain: 'InternalError',
  unorderedComplete: 'accepted',
  completeChecksEtags: false,
  tagsOnWrite: 'lost-on-create',
  customerKeys: 'ignored',
  serverKeys: 'ignored',
  checksums: 'ignored',
  objectAttributes: 'object-bytes',
  headPartNumber: 'ignored',
};
