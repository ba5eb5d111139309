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
  if (call.personality.unknownUpload === 'accepted') return undefined;
  throw new ServiceError(call.personality.unknownUpload);
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
  if (upload.state === 'aborted' && state.latePartsLand) {
    upload.state = 'open';
    upload.parts.clear();
  } else if (upload.state !== 'open') {
    if (personality.abortedCopyInFlight === 'fails') throw new ServiceError('NoSuchUpload');
    return;
  }
  upload.parts.set(part.partNumber, part);
}
