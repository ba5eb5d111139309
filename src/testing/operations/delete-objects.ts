import { emptyAnswer, xmlAnswer } from '../answers.ts';
import type { Bucket } from '../bucket.ts';
import type { Answer, Call } from '../call.ts';
import { Content } from '../content.ts';
import { readXml } from '../../xml-tree.ts';
import { childText } from '../request-xml.ts';
import { ServiceError } from '../service-error.ts';
import { dialectHeader } from '../store-request.ts';
import type { XmlFields } from '../answer-xml.ts';

/** What a deletion did. */
interface Deletion {
  readonly deleteMarker: boolean;
  readonly versionId: string | undefined;
}

/** DeleteObject: of a version for good; else a delete marker where the bucket is versioned. */
export function deleteObject(call: Call): Answer {
  const { request, state } = call;
  const bucket = state.bucket(request.bucket);
  const { deleteMarker, versionId } = removeObject(call, bucket, request.key, request.query.get('versionId'));
  const { prefix } = request.dialect;
  const headers: Record<string, string> = {};
  if (versionId !== undefined) headers[`${prefix}version-id`] = versionId;
  if (deleteMarker) headers[`${prefix}delete-marker`] = 'true';
  return emptyAnswer(204, headers);
}

/** DeleteObjects. */
export function deleteObjects(call: Call): Answer {
  const { request, state } = call;
  const bucket = state.bucket(request.bucket);
  const root = readXml(call.body.toString());
  const listed = root?.name === 'Delete' ? root.children.filter((child) => child.name === 'Object') : [];
  if (listed.length === 0 || listed.length > 1000) throw new ServiceError('MalformedXML');
  const deleted: XmlFields[] = [];
  const errors: XmlFields[] = [];
  for (const element of listed) {
    const key = childText(element, 'Key') ?? '';
    const versionId = childText(element, 'VersionId');
    try {
      state.requirePermission('deleteObjects', { dialect: request.dialect, bucket: bucket.name, key, versionId });
      const deletion = removeObject(call, bucket, key, versionId);
      deleted.push({
        Key: key,
        VersionId: versionId,
        DeleteMarker: deletion.deleteMarker ? true : undefined,
        DeleteMarkerVersionId: deletion.deleteMarker ? deletion.versionId : undefined,
      });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      errors.push({ Key: key, VersionId: versionId, Code: error.code, Message: error.message });
    }
  }
  const quiet = childText(root, 'Quiet') === 'true';
  const named = call.personality.deletedKeys === 'named' ? deleted : deleted.map(() => ({}));
  return xmlAnswer(call, 'DeleteResult', { Deleted: quiet ? [] : named, Error: errors });
}

/** Deletes as the bucket's versioning has it. */
function removeObject(call: Call, bucket: Bucket, key: string, versionId: string | undefined): Deletion {
  const { request, state } = call;
  if (versionId !== undefined) {
    const version = bucket.version(key, versionId);
    const { retainUntil, legalHold, eventHold, mode } = version?.lock ?? {};
    const bypass = mode === 'GOVERNANCE' && dialectHeader(request, 'bypass-governance-retention') === 'true';
    const retained = retainUntil !== undefined && Date.parse(retainUntil) > state.now() && !bypass;
    if (legalHold === true || eventHold?.on === true || retained)
      throw new ServiceError('AccessDenied', 'The object is protected by object lock');
    bucket.remove(key, versionId);
    return { deleteMarker: version?.deleteMarker ?? false, versionId };
  }
  if (bucket.versioning === 'off') {
    bucket.remove(key, 'null');
    return { deleteMarker: false, versionId: undefined };
  }
  const markerId = state.newVersionId(bucket);
  bucket.put({
    bucket: bucket.name,
    key,
    versionId: markerId,
    deleteMarker: true,
    content: Content.empty,
    etag: '',
    lastModifiedMs: state.now(),
    headers: {},
    metadata: {},
    storageClass: 'STANDARD',
    grants: [],
    tags: {},
    lock: {},
    encryption: { type: 'none' },
    checksums: {},
  });
  return { deleteMarker: true, versionId: markerId };
}
