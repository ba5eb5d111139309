import type { Operation, PreparedOperation } from '../call.ts';
import type { OperationName } from '../operation-name.ts';
import {
  createBucket,
  deleteBucket,
  getBucketAcl,
  getBucketConfiguration,
  getBucketLocation,
  getBucketStorageClass,
  getBucketVersioning,
  headBucket,
  listBuckets,
  negotiateApi,
  putBucketVersioning,
} from './bucket-operations.ts';
import { completeMultipartUpload } from './complete-upload.ts';
import { prepareCopyObject } from './copy-object.ts';
import { prepareCopyPart } from './copy-part.ts';
import { createMultipartUpload } from './create-upload.ts';
import { deleteObject, deleteObjects } from './delete-objects.ts';
import { listObjects, listObjectsV2, listObjectVersions } from './list-objects.ts';
import { abortMultipartUpload, listMultipartUploads, listParts } from './manage-uploads.ts';
import {
  deleteObjectTagging,
  getObjectAcl,
  getObjectAttributes,
  getObjectLegalHold,
  getObjectRetention,
  getObjectTagging,
  putObjectAcl,
  putObjectLegalHold,
  putObjectRetention,
  putObjectTagging,
  updateObjectEncryption,
} from './object-settings.ts';
import {
  deleteObjectAnnotation,
  getObjectAnnotation,
  listObjectAnnotations,
  putObjectAnnotation,
} from './object-annotations.ts';
import { createSession } from './create-session.ts';
import { putObject, uploadPart } from './put-object.ts';
import { getObject, headObject } from './read-object.ts';

/** Operations that look at their source when they begin. */
export const preparedOperations: Readonly<Partial<Record<OperationName, PreparedOperation>>> = {
  copyPart: prepareCopyPart,
  copyObject: prepareCopyObject,
};

/** All others. */
export const operations: Readonly<Record<Exclude<OperationName, 'copyPart' | 'copyObject'>, Operation>> = {
  headObject,
  getObject,
  putObject,
  uploadPart,
  createMultipartUpload,
  completeMultipartUpload,
  abortMultipartUpload,
  listParts,
  listMultipartUploads,
  getObjectTagging,
  putObjectTagging,
  deleteObjectTagging,
  getObjectAcl,
  putObjectAcl,
  getObjectRetention,
  putObjectRetention,
  getObjectLegalHold,
  putObjectLegalHold,
  getObjectAttributes,
  listObjectAnnotations,
  getObjectAnnotation,
  putObjectAnnotation,
  deleteObjectAnnotation,
  updateObjectEncryption,
  createSession,
  deleteObject,
  deleteObjects,
  listObjects,
  listObjectsV2,
  listObjectVersions,
  listBuckets,
  createBucket,
  headBucket,
  deleteBucket,
  getBucketLocation,
  getBucketVersioning,
  putBucketVersioning,
  getBucketAcl,
  getBucketStorageClass,
  getBucketConfiguration,
  negotiateApi,
};
