import type { OperationName } from './operation-name.ts';
import { dialectHeader, type StoreRequest } from './store-request.ts';

/** Which operation a request asks for; undefined where there is none such. */
export function routeOperation(request: StoreRequest): OperationName | undefined {
  if (request.method === 'HEAD' && request.query.has('apiversion')) return 'negotiateApi';
  if (request.key !== '') return routeObjectOperation(request);
  if (request.bucket !== '') return routeBucketOperation(request);
  return request.method === 'GET' || request.method === 'HEAD' ? 'listBuckets' : undefined;
}

/** Object operations chosen by a word in the query. */
const objectSubresources: Readonly<Record<string, Readonly<Partial<Record<string, OperationName>>>>> = {
  uploads: { POST: 'createMultipartUpload' },
  tagging: { GET: 'getObjectTagging', PUT: 'putObjectTagging', DELETE: 'deleteObjectTagging' },
  acl: { GET: 'getObjectAcl', PUT: 'putObjectAcl' },
  attributes: { GET: 'getObjectAttributes' },
  retention: { GET: 'getObjectRetention', PUT: 'putObjectRetention' },
  'legal-hold': { GET: 'getObjectLegalHold', PUT: 'putObjectLegalHold' },
  annotationName: { GET: 'getObjectAnnotation' },
  annotation: { GET: 'listObjectAnnotations', PUT: 'putObjectAnnotation', DELETE: 'deleteObjectAnnotation' },
  encryption: { PUT: 'updateObjectEncryption' },
};

const bucketSubresources: Readonly<Record<string, Readonly<Partial<Record<string, OperationName>>>>> = {
  uploads: { GET: 'listMultipartUploads' },
  versions: { GET: 'listObjectVersions' },
  location: { GET: 'getBucketLocation' },
  versioning: { GET: 'getBucketVersioning', PUT: 'putBucketVersioning' },
  delete: { POST: 'deleteObjects' },
  session: { GET: 'createSession' },
  acl: { GET: 'getBucketAcl' },
  storageClass: { GET: 'getBucketStorageClass' },
  storagePolicy: { GET: 'getBucketStorageClass' },
};

/** Settings of buckets that the store doesn't keep: asked for, they are answered as not set. */
export const unsetBucketConfigurations: ReadonlySet<string> = new Set([
  'policy',
  'cors',
  'lifecycle',
  'website',
  'tagging',
  'encryption',
  'object-lock',
  'requestPayment',
  'logging',
  'notification',
  'replication',
  'accelerate',
  'ownershipControls',
  'publicAccessBlock',
  'policyStatus',
]);

function routeObjectOperation(request: StoreRequest): OperationName | undefined {
  const { method, query } = request;
  if (query.has('uploadId')) return routeUploadOperation(request);
  for (const [word, byMethod] of Object.entries(objectSubresources)) {
    const operation = query.has(word) ? byMethod[method] : undefined;
    if (operation !== undefined) return operation;
    if (query.has(word) && word !== 'annotationName') return undefined;
  }
  switch (method) {
    case 'HEAD':
      return 'headObject';
    case 'GET':
      return 'getObject';
    case 'PUT':
      return dialectHeader(request, 'copy-source') === undefined ? 'putObject' : 'copyObject';
    case 'DELETE':
      return 'deleteObject';
    default:
      return undefined;
  }
}

function routeUploadOperation(request: StoreRequest): OperationName | undefined {
  switch (request.method) {
    case 'PUT':
      if (!request.query.has('partNumber')) return undefined;
      return dialectHeader(request, 'copy-source') === undefined ? 'uploadPart' : 'copyPart';
    case 'GET':
      return 'listParts';
    case 'POST':
      return 'completeMultipartUpload';
    case 'DELETE':
      return 'abortMultipartUpload';
    default:
      return undefined;
  }
}

function routeBucketOperation({ method, query }: StoreRequest): OperationName | undefined {
  for (const [word, byMethod] of Object.entries(bucketSubresources)) if (query.has(word)) return byMethod[method];
  for (const word of query.keys()) {
    if (unsetBucketConfigurations.has(word)) return method === 'GET' ? 'getBucketConfiguration' : undefined;
  }
  switch (method) {
    case 'HEAD':
      return 'headBucket';
    case 'GET':
      return query.get('list-type') === '2' ? 'listObjectsV2' : 'listObjects';
    case 'PUT':
      return 'createBucket';
    case 'DELETE':
      return 'deleteBucket';
    default:
      return undefined;
  }
}
