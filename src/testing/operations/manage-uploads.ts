import { emptyAnswer, isoTime, uploadVersionHeader, xmlAnswer } from '../answers.ts';
import type { Answer, Call } from '../call.ts';
import { percentEncode } from '../percent-encoding.ts';
import { checksumFields } from '../object-checksums.ts';
import { ServiceError } from '../service-error.ts';
import { compareKeys } from '../key-order.ts';
import { rollUp } from './key-pages.ts';
import { findUpload, outlives } from './upload-lookup.ts';

/** AbortMultipartUpload. */
export function abortMultipartUpload(call: Call): Answer {
  const { request, state, personality } = call;
  const upload = findUpload(call);
  if (upload !== undefined && personality.abortDeletesObject) {
    const bucket = state.bucket(request.bucket);
    const current = bucket.current(request.key);
    if (current !== undefined) bucket.remove(request.key, current.versionId);
  }
  if (upload?.state !== 'open') {
    throw new ServiceError(
      upload === undefined
        ? personality.abortUnknownUpload
        : upload.state === 'completed'
          ? personality.abortAfterComplete
          : personality.abortUnknownUpload,
    );
  }
  upload.state = 'aborted';
  if (!state.latePartsLand) upload.parts.clear();
  return emptyAnswer(204, uploadVersionHeader(call, upload.versionId));
}

/** ListParts, page by page. */
export function listParts(call: Call): Answer {
  const { request, state, personality } = call;
  const upload = findUpload(call);
  if (upload === undefined || (upload.state !== 'open' && !outlives(call, upload))) {
    const { listPartsAfterEnd } = personality;
    if (upload === undefined || listPartsAfterEnd !== 'empty') {
      throw new ServiceError(listPartsAfterEnd === 'empty' ? 'NoSuchUpload' : listPartsAfterEnd);
    }
  }
  const { query, dialect } = request;
  const maxParts = readCount(query.get('max-parts'), personality.limits.maxListedParts);
  const marker = Number(query.get('part-number-marker') ?? 0);
  const numbers = [...upload.parts.keys()].filter((number) => number > marker).toSorted((left, right) => left - right);
  const page = numbers.slice(0, maxParts);
  const owner = { ID: state.ownerId, DisplayName: state.ownerId };
  return xmlAnswer(
    call,
    'ListPartsResult',
    {
      Bucket: request.bucket,
      Key: encodeListed(call, request.key),
      UploadId: upload.uploadId,
      Initiator: owner,
      Owner: owner,
      StorageClass: dialect.storageClassNames[upload.storageClass] ?? upload.storageClass,
      PartNumberMarker: marker,
      // Named on the last page too, it would send the AWS SDK's paginator round for ever.
      NextPartNumberMarker: page.length < numbers.length ? (page.at(-1) ?? 0) : undefined,
      MaxParts: maxParts,
      EncodingType: listedEncoding(call),
      IsTruncated: page.length < numbers.length,
      ChecksumAlgorithm: upload.checksumAlgorithm,
      ChecksumType: upload.checksumType,
      Part: page.map((number) => {
        const part = upload.parts.get(number);
        return part === undefined
          ? undefined
          : {
              PartNumber: number,
              LastModified: isoTime(part.lastModifiedMs),
              ETag: `"${part.etag}"`,
              Size: part.size,
              ...checksumFields(part.checksums),
            };
      }),
    },
    uploadVersionHeader(call, upload.versionId),
  );
}

/** ListMultipartUploads, page by page: by key, then by the time at which they began. */
export function listMultipartUploads(call: Call): Answer {
  const { request, state, personality } = call;
  const bucket = state.bucket(request.bucket);
  const { query } = request;
  const isFresh = ![...state.uploads.values()].some((upload) => upload.bucket === bucket.name);
  if (isFresh && personality.noUploads === 'NoSuchUpload') throw new ServiceError('NoSuchUpload');
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const maxUploads = readCount(query.get('max-uploads'), 1000);
  const keyMarker = query.get('key-marker') ?? '';
  const uploadIdMarker = keyMarker === '' ? '' : (query.get('upload-id-marker') ?? '');

  const open = [...state.uploads.values()]
    .filter((upload) => upload.state === 'open' && upload.bucket === bucket.name && upload.key.startsWith(prefix))
    .toSorted((left, right) => compareKeys(left.key, right.key) || left.initiatedMs - right.initiatedMs);
  const markedIndex = open.findIndex((upload) => upload.uploadId === uploadIdMarker);
  const listed = open.filter((upload, index) => {
    if (keyMarker === '') return true;
    const order = compareKeys(upload.key, keyMarker);
    return order > 0 || (order === 0 && markedIndex !== -1 && index > markedIndex);
  });
  const { items, prefixes, truncated } = rollUp(
    listed,
    (upload) => upload.key,
    prefix,
    delimiter,
    keyMarker,
    maxUploads,
  );
  const owner = { ID: state.ownerId, DisplayName: state.ownerId };
  const last = items.at(-1);
  const lastPrefix = prefixes.at(-1);
  const endsWithPrefix = lastPrefix !== undefined && (last === undefined || compareKeys(lastPrefix, last.key) > 0);
  return xmlAnswer(call, 'ListMultipartUploadsResult', {
    Bucket: bucket.name,
    KeyMarker: encodeListed(call, keyMarker),
    UploadIdMarker: uploadIdMarker,
    NextKeyMarker: truncated ? encodeListed(call, endsWithPrefix ? lastPrefix : (last?.key ?? '')) : undefined,
    NextUploadIdMarker: truncated ? (endsWithPrefix ? '' : last?.uploadId) : undefined,
    Delimiter: delimiter === '' ? undefined : encodeListed(call, delimiter),
    Prefix: encodeListed(call, prefix),
    MaxUploads: maxUploads,
    EncodingType: listedEncoding(call),
    IsTruncated: truncated,
    Upload: items.map((upload) => ({
      Key: encodeListed(call, upload.key),
      UploadId: upload.uploadId,
      Initiator: owner,
      Owner: owner,
      StorageClass: request.dialect.storageClassNames[upload.storageClass] ?? upload.storageClass,
      Initiated: isoTime(upload.initiatedMs),
      ChecksumAlgorithm: upload.checksumAlgorithm,
      ChecksumType: upload.checksumType,
      VersionId: upload.versionId,
    })),
    CommonPrefixes: prefixes.map((each) => ({ Prefix: encodeListed(call, each) })),
  });
}

/** A key as a listing writes it: percent-encoded where the request asks for that. */
export function encodeListed({ request, personality }: Call, key: string): string {
  const { listEncoding } = personality;
  const isPlain = listEncoding === 'ignored' || listEncoding === 'claimed';
  if (isPlain || request.query.get('encoding-type') !== 'url') return key;
  const encoded = percentEncode(key, listEncoding !== 'percent-slash');
  return listEncoding === 'plus' ? encoded.replaceAll('%20', '+') : encoded;
}

/** What a listing says of that. */
export function listedEncoding({ request, personality }: Call): string | undefined {
  return personality.listEncoding === 'ignored' ? undefined : request.query.get('encoding-type');
}

/** A count in a query, no more than the page can hold. */
export function readCount(text: string | undefined, max: number): number {
  if (text === undefined || text === '') return max;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0) throw new ServiceError('InvalidArgument', `'${text}' is no count`);
  return Math.min(count, max);
}
