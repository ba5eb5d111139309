import type { Answer, Call } from './call.ts';
import { writeXml, type XmlFields } from './answer-xml.ts';
import type { StoredObject } from './stored-object.ts';

/** An XML document in the namespace of the dialect. */
export function xmlAnswer(call: Call, root: string, fields: XmlFields, headers: Record<string, string> = {}): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml', ...headers },
    body: writeXml(call.personality.rootNames[root] ?? root, call.request.dialect.xmlNamespace, fields),
  };
}

/** Nothing but a status and headers. */
export function emptyAnswer(status: number, headers: Record<string, string> = {}): Answer {
  return { status, headers };
}

/** The header that names the version that was written or read; none in a bucket that never had versions. */
export function versionHeader(call: Call, object: StoredObject): Record<string, string> {
  const bucket = call.state.bucket(object.bucket);
  return bucket.versioning === 'off' ? {} : { [`${call.request.dialect.prefix}version-id`]: object.versionId };
}

/** The same of an upload: the version that its object is to be. */
export function uploadVersionHeader({ request }: Call, versionId: string | undefined): Record<string, string> {
  return versionId === undefined ? {} : { [`${request.dialect.prefix}version-id`]: versionId };
}

/** ISO 8601, as in answers. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** The form of `Last-Modified`. */
export function httpTime(ms: number): string {
  return new Date(ms).toUTCString();
}
