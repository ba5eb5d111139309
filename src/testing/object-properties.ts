import { hasAclHeaders, readAclHeaders } from './access-control.ts';
import type { Bucket } from './bucket.ts';
import type { Call } from './call.ts';
import type { Dialect } from './dialect.ts';
import { encryptionHeaders, readEncryption } from './object-encryption.ts';
import { readTagHeader } from './object-tags.ts';
import type { Personality } from './personality.ts';
import { ServiceError } from './service-error.ts';
import { dialectHeader, plainHeader } from './store-request.ts';
import type { StoredEventHold, StoredLock, StoredObject, StoredProperties } from './stored-object.ts';

const storedHeaders = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
] as const;

const storageClasses: Readonly<Record<Dialect['name'], ReadonlySet<string>>> = {
  s3: new Set([
    'STANDARD',
    'REDUCED_REDUNDANCY',
    'STANDARD_IA',
    'ONEZONE_IA',
    'INTELLIGENT_TIERING',
    'GLACIER',
    'GLACIER_IR',
    'DEEP_ARCHIVE',
    'EXPRESS_ONEZONE',
  ]),
  obs: new Set(['STANDARD', 'WARM', 'COLD', 'DEEP_ARCHIVE', 'INTELLIGENT_TIERING', 'HIGH_PERFORMANCE']),
};

/** What the headers of a PUT, a CopyObject or a CreateMultipartUpload say about the object to be. */
export function readProperties(call: Call, bucket: Bucket): StoredProperties {
  const { request, state, personality } = call;
  const tagging = dialectHeader(request, 'tagging');
  const lock = readLock(call, bucket);
  if (tagging !== undefined) state.requirePermission('putObjectTagging', request);
  if (hasAclHeaders(request)) state.requirePermission('putObjectAcl', request);
  if (lock.mode !== undefined) state.requirePermission('putObjectRetention', request);
  if (lock.legalHold !== undefined) state.requirePermission('putObjectLegalHold', request);
  const expires = plainHeader(request, 'x-obs-expires');
  if (expires !== undefined && !/^\d+$/.test(expires))
    throw new ServiceError('InvalidArgument', 'x-obs-expires is no number');
  return {
    ...readContentProperties(call),
    storageClass: readStorageClass(call, bucket),
    grants: readAclHeaders(request, state.ownerId),
    tags:
      tagging === undefined || personality.tagsOnWrite === 'lost'
        ? {}
        : readTagHeader(tagging, personality.tagsOnWrite !== 'undecoded'),
    websiteRedirectLocation: readWebsiteRedirect(call),
    lock,
    expiresAfterDays: expires === undefined ? undefined : Number(expires),
    encryption: readEncryption(call),
  };
}

/** Content headers and user metadata alone. */
function readContentProperties({ request, personality }: Call): Pick<StoredProperties, 'headers' | 'metadata'> {
  const headers: Record<string, string> = {};
  for (const name of storedHeaders) {
    const value = plainHeader(request, name);
    if (value === undefined || personality.lostHeaders.includes(name)) continue;
    headers[name] = value;
  }
  // `aws-chunked` is how the body was sent, not what the object is.
  const encoding = headers['content-encoding']?.replace(/(^|,\s*)aws-chunked(\s*,\s*|$)/, '');
  if (encoding === '') delete headers['content-encoding'];
  else if (encoding !== undefined) headers['content-encoding'] = encoding;

  const metadata: Record<string, string> = {};
  const prefix = `${request.dialect.prefix}meta-`;
  let size = 0;
  for (const name of Object.keys(request.headers)) {
    if (!name.startsWith(prefix)) continue;
    const value = plainHeader(request, name) ?? '';
    metadata[metadataName(name.slice(prefix.length), personality)] = metadataValue(value, personality);
    size += name.length - prefix.length + value.length;
  }
  if (size > personality.limits.maxMetadataSize) throw new ServiceError('MetadataTooLarge');
  return { headers, metadata: personality.lostHeaders.includes('metadata') ? {} : metadata };
}

function metadataName(name: string, { metadataDashed }: Personality): string {
  return metadataDashed ? name.replaceAll('_', '-') : name;
}

/** Values are as on the wire: one character a byte. */
function metadataValue(value: string, { metadataValues }: Personality): string {
  if (metadataValues === 'kept' || /^[\x20-\x7e]*$/.test(value)) return value;
  const text = Buffer.from(value, 'latin1').toString();
  const utf8 = Buffer.from(text);
  return metadataValues === 'utf8' ? utf8.toString('latin1') : `=?UTF-8?B?${utf8.toString('base64')}?=`;
}

/** Headers that tell an object's properties, in the words of the dialect. */
export function propertyHeaders(object: StoredObject | StoredProperties, dialect: Dialect): Record<string, string> {
  const { prefix } = dialect;
  const headers: Record<string, string> = { 'content-type': 'binary/octet-stream', ...object.headers };
  for (const [name, value] of Object.entries(object.metadata)) headers[`${prefix}meta-${name}`] = value;
  if (object.storageClass !== 'STANDARD') {
    headers[`${prefix}storage-class`] = dialect.storageClassNames[object.storageClass] ?? object.storageClass;
  }
  if (object.websiteRedirectLocation !== undefined) {
    headers[`${prefix}website-redirect-location`] = object.websiteRedirectLocation;
  }
  const { mode, retainUntil, legalHold } = object.lock;
  if (mode !== undefined) headers[`${prefix}object-lock-mode`] = mode;
  if (retainUntil !== undefined) headers[`${prefix}object-lock-retain-until-date`] = retainUntil;
  if (legalHold !== undefined) headers[`${prefix}object-lock-legal-hold`] = legalHold ? 'ON' : 'OFF';
  return { ...headers, ...eventHoldHeaders(object.lock, dialect), ...encryptionHeaders(object.encryption, dialect) };
}

function readStorageClass({ request, personality }: Call, bucket: Bucket): string {
  if (bucket.isDirectory) return 'EXPRESS_ONEZONE';
  const asked = dialectHeader(request, 'storage-class');
  if (asked === undefined) {
    return personality.defaultStorageClass === 'of-bucket' ? bucket.defaultStorageClass : 'STANDARD';
  }
  const name =
    Object.entries(request.dialect.storageClassNames).find(([, inDialect]) => inDialect === asked)?.[0] ?? asked;
  const allowed =
    storageClasses[request.dialect.name].has(asked) && personality.storageClasses?.includes(name) !== false;
  if (!allowed) throw new ServiceError(personality.refusedStorageClass, `The storage class '${asked}' is not valid`);
  return name;
}

function readWebsiteRedirect({ request, personality }: Call): string | undefined {
  const location = dialectHeader(request, 'website-redirect-location');
  if (location !== undefined && !/^(\/|https?:\/\/)/.test(location)) {
    throw new ServiceError(
      'InvalidRedirectLocation',
      "The website redirect location must have a prefix of 'http://' or 'https://' or '/'",
    );
  }
  return personality.lostHeaders.includes('website-redirect-location') ? undefined : location;
}

const HOLD = 'object-lock-event-hold';

function eventHoldHeaders({ eventHold }: StoredLock, { prefix }: Dialect): Record<string, string> {
  if (eventHold === undefined) return {};
  const { on, days, years } = eventHold;
  return {
    [prefix + HOLD]: on ? 'ON' : 'OFF',
    ...(on && days !== undefined ? { [`${prefix}${HOLD}-duration-days`]: String(days) } : {}),
    ...(on && years !== undefined ? { [`${prefix}${HOLD}-duration-years`]: String(years) } : {}),
  };
}

function readEventHold({ request, personality }: Call): StoredEventHold | undefined {
  const status = dialectHeader(request, HOLD);
  const days = dialectHeader(request, `${HOLD}-duration-days`);
  const years = dialectHeader(request, `${HOLD}-duration-years`);
  if (!personality.knowsNews || (status === undefined && days === undefined && years === undefined)) return undefined;
  const isDuration = (text: string | undefined): boolean => text === undefined || /^[1-9]\d*$/.test(text);
  const isStatus = status === 'ON' || status === 'OFF';
  if (!isStatus || (days !== undefined && years !== undefined) || !isDuration(days) || !isDuration(years))
    throw new ServiceError('InvalidArgument', 'The event hold is ON or OFF, with a duration in days or in years');
  return {
    on: status === 'ON',
    days: days === undefined ? undefined : Number(days),
    years: years === undefined ? undefined : Number(years),
  };
}

function readLock(call: Call, bucket: Bucket): StoredLock {
  const { request } = call;
  const mode = dialectHeader(request, 'object-lock-mode');
  const retainUntil = dialectHeader(request, 'object-lock-retain-until-date');
  const legalHold = dialectHeader(request, 'object-lock-legal-hold');
  const eventHold = readEventHold(call);
  if (mode === undefined && retainUntil === undefined && legalHold === undefined && eventHold === undefined) return {};
  if (!bucket.objectLock) throw new ServiceError('InvalidRequest', 'Bucket is missing Object Lock Configuration');
  if ((mode === undefined) !== (retainUntil === undefined)) {
    throw new ServiceError(
      'InvalidArgument',
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
    );
  }
  if (mode !== undefined && mode !== 'COMPLIANCE' && (mode !== 'GOVERNANCE' || request.dialect.name === 'obs')) {
    throw new ServiceError('InvalidArgument', 'Unknown wormMode directive');
  }
  return { mode, retainUntil, legalHold: legalHold === undefined ? undefined : legalHold === 'ON', eventHold };
}
