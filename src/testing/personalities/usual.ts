import type { OperationName } from '../operation-name.ts';
import type { EtagRules, Personality, Refusal } from '../personality.ts';

export const KIB: number = 1024;
const MIB: number = 1024 * KIB;
export const GIB: number = 1024 * MIB;

/** What a server does otherwise than usual. */
export type Deviations = Partial<Omit<Personality, 'name'>>;

export const usualEtags: EtagRules = {
  of: 'md5',
  completed: 'formula',
  head: 'quoted',
  listing: 'quoted',
  part: 'quoted',
  copy: 'quoted',
  complete: 'quoted',
  completeAgain: 'quoted',
};

/** What most servers do. */
export const usual: Omit<Personality, 'name'> = {
  serverHeader: '',
  limits: {
    minPartSize: 5 * MIB,
    maxPartSize: 5 * GIB,
    maxParts: 10_000,
    maxCopyObjectSize: 5 * GIB,
    maxObjectSize: 10_000 * 5 * GIB,
    minRangedSourceSize: 0,
    maxListedParts: 1000,
    maxMetadataSize: 2 * KIB,
  },
  announcesObs: false,
  refuses: [],
  errorBodies: {},
  rootNames: {},
  etags: usualEtags,
  partConditions: 'obeyed',
  copyConditions: 'obeyed',
  readConditions: 'obeyed',
  conditionsOnComplete: 'obeyed',
  conditionsOnPut: 'obeyed',
  conditionsOnCopy: 'obeyed',
  copyRange: 'aws',
  partSourceDecodings: 1,
  partNumbers: 'checked',
  keys: 'exact',
  listEncoding: 'percent',
  deletedKeys: 'named',
  copyObjectEtag: 'plain',
  copySourceVersionEchoed: true,
  wrongVersion: 'NoSuchVersion',
  versionIdOnComplete: true,
  knowsNews: false,
  unknownUpload: 'NoSuchUpload',
  completeUnknownUpload: 'NoSuchUpload',
  completeAgain: 'same',
  listPartsAfterEnd: 'NoSuchUpload',
  abortUnknownUpload: 'NoSuchUpload',
  abortAfterComplete: 'NoSuchUpload',
  abortDeletesObject: false,
  partialComplete: 'accepted',
  unorderedComplete: 'InvalidPartOrder',
  completeChecksEtags: true,
  multipartDate: 'complete',
  uploadsOutliveComplete: false,
  abortedCopyInFlight: 'fails',
  noUploads: 'page',
  duplicateParts: 'replace',
  tagsOnWrite: 'kept',
  tagsRead: 'document',
  putTaggingOverwrites: false,
  copiesTags: true,
  storageClasses: undefined,
  refusedStorageClass: 'InvalidStorageClass',
  defaultStorageClass: 'STANDARD',
  lostHeaders: [],
  replacedHeaders: 'kept',
  metadataValues: 'kept',
  metadataDashed: false,
  gzipLength: true,
  customerKeys: 'obeyed',
  serverKeys: 'kept',
  checksums: 'kept',
  objectAttributes: 'answered',
  headPartNumber: 'parts',
  uploadIdOnHead: false,
  copiesAcrossRegions: true,
};

const taggingCalls: readonly OperationName[] = ['getObjectTagging', 'putObjectTagging', 'deleteObjectTagging'];

/** A refusal of headers, in either dialect: `header` is the start of the line behind `x-amz-`. */
export function refuseHeader(header: string, code = 'NotImplemented', operations?: readonly OperationName[]): Refusal {
  const line = { header: new RegExp(`^x-(amz|obs)-${header}`), code };
  return operations === undefined ? line : { ...line, operations };
}

export function refuseOperations(code: string, ...operations: OperationName[]): Refusal {
  return { operations, code };
}

/** A key that can't be written. */
export function refuseKey(key: RegExp, code: string, ...operations: OperationName[]): Refusal {
  return { key, code, operations };
}

export const noTaggingCalls: Refusal = refuseOperations('NotImplemented', ...taggingCalls);
export const noVersioning: Refusal = refuseOperations('NotImplemented', 'putBucketVersioning');
export const noCustomerKeys: Refusal = refuseHeader('(copy-source-)?server-side-encryption-customer-');
/** `server-side-encryption` alone: the customer's keys have longer names. */
export const noServerKeys: Refusal = refuseHeader('server-side-encryption:');
