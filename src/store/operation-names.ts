export const NEEDED_OPERATIONS = [
  'headObject',
  'copyObject',
  'createMultipartUpload',
  'copyPart',
  'listParts',
  'completeMultipartUpload',
  'abortMultipartUpload',
  'listMultipartUploads',
] as const;

export const OPTIONAL_OPERATIONS = [
  'getObjectTagging',
  'putObjectTagging',
  'getObjectAcl',
  'listObjects',
  'deleteObjects',
  'listObjectVersions',
  'getBucketVersioning',
  'headBucket',
  'getObject',
  'listAnnotations',
  'getAnnotation',
  'putAnnotation',
  'updateObjectEncryption',
  'putObjectRetention',
  'putObjectLegalHold',
  'putObject',
] as const;
