import { aclFields, grantsOfCannedAcl } from '../access-control.ts';
import { emptyAnswer, isoTime, xmlAnswer } from '../answers.ts';
import { Bucket } from '../bucket.ts';
import type { Answer, Call } from '../call.ts';
import { readXml } from '../../xml-tree.ts';
import { childText } from '../request-xml.ts';
import { unsetBucketConfigurations } from '../route-operation.ts';
import { ServiceError } from '../service-error.ts';
import { dialectHeader, plainHeader } from '../store-request.ts';
import { writeXml } from '../answer-xml.ts';

/** Error codes for settings that a bucket hasn't got; others are answered by an empty document. */
const unsetCodes: Readonly<Record<string, string>> = {
  policy: 'NoSuchBucketPolicy',
  policyStatus: 'NoSuchBucketPolicy',
  cors: 'NoSuchCORSConfiguration',
  lifecycle: 'NoSuchLifecycleConfiguration',
  website: 'NoSuchWebsiteConfiguration',
  tagging: 'NoSuchTagSet',
  encryption: 'ServerSideEncryptionConfigurationNotFoundError',
  replication: 'ReplicationConfigurationNotFoundError',
  ownershipControls: 'OwnershipControlsNotFoundError',
  publicAccessBlock: 'NoSuchPublicAccessBlockConfiguration',
};

export function listBuckets(call: Call): Answer {
  const { state } = call;
  return xmlAnswer(call, 'ListAllMyBucketsResult', {
    Owner: { ID: state.ownerId, DisplayName: state.ownerId },
    Buckets: {
      Bucket: [...state.buckets.values()]
        .toSorted((left, right) => (left.name < right.name ? -1 : 1))
        .map((bucket) => ({ Name: bucket.name, CreationDate: isoTime(bucket.createdMs), Location: bucket.region })),
    },
  });
}

export function createBucket(call: Call): Answer {
  const { request, state } = call;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(request.bucket)) throw new ServiceError('InvalidBucketName');
  if (state.buckets.has(request.bucket)) throw new ServiceError('BucketAlreadyOwnedByYou');
  const root = call.body.length === 0 ? undefined : readXml(call.body.toString());
  const askedClass = dialectHeader(request, 'storage-class') ?? plainHeader(request, 'x-default-storage-class');
  const storageClass = Object.entries(request.dialect.storageClassNames).find(([, name]) => name === askedClass)?.[0];
  const lockHeader = dialectHeader(request, 'bucket-object-lock-enabled');
  state.buckets.set(
    request.bucket,
    new Bucket(request.bucket, {
      region: childText(root, 'LocationConstraint') ?? childText(root, 'Location') ?? state.region,
      createdMs: state.now(),
      defaultStorageClass: storageClass ?? askedClass,
      objectLock: lockHeader === 'true',
      versioning: lockHeader === 'true' ? 'enabled' : 'off',
      isFileSystem: dialectHeader(request, 'fs-file-interface') === 'Enabled',
    }),
  );
  return emptyAnswer(200, { location: `/${request.bucket}` });
}

export function headBucket(call: Call): Answer {
  const { region, defaultStorageClass, isFileSystem } = requireBucket(call);
  const { dialect } = call.request;
  const kind = isFileSystem ? { [`${dialect.prefix}fs-file-interface`]: 'Enabled' } : {};
  if (dialect.name === 's3') return emptyAnswer(200, { 'x-amz-bucket-region': region, ...kind });
  return emptyAnswer(200, {
    ...kind,
    'x-obs-bucket-location': region,
    'x-obs-storage-class': dialect.storageClassNames[defaultStorageClass] ?? defaultStorageClass,
    'x-obs-version': '3.0',
  });
}

export function deleteBucket(call: Call): Answer {
  const bucket = requireBucket(call);
  if (!bucket.isEmpty) throw new ServiceError('BucketNotEmpty');
  // S3's documents ask for the objects to be gone, no more: unfinished uploads go with the bucket.
  for (const upload of call.state.uploads.values()) if (upload.bucket === bucket.name) upload.state = 'aborted';
  call.state.buckets.delete(bucket.name);
  return emptyAnswer(204);
}

export function getBucketLocation(call: Call): Answer {
  const { region } = requireBucket(call);
  const { dialect } = call.request;
  if (dialect.name === 'obs') return textAnswer(call, 'Location', region);
  return textAnswer(call, 'LocationConstraint', region === 'us-east-1' ? '' : region);
}

export function getBucketVersioning(call: Call): Answer {
  const { versioning } = requireBucket(call);
  const status = { off: undefined, enabled: 'Enabled', suspended: 'Suspended' }[versioning];
  return xmlAnswer(call, 'VersioningConfiguration', { Status: status });
}

export function putBucketVersioning(call: Call): Answer {
  const bucket = requireBucket(call);
  const status = childText(readXml(call.body.toString()), 'Status');
  if (status !== 'Enabled' && status !== 'Suspended') throw new ServiceError('MalformedXML');
  bucket.versioning = status === 'Enabled' ? 'enabled' : 'suspended';
  return emptyAnswer(200);
}

export function getBucketAcl(call: Call): Answer {
  requireBucket(call);
  const { ownerId } = call.state;
  return xmlAnswer(
    call,
    'AccessControlPolicy',
    aclFields(grantsOfCannedAcl('private', ownerId), ownerId, call.request.dialect),
  );
}

export function getBucketStorageClass(call: Call): Answer {
  const { defaultStorageClass } = requireBucket(call);
  const { dialect } = call.request;
  return textAnswer(call, 'StorageClass', dialect.storageClassNames[defaultStorageClass] ?? defaultStorageClass);
}

/** Settings that the store doesn't keep. */
export function getBucketConfiguration(call: Call): Answer {
  const bucket = requireBucket(call);
  const word = [...call.request.query.keys()].find((name) => unsetBucketConfigurations.has(name)) ?? '';
  if (word === 'object-lock') {
    if (!bucket.objectLock) throw new ServiceError('ObjectLockConfigurationNotFoundError');
    return xmlAnswer(call, 'ObjectLockConfiguration', { ObjectLockEnabled: 'Enabled' });
  }
  const code = unsetCodes[word];
  if (code !== undefined) throw new ServiceError(code, undefined, { status: 404 });
  if (word === 'requestPayment') return xmlAnswer(call, 'RequestPaymentConfiguration', { Payer: 'BucketOwner' });
  const root = { logging: 'BucketLoggingStatus', notification: 'NotificationConfiguration' }[word];
  return xmlAnswer(call, root ?? 'AccelerateConfiguration', {});
}

/** `HEAD /?apiversion`, by which the OBS SDKs find out whether a server speaks their dialect. */
export function negotiateApi({ personality }: Call): Answer {
  return emptyAnswer(200, personality.announcesObs ? { 'x-obs-api': '3.0' } : {});
}

function requireBucket(call: Call): Bucket {
  return call.state.bucket(call.request.bucket);
}

/** A document that is nothing but text in its root. */
function textAnswer({ request }: Call, root: string, text: string): Answer {
  const empty = writeXml(root, request.dialect.xmlNamespace, {});
  const body = empty.replace(`</${root}>`, () => `${text}</${root}>`);
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
}
