import type { Call } from '../call.ts';
import { ServiceError } from '../service-error.ts';
import type { StoredUpload, UploadedPart } from '../stored-object.ts';

/** The upload that a request names, open or ended; undefined where there never was one for that bucket and key. */
export function findUpload({ request, state }: Call): StoredUpload | undefined {
  state.bucket(request.bucket);
  const upload = state.uploads.get(request.query.get('uploadId') ?? '');
  return upload?.bucket === request.bucket && upload.key === request.key ? upload : undefined;
}

/**
 * The open upload that a part is for.
 *
 * @returns undefined where the server takes parts for uploads that it doesn't know
 * @throws {ServiceError} NoSuchUpload, or what the server at hand answers
 */
export function findUploadForPart(call: Call): StoredUpload | undefined {
  const upload = findUpload(call);
  if (upload?.state === 'open' || (upload !== undefined && outlives(call, upload))) return upload;
  const { unknownUpload } = call.personality;
  if (unknownUpload === 'accepted') return undefined;
  if (unknownUpload !== 'revives') throw new ServiceError(unknownUpload);
  if (upload?.state === 'aborted') return upload;
  throw new ServiceError('NoSuchUpload');
}

/** Begins the work on a part; false where an earlier request for it keeps this one from storing anything. */
export function beginPart({ personality }: Call, upload: StoredUpload, partNumber: number): boolean {
  if (personality.duplicateParts === 'replace') return true;
  if (upload.begunParts.has(partNumber)) return false;
  upload.begunParts.add(partNumber);
  return true;
}

/** Whether a completed upload is still there for the server at hand. */
export function outlives({ personality }: Call, upload: StoredUpload): boolean {
  return upload.state === 'completed' && personality.uploadsOutliveComplete;
}

/** The part number of a request, as far as the server at hand checks it. */
export function readPartNumber({ request, personality }: Call): number {
  const text = request.query.get('partNumber') ?? '';
  const number = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (personality.partNumbers === 'moto') {
    if (Number.isNaN(number)) throw new ServiceError('InternalError');
    if (number < 1) throw new ServiceError('NoSuchUpload');
    return number;
  }
  if (Number.isNaN(number)) throw new ServiceError('InvalidArgument', `The part number '${text}' is no number`);
  const { maxParts } = personality.limits;
  if (personality.partNumbers === 'checked' && (number < 1 || number > maxParts)) {
    throw new ServiceError('InvalidArgument', `Part number must be an integer between 1 and ${maxParts}, inclusive`);
  }
  return number;
}

/**
 * Stores a part that has arrived. Where its upload has ended meanwhile, the server at hand fails it, answers as if nothing were
 * wrong, or lets it land: then the upload is there again, holding this part.
 *
 * @throws {ServiceError} NoSuchUpload
 */
export function storePart(call: Call, upload: StoredUpload, part: UploadedPart): void {
  const { state, personality, faultKind } = call;
  if (faultKind === 'nothingStored') return;
  if (upload.state === 'aborted' && (state.latePartsLand || personality.unknownUpload === 'revives')) {
    upload.state = 'open';
    upload.parts.clear();
  } else if (upload.state !== 'open') {
    if (personality.abortedCopyInFlight === 'fails') throw new ServiceError('NoSuchUpload');
    return;
  }
  upload.parts.set(part.partNumber, part);
}
